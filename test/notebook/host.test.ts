/** What cells show, in tslab itself, and what a terminal shows instead. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type CellOutput, type CellResult, runCells, said } from "./cells.js";
import { decodePng } from "./png.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const entry = new URL("../../dist/index.js", import.meta.url).href;
const EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>";

const CELLS = [
  `import { progressBar, segmentSamples, showAudio, showFrame, showPlot, spectrogram, spectrogramPlot, waveformPlot,
     type Plot } from "opus-zarr";
   const evil: string = ${JSON.stringify(EVIL)};
   const samples: Float32Array = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i / 5));
   showFrame([{ recording: evil, seconds: 1.5 }, { recording: "b", seconds: 2 }]);`,
  `const plot: Plot = spectrogramPlot(spectrogram(samples, { sampleRateHz: 48_000 }), { title: evil });
   showPlot(plot);`,
  `showPlot(waveformPlot(samples, { sampleRateHz: 48_000, title: evil }));`,
  `showAudio(samples, { sampleRateHz: 48_000, title: evil });`,
  `const bar = progressBar(4, { label: evil, unit: "pages" });
   for (let i = 0; i < 4; i++) { bar.tick(); await new Promise((done) => setTimeout(done, 150)); }
   bar.finish();`,
  `showPlot(plot, { picture: true });`,
  `import { bundledDataset, importProgress, importRecordings, openArchive } from "opus-zarr";
   import { mkdtemp, rm } from "node:fs/promises";
   import { tmpdir } from "node:os";
   const folder: string = await mkdtemp(tmpdir() + "/opus-zarr-cell-");
   const archive = await openArchive(folder + "/a.zarr", { mode: "a" });
   await importRecordings(archive, [bundledDataset().opus], { onProgress: importProgress({ label: evil }) });
   await rm(folder, { recursive: true });`,
];

describe("in a tslab cell", () => {
  let results: readonly CellResult[] = [];
  const shown = (cell: number): readonly CellOutput[] =>
    (results[cell]?.outputs ?? []).filter((output) => output.output_type === "display_data");
  const form = (cell: number, type: string): string => [shown(cell)[0]?.data?.[type] ?? ""].flat().join("");
  const html = (cell: number): string => form(cell, "text/html");

  beforeAll(async () => {
    results = await runCells(here, CELLS);
  });

  it("runs without an error, each cell with one output", () => {
    expect(results.map((result) => said(result, "stderr"))).toEqual(CELLS.map(() => ""));
    expect(CELLS.map((_, cell) => shown(cell).length)).toEqual(CELLS.map(() => 1));
  });

  it("shows a table as HTML and as text", () => {
    expect(html(0)).toContain("<table");
    expect(html(0)).toContain("2 rows × 2 columns");
    expect(form(0, "text/plain")).toContain("<script>alert(1)</script>");
  });

  it("shows a chart as HTML, picture and words in one output, with the library once", () => {
    expect(Object.keys(shown(1)[0]?.data ?? {}).sort()).toEqual(["image/png", "text/html", "text/plain"]);
    expect(html(1)).toContain('data-opus-zarr="plotly"');
    expect(html(1).length).toBeLessThan(2_300_000);
    expect(html(2)).not.toContain('data-opus-zarr="plotly"');
    expect(html(2).length).toBeLessThan(150_000);
    const png = Buffer.from(form(2, "image/png"), "base64");
    expect(decodePng(png).width).toBe(900);
  });

  it("shows only the picture when asked to", () => {
    expect(Object.keys(shown(5)[0]?.data ?? {}).sort()).toEqual(["image/png", "text/plain"]);
  });

  it("shows a player", () => {
    expect(html(3)).toContain('src="data:audio/wav;base64,UklGR');
  });

  it("draws progress in one place, with its rate, and ends with the time it took", () => {
    expect(html(4)).toContain("100%");
    expect(html(4)).toMatch(/4\/4 pages {2}[\d.]+ pages\/s {2}in 0\.\d s/);
  });

  it("draws an import in one place: files, bytes, rate, time left and pages", () => {
    expect(html(6)).toMatch(
      /1\/1 files, [\d.]+ MiB of [\d.]+ MiB, [\d.]+ [KMG]iB\/s, 0\.00 s left, \d+ pages/,
    );
    expect(html(6)).toContain("width:100.0%");
  });

  it("shows markup in names as text, everywhere", () => {
    for (const [cell] of CELLS.entries()) {
      // Scripts hold the charts' JSON, where `<` is written as an escape.
      expect(html(cell), `cell ${cell + 1}`).not.toContain("<script>alert");
      expect(html(cell), `cell ${cell + 1}`).not.toContain("<img src=x");
    }
    expect(html(0)).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });
});

describe("on a terminal", () => {
  const run = (code: string): string =>
    execFileSync(
      process.execPath,
      ["--input-type=module", "-e", `import * as oz from ${JSON.stringify(entry)}; ${code}`],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      },
    );

  it("shows tables as text, and charts and sounds in words", () => {
    const text = run(`
      oz.showFrame([{ size: "4 MB", seconds: 0.5 }, { size: "16 MB", seconds: 12 }]);
      oz.showPlot(oz.sweepPlot([{ name: "a", points: [] }], { valueTitle: "time [s]", title: "Sweep" }));
      oz.showAudio(new Float32Array(24_000), { sampleRateHz: 48_000 });
      oz.showHtml("<b>x</b>", { text: "x" });
      const bar = oz.progressBar(2); bar.tick(); bar.finish();`);
    expect(text).toBe(
      [
        "   size   seconds",
        "0  4 MB       0.5",
        "1  16 MB       12",
        "2 rows × 2 columns",
        "[Sweep: time [s] over chunk size (a)]",
        "[audio: 0.5 s, 48,000 Hz]",
        "x",
        "",
      ].join("\n"),
    );
  });
});
