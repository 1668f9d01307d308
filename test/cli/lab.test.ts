import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LAB_REQUIREMENTS } from "../../src/cli/lab.js";

it("CI and `npm run lab` use the same Jupyter", () => {
  const pinned = readFileSync(new URL("../../.ci/requirements.txt", import.meta.url), "utf8").split("\n");
  expect(pinned).toEqual(expect.arrayContaining([...LAB_REQUIREMENTS]));
});
