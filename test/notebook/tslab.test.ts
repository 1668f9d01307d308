import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernel } from "../../dist/cli/kernel.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { type CellOutput, cellOutputs, notebook, runCells, said } from "./cells.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = fileURLToPath(new URL("../..", import.meta.url));
const python = process.env["OPUS_ZARR_PYTHON"];
const folder = mkdtempSync(join(tmpdir(), "opus-zarr-kernel-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dataset = bundledDataset().opus;

/** The main job in cells: import, extract, a table, a plot. */
function job(store: string): string[] {
  return [
    `import { extractSegments, importRecordings, openArchive, segmentsFrame } from "opus-zarr";
     const archive = await openArchive(${JSON.stringify(store)}, { mode: "a" });
     const report = await importRecordings(archive, [${JSON.stringify(dataset)}]);
     const imported: number = report.imported;
     console.log(imported, await archive.list());`,
    `const recording = await archive.recording("soundscape");
     const rows = [0, 1, 2].map((i) => ({ startSample: i * 48000, endSample: i * 48000 + 4800, label: "row" + i }));
     const clips = await extractSegments(recording, rows);
     const samples: Float32Array | Int16Array = clips.data;
     console.log(clips.shape, samples.length);`,
    `const frame = await segmentsFrame(clips);
     console.log(frame.shape, frame.columns.includes("label"));`,
    `import { segmentSamples, showFrame, showPlot, waveformPlot } from "opus-zarr";
     showFrame(frame);
     showPlot(waveformPlot(segmentSamples(clips, 0), { sampleRateHz: clips.sampleRate }));`,
  ];
}

/** What the job's cells print, and the kinds of what they show. */
function expectJobDone(cells: readonly { readonly outputs: readonly CellOutput[] }[]): void {
  const of = (name: string) =>
    cells.map((cell) =>
      cell.outputs.filter((output) => output.name === name).flatMap((output) => output.text ?? []),
    );
  expect(of("stderr").flat()).toEqual([]);
  const printed = of("stdout").map((texts) => texts.join(""));
  expect(printed.slice(0, 2)).toEqual(["1 [ 'soundscape' ]\n", "[ 3, 1, 4800 ] 14400\n"]);
  expect(printed[2]).toMatch(/^\[ 3, \d+ \] true\n$/);
  const [table, plot] = cells[3]?.outputs.map((output) => output.data) ?? [];
  expect(table?.["text/html"]).toContain("row2");
  expect(Object.keys(plot ?? {}).sort()).toEqual(["image/png", "text/html", "text/plain"]);
}

/** What a cell must refuse; each would pass if the package's types were `any` there. */
const WRONG: readonly (readonly [what: string, source: string, complaint: RegExp])[] = [
  [
    "a result of the wrong type",
    `import { errorMessage } from "opus-zarr"; const n: number = errorMessage(1);`,
    /'string' is not assignable to type 'number'/,
  ],
  ["a name that is not exported", `import { nothingOfTheKind } from "opus-zarr";`, /no exported member/],
  [
    "a property that a promised result does not have",
    `import { openArchive } from "opus-zarr"; const a = await openArchive("x.zarr"); a.nothing;`,
    /'nothing' does not exist on type 'Archive'/,
  ],
  [
    "an option that there is not",
    `import { extractSegments } from "opus-zarr"; const f = (r: any) => extractSegments(r, [], { accuracy: "some" });`,
    /"some"' is not assignable/,
  ],
  [
    "an element type inside a result",
    `import type { SegmentTensor } from "opus-zarr"; const f = (t: SegmentTensor): string => t.data[0];`,
    /'number' is not assignable to type 'string'/,
  ],
  [
    "an argument of a data frame's method",
    `import { segmentsFrame } from "opus-zarr"; const f = async (t: any) => (await segmentsFrame(t)).head("three");`,
    /'string' is not assignable to parameter of type 'number'/,
  ],
];

describe("in a tslab cell", () => {
  it("the package is imported by name, imports, extracts, shows a table and a plot", async () => {
    const results = await runCells(here, job(join(folder, "cells.zarr")));
    expectJobDone(results);
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
  beforeAll(async () => {
    await installKernel({ prefix: join(folder, "prefix"), cwd: repository });
  });

  it("starts the Node that registered it", () => {
    const file = join(folder, "prefix", "share", "jupyter", "kernels", "opus-zarr", "kernel.json");
    const spec = JSON.parse(readFileSync(file, "utf8")) as { argv: string[]; language: string };
    expect(spec.argv[0]).toBe(process.execPath);
    expect(spec.argv.slice(-2)).toEqual(["--config-path", "{connection_file}"]);
    expect(spec.language).toBe("typescript");
  });

  it.skipIf(python === undefined)("runs a notebook in Jupyter (needs OPUS_ZARR_PYTHON)", () => {
    expectJobDone(cellOutputs(inJupyter(job(join(folder, "jupyter.zarr")))));
  });

  it.skipIf(python === undefined)("checks types in Jupyter (needs OPUS_ZARR_PYTHON)", () => {
    const [, source, complaint] = WRONG[0] ?? ["", "", /$^/];
    expect(() => inJupyter([source])).toThrow(complaint);
  });
});

/** Executes a notebook of these cells and returns the file that came out. */
function inJupyter(sources: readonly string[]): string {
  const file = join(folder, "cells.ipynb");
  writeFileSync(file, notebook(sources));
  const args = ["-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", file];
  const env = { ...process.env, JUPYTER_PATH: join(folder, "prefix", "share", "jupyter") };
  return execFileSync(python ?? "", args, {
    maxBuffer: 2 ** 26,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
