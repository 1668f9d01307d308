import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernel } from "../../dist/cli/kernel.js";
import { notebook, runCells, said } from "./cells.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = fileURLToPath(new URL("../..", import.meta.url));
const python = process.env["OPUS_ZARR_PYTHON"];

const GOOD = [
  `import { errorMessage, segmentSamples, type SegmentTensor } from "opus-zarr";
   const message: string = errorMessage(new Error("from a cell"));
   console.log(message);`,
  `const length: number = message.length;
   length`,
];

/** What a cell must refuse; each would pass if the package's types were \`any\` there. */
const WRONG: readonly (readonly [what: string, source: string, complaint: RegExp])[] = [
  [
    "a result of the wrong type",
    `import { errorMessage } from "opus-zarr"; const n: number = errorMessage(1);`,
    /'string' is not assignable to type 'number'/,
  ],
  ["a name that is not exported", `import { nothingOfTheKind } from "opus-zarr";`, /no exported member/],
  [
    "a property that a result does not have",
    `import type { SegmentTensor } from "opus-zarr"; const f = (t: SegmentTensor) => t.nothing;`,
    /'nothing' does not exist on type 'SegmentTensor'/,
  ],
  [
    "an element type inside a result",
    `import type { SegmentTensor } from "opus-zarr"; const f = (t: SegmentTensor): string => t.data[0];`,
    /'number' is not assignable to type 'string'/,
  ],
];

describe("in a tslab cell", () => {
  it("the package is imported by name and runs", async () => {
    const results = await runCells(here, GOOD);
    expect(results.map((result) => said(result, "stderr"))).toEqual(["", ""]);
    expect(results.map((result) => said(result, "stdout"))).toEqual(["from a cell\n", "11\n"]);
  });

  it("each of these type errors is reported", async () => {
    const results = await runCells(
      here,
      WRONG.map(([, source]) => source),
      true,
    );
    for (const [index, [what, , complaint]] of WRONG.entries()) {
      expect(results[index]?.ok, what).toBe(false);
      expect(said(results[index], "stderr"), what).toMatch(complaint);
    }
  });
});

describe("the registered kernel, in a folder that has nothing of ours", () => {
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "opus-zarr-kernel-"));
    await installKernel({ prefix: join(folder, "prefix"), cwd: repository });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("starts the Node that registered it", () => {
    const file = join(folder, "prefix", "share", "jupyter", "kernels", "opus-zarr", "kernel.json");
    const spec = JSON.parse(readFileSync(file, "utf8")) as { argv: string[]; language: string };
    expect(spec.argv[0]).toBe(process.execPath);
    expect(spec.argv.slice(-2)).toEqual(["--config-path", "{connection_file}"]);
    expect(spec.language).toBe("typescript");
  });

  it.skipIf(python === undefined)("runs a notebook in Jupyter (needs OPUS_ZARR_PYTHON)", () => {
    const executed = JSON.parse(inJupyter(folder, GOOD)) as {
      cells: { outputs: { name: string; text: string[] }[] }[];
    };
    const printed = executed.cells.map((cell) =>
      cell.outputs.map((output) => [output.name, output.text.join("")]),
    );
    expect(printed).toEqual([[["stdout", "from a cell\n"]], [["stdout", "11\n"]]]);
  });

  it.skipIf(python === undefined)("checks types in Jupyter (needs OPUS_ZARR_PYTHON)", () => {
    const [, source, complaint] = WRONG[0] ?? ["", "", /$^/];
    expect(() => inJupyter(folder, [source])).toThrow(complaint);
  });
});

/** Executes a notebook of these cells and returns the file that came out. */
function inJupyter(folder: string, sources: readonly string[]): string {
  const file = join(folder, "cells.ipynb");
  writeFileSync(file, notebook(sources));
  const args = ["-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", file];
  const env = { ...process.env, JUPYTER_PATH: join(folder, "prefix", "share", "jupyter") };
  return execFileSync(python ?? "", args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
