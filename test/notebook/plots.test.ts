import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotatedSpectrogramPlot } from "../../src/notebook/annotated-plot.js";
import { envelope, poolGrid } from "../../src/notebook/decimate.js";
import { batchPlanPlot } from "../../src/notebook/plan-plot.js";
import {
  type HeatmapTrace,
  type LineTrace,
  labelText,
  plotText,
  unpackArray,
} from "../../src/notebook/plot.js";
import { spectrogramPlot, waveformPlot } from "../../src/notebook/signal-plots.js";
import { modelPlot, residualPlot, sweepPlot } from "../../src/notebook/sweep-plots.js";
import { melSpectrogram } from "../../src/tensor/mel.js";
import { spectrogram } from "../../src/tensor/spectrogram.js";

const EVIL = `<script>alert(1)</script><img src=x onerror=alert(1)> $x$ & "q"`;

function tone(hz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rateHz * seconds }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));
}

describe("decimation", () => {
  it("loses no peak, whatever the signal and the width", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (values, columns) => {
          const samples = Float32Array.from(values);
          const { low, high } = envelope(samples, columns);
          expect(low.length).toBeLessThanOrEqual(columns);
          expect(Math.min(...low)).toBe(Math.min(...samples));
          expect(Math.max(...high)).toBe(Math.max(...samples));
        },
      ),
    );
  });

  it("pools a grid by its greatest values, ragged edges included", () => {
    const pooled = poolGrid(Float32Array.of(1, 2, 3, 4, 9, 6), {
      rows: 2,
      columns: 3,
      rowStride: 3,
      columnStride: 1,
      maxRows: 1,
      maxColumns: 2,
    });
    expect([...pooled.values]).toEqual([9, 6]);
    expect([pooled.rows, pooled.columns, pooled.rowsPerCell, pooled.columnsPerCell]).toEqual([1, 2, 2, 2]);
  });
});

describe("waveformPlot", () => {
  it("draws every sample of a short signal, in seconds at the true rate", () => {
    const plot = waveformPlot(Float32Array.of(0, 0.5, -0.5), { sampleRateHz: 250_000, startSeconds: 2 });
    expect(plot.data[0]).toMatchObject({ x: [2, 2.000004, 2.000008], y: [0, 0.5, -0.5] });
  });

  it("draws the envelope of a long one, with few points and every peak", () => {
    const samples = tone(440, 48_000, 60);
    samples[1_234_567] = 3;
    const [line] = waveformPlot(samples, { sampleRateHz: 48_000 }).data;
    const y = (line as unknown as { y: number[] }).y;
    expect(y.length).toBeLessThanOrEqual(4000);
    expect(Math.max(...y)).toBe(3);
  });

  it("shows 16-bit samples as parts of full scale", () => {
    const [line] = waveformPlot(Int16Array.of(16384, -32768), { sampleRateHz: 8000 }).data;
    expect(line).toMatchObject({ y: [0.5, -1] });
  });
});

describe("spectrogramPlot", () => {
  it("keeps a minute small: at most 1200 × 260 cells of one byte", () => {
    const plot = spectrogramPlot(spectrogram(tone(5000, 48_000, 60), { sampleRateHz: 48_000 }));
    const { z } = plot.data[0] as HeatmapTrace;
    const cells = unpackArray(z);
    expect(cells.length).toBeLessThanOrEqual(1200 * 260);
    expect(JSON.stringify(plot).length).toBeLessThan(450_000);
  });

  it.each([48_000, 250_000])("puts a tone at its frequency, at %i Hz", (rateHz) => {
    const hz = rateHz / 8;
    const plot = spectrogramPlot(spectrogram(tone(hz, rateHz, 1), { sampleRateHz: rateHz }));
    const { z, y0, dy } = plot.data[0] as HeatmapTrace;
    const cells = unpackArray(z);
    const columns = Number(z.shape?.split(",")[1]);
    const column = Array.from(
      { length: cells.length / columns },
      (_, row) => cells[row * columns + 3] as number,
    );
    const loudest = column.indexOf(Math.max(...column));
    expect(Math.abs(y0 + loudest * dy - hz)).toBeLessThanOrEqual(dy);
    expect(plot.layout.yaxis).toMatchObject({ title: { text: "frequency [Hz]" }, range: [0, rateHz / 2] });
  });

  it("turns linear power into decibels", () => {
    const options = { sampleRateHz: 8000, fftSize: 256 };
    const samples = tone(1000, 8000, 1);
    const fromPower = spectrogramPlot(spectrogram(samples, { ...options, scale: "power" }));
    expect(fromPower.data).toEqual(spectrogramPlot(spectrogram(samples, options)).data);
  });

  it("names some mel bands by their middle", () => {
    const source = melSpectrogram(tone(1000, 48_000, 1), { sampleRateHz: 48_000, mels: 64 });
    const { yaxis } = spectrogramPlot(source).layout;
    expect(yaxis?.tickvals).toHaveLength(7);
    expect(yaxis?.ticktext?.[0]).toBe(String(Math.round(source.frequenciesHz[0] as number)));
    expect(() => annotatedSpectrogramPlot(source, [])).toThrow("mel bands");
  });

  it("refuses an empty spectrogram", () => {
    const empty = spectrogram(new Float32Array(0), { sampleRateHz: 8000 });
    expect(() => spectrogramPlot(empty)).toThrow("at least one frame");
  });
});

describe("annotatedSpectrogramPlot", () => {
  it("puts a name beneath its box where another name stands above it", () => {
    const source = spectrogram(new Float32Array(96_000), { sampleRateHz: 48_000 });
    const box = { endSeconds: 1, lowHz: 3000, highHz: 6000 };
    const plot = annotatedSpectrogramPlot(source, [
      { ...box, startSeconds: 0.2, label: "first of two" },
      { ...box, startSeconds: 0.3, label: "second" },
      { ...box, startSeconds: 1.2, endSeconds: 1.4, label: "third, elsewhere" },
    ]);
    const names = plot.data.at(-1) as LineTrace;
    expect(names.textposition).toEqual(["top right", "bottom right", "top right"]);
    expect(names.y).toEqual([6000, 3000, 6000]);
  });

  const source = spectrogram(tone(1000, 8000, 2), { sampleRateHz: 8000 });

  it("draws a box a row, a trace a label, and fills in edges that are not given", () => {
    const plot = annotatedSpectrogramPlot(source, [
      { startSeconds: 0.5, endSeconds: 1, lowHz: 100, highHz: 9000, label: "a" },
      { startSeconds: 1, endSeconds: 1.5, label: "b" },
      { startSeconds: 1.5, endSeconds: 1.6, label: "a" },
    ]);
    expect(plot.data.map((trace) => trace.name)).toEqual(["level", "a", "b", undefined]);
    expect(plot.data[1]).toMatchObject({ x: [0.5, 1, 1, 0.5, 0.5, null, 1.5, 1.6, 1.6, 1.5, 1.5, null] });
    expect(plot.data[2]).toMatchObject({ y: [0, 0, 4000, 4000, 0, null] });
  });

  it("shows markup in labels as text", () => {
    const plot = annotatedSpectrogramPlot(source, [{ startSeconds: 0, endSeconds: 1, label: EVIL }], {
      title: EVIL,
    });
    expect(JSON.stringify({ ...plot, data: plot.data.slice(1) })).not.toMatch(/[<$]|&(?!amp;|lt;|gt;|#36;)/);
    expect(labelText(plot.data[1]?.name ?? "")).toBe(EVIL);
  });
});

describe("labels", () => {
  it("come back as they were", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => labelText(plotText(text)) === text));
    fc.assert(
      fc.property(fc.stringMatching(/^[&<>$#;altg36mp]*$/), (text) => labelText(plotText(text)) === text),
    );
  });
});

describe("sweepPlot, modelPlot, residualPlot", () => {
  it("shows spread as error bars, and none where there is none", () => {
    const plot = sweepPlot(
      [
        { name: EVIL, points: [{ label: "4 MB", median: 10, low: 9, high: 12 }] },
        { name: "published", points: [{ label: "4 MB", median: 8 }] },
      ],
      { valueTitle: "pages per second" },
    );
    expect(plot.data[0]).toMatchObject({ error_y: { array: [2], arrayminus: [1] }, name: plotText(EVIL) });
    expect(plot.data[1]?.type === "bar" && plot.data[1].error_y).toBeUndefined();
  });

  it("draws held-out points apart, and other models beside", () => {
    const points = [
      { x: 8, measured: 3, predicted: 2.5 },
      { x: 4, measured: 5, predicted: 5.5, heldOut: true },
    ];
    const plot = modelPlot(points, { curves: [{ name: "prototype", x: [4, 8], y: [6, 4] }] });
    expect(plot.data.map((trace) => trace.name)).toEqual([
      "measured",
      "measured, held out",
      "model",
      "prototype",
    ]);
    expect(plot.data[2]).toMatchObject({ x: [4, 8], y: [5.5, 2.5] });
    const residuals = residualPlot(points).data;
    expect(residuals).toMatchObject([{ y: [0.5] }, { y: [-0.5] }]);
  });
});

describe("batchPlanPlot", () => {
  it("stacks overlapping segments, and lays pre-roll before its batch", () => {
    const plot = batchPlanPlot({
      segments: [
        { startSeconds: 10, endSeconds: 12 },
        { startSeconds: 11, endSeconds: 13 },
        { startSeconds: 12, endSeconds: 14, label: EVIL },
      ],
      batches: [{ preRollStartSeconds: 9, startSeconds: 10, endSeconds: 14 }],
    });
    expect(plot.data[0]).toMatchObject({ name: "pre-roll", base: [9], x: [1], y: [0] });
    expect(plot.data[1]).toMatchObject({ name: "decoded", base: [10], x: [4] });
    expect(plot.data[2]).toMatchObject({ name: "segments", y: [1, 2, 1] });
    expect(JSON.stringify(plot)).not.toContain("<");
  });
});
