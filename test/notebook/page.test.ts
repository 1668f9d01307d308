/** The report in a real browser, with the network off. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { batchPlanPlot, modelPlot, reportPage, sweepPlot } from "../../dist/index.js";
import { chromium, type OpenedPage, openPage } from "./chromium.js";

const OUT = fileURLToPath(new URL("../../out/pages/", import.meta.url));
const EVIL = `<script>document.title = "run"</script><img src=x onerror="document.title = 'run'">$x$`;

function page(): string {
  const samples = Float32Array.from({ length: 96_000 }, (_, i) => Math.sin((i * i) / 400_000) * 0.8);
  return reportPage({
    title: EVIL,
    summary: EVIL,
    recording: { id: EVIL, [EVIL]: 48_000 },
    sounds: [
      {
        title: EVIL,
        samples,
        sampleRateHz: 48_000,
        startSeconds: 10,
        boxes: [
          { startSeconds: 10.5, endSeconds: 11, lowHz: 1000, highHz: 12_000, label: EVIL },
          { startSeconds: 11.2, endSeconds: 11.4, label: "other" },
        ],
      },
    ],
    charts: [
      sweepPlot([{ name: EVIL, points: [{ label: EVIL, median: 3, low: 2, high: 4 }] }], {
        valueTitle: EVIL,
      }),
      modelPlot([{ x: 4, measured: 1, predicted: 2 }], {
        title: EVIL,
        curves: [{ name: EVIL, x: [4, 8], y: [1, 2] }],
      }),
      batchPlanPlot(
        { segments: [{ startSeconds: 1, endSeconds: 2, label: EVIL }], batches: [] },
        { title: EVIL },
      ),
    ],
    timings: [{ step: EVIL, seconds: 0.5, note: EVIL }],
    table: [{ [EVIL]: EVIL, seconds: 1 }],
  });
}

describe("reportPage", () => {
  it("asks for nothing from outside, and names no address", () => {
    const html = page().replace(/unpack\("[^"]+"\)/, "");
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<link(?! rel="icon" href="data:,")|<script src|@import/);
  });
});

describe(`reportPage in Chromium${chromium ? "" : " (skipped: no Chromium; name one in OPUS_ZARR_CHROMIUM)"}`, () => {
  let opened: OpenedPage = { dom: "", console: [] };
  const browser = it.skipIf(!chromium);

  beforeAll(async () => {
    if (!chromium) return;
    mkdirSync(OUT, { recursive: true });
    writeFileSync(`${OUT}report.html`, page());
    opened = await openPage(`${OUT}report.html`, `${OUT}report.png`);
  });

  browser("opens without a word on the console", () => {
    expect(opened.console).toEqual([]);
  });

  browser("draws every chart, each with traces to see", () => {
    expect(opened.dom.match(/class="opus-zarr-plot js-plotly-plot"/g)).toHaveLength(5);
    expect(opened.dom.match(/<image[^>]+href="data:image\/png/g)?.length).toBe(1);
    expect(opened.dom.match(/class="js-line"/g)?.length).toBeGreaterThanOrEqual(4);
    expect(opened.dom.match(/class="point"/g)?.length).toBeGreaterThanOrEqual(2);
  });

  browser("runs nothing that stands in a name, and shows it as text", () => {
    expect(opened.dom).toContain("<title>&lt;script&gt;");
    expect(opened.dom).not.toMatch(/<img src="?x/);
    // In a chart's legend, where plotly would read markup.
    expect(opened.dom).toMatch(/class="legendtext"[^>]*>&lt;script&gt;document\.title/);
  });
});
