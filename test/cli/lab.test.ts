import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cli, temporaryFolder } from "../importer/tools.js";
import { LAB_REQUIREMENTS } from "../../src/cli/lab.js";

it("CI and `npm run lab` use the same Jupyter", () => {
  const pinned = readFileSync(new URL("../../.ci/requirements.txt", import.meta.url), "utf8").split("\n");
  expect(pinned).toEqual(expect.arrayContaining([...LAB_REQUIREMENTS]));
});

it("lab --no-browser is an option, and a machine without Python is told so", () => {
  const folder = temporaryFolder();
  const env = { PATH: "", OPUS_ZARR_PYTHON: "nowhere" };
  const run = cli(["lab", "--no-browser", "--", "--port", "8890"], { cwd: folder.root, env });
  folder.remove();
  expect(run.stderr).toBe("opus-zarr: no Python 3 found (tried nowhere): install Python 3.11 or newer\n");
  expect(run.status).toBe(1);
});
