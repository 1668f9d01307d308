import { describe, expect, it } from "vitest";
import { annotatedSpectrogramPlot } from "../../src/notebook/annotated-plot.js";
import { fitText, glyphsOf, textWidth } from "../../src/notebook/font.js";
import { plotPng } from "../../src/notebook/picture.js";
import { batchPlanPlot } from "../../src/notebook/plan-plot.js";
import { seriesColor } from "../../src/notebook/plot.js";
import { encodePng } from "../../src/notebook/png.js";
import { newCanvas } from "../../src/notebook/raster.js";
import { waveformPlot } from "../../src/notebook/signal-plots.js";
import { modelPlot, sweepPlot } from "../../src/notebook/sweep-plots.js";
import { spectrogram } from "../../src/tensor/spectrogram.js";
import { decodePng } from "./png.js";

const BLUE = seriesColor(0);

/** Blue, also where a thin line covers a pixel in part. */
const isBlue = (color: string): boolean =>
  Number.parseInt(color.slice(5), 16) - Number.parseInt(color.slice(1, 3), 16) > 60;

describe("plotPng", () => {
  it("draws a waveform across the whole width, and nothing where there is no sound", () => {
    const samples = Float32Array.from({ length: 48_000 }, (_, i) => (i < 24_000 ? Math.sin(i * 0.7) : 0));
    const png = decodePng(plotPng(waveformPlot(samples, { sampleRateHz: 48_000 }), { widthPx: 600 }));
    expect([png.width, png.height]).toEqual([600, 260]);
    const inkAt = (x: number): number =>
      Array.from({ length: png.height }, (_, y) => png.at(x, y)).filter(isBlue).length;
    expect(inkAt(200)).toBeGreaterThan(100);
    expect(inkAt(500)).toBeLessThan(4);
  });

  it("draws bars as high as their values", () => {
    const bars = sweepPlot(
      [
        {
          name: "a",
          points: [
            { label: "x", median: 10 },
            { label: "y", median: 5 },
          ],
        },
      ],
      {
        valueTitle: "v",
      },
    );
    const png = decodePng(plotPng(bars, { widthPx: 400, heightPx: 300 }));
    const columns = Array.from(
      { length: 400 },
      (_, x) => Array.from({ length: 300 }, (_, y) => png.at(x, y)).filter((color) => color === BLUE).length,
    );
    const [tall, low] = [Math.max(...columns.slice(0, 220)), Math.max(...columns.slice(230))];
    expect(Math.abs(low / tall - 0.5)).toBeLessThan(0.02);
  });

  it("draws a heatmap small enough for a notebook: noise of a minute under 80 kB", () => {
    let state = 1;
    const noise = Float32Array.from({ length: 60 * 16_000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
    const plot = annotatedSpectrogramPlot(spectrogram(noise, { sampleRateHz: 16_000 }), [
      { startSeconds: 10, endSeconds: 20, lowHz: 1000, highHz: 5000, label: "<b>&amp;" },
    ]);
    const file = plotPng(plot);
    expect(file.length).toBeLessThan(80_000);
    expect(decodePng(file).count("#56b4e9")).toBeGreaterThan(300);
  });

  it("draws lines, dots, error bars and lying bars without a value outside the picture", () => {
    const model = modelPlot(
      [
        { x: 4, measured: 3, predicted: 3.1, low: 2.9, high: 3.2 },
        { x: 64, measured: 2, predicted: 2, heldOut: true },
      ],
      { logX: true, logY: true },
    );
    expect(decodePng(plotPng(model)).count(seriesColor(1))).toBeGreaterThan(500);
    const plan = batchPlanPlot({ segments: [{ startSeconds: 0, endSeconds: 1 }], batches: [] });
    expect(decodePng(plotPng(plan)).count(BLUE)).toBeGreaterThan(5000);
  });

  it.each([
    ["no data", { data: [], layout: {} }],
    ["no points", sweepPlot([{ name: "a", points: [] }], { valueTitle: "v", logarithmic: true })],
    ["one sample", waveformPlot(Float32Array.of(0.1), { sampleRateHz: 8000 })],
    ["silence", waveformPlot(new Float32Array(100), { sampleRateHz: 8000 })],
    ["values that are no numbers", waveformPlot(Float32Array.of(Number.NaN, 1), { sampleRateHz: 8000 })],
  ])("draws a frame for %s", (_, plot) => {
    expect(decodePng(plotPng(plot)).width).toBe(900);
  });
});

describe("encodePng", () => {
  it("keeps white white when there are too many colours", () => {
    const canvas = newCanvas(64, 64);
    for (let i = 3 * 64; i < canvas.pixels.length; i++) canvas.pixels[i] = (i * 2_654_435_761) >>> 24;
    const png = decodePng(encodePng(canvas));
    expect(png.at(0, 0)).toBe("#ffffff");
  });
});

describe("the font", () => {
  it("has a glyph for Latin letters of Europe, and a box for others", () => {
    expect(glyphsOf("Łódź Ærø ñ µs ×").every((glyph) => glyph !== glyphsOf("□")[0])).toBe(true);
    expect(glyphsOf("鳥")[0]).toBe(glyphsOf("□")[0]);
    expect(glyphsOf("e\u0301")[0]).toBe(glyphsOf("é")[0]);
  });

  it("cuts a text to a width", () => {
    expect(fitText("short", 200)).toBe("short");
    const cut = fitText("a long name of a recording", 80);
    expect(cut.endsWith("…")).toBe(true);
    expect(textWidth(cut)).toBeLessThanOrEqual(80);
  });
});
