/** Charts of a signal: its waveform, its spectrogram, and what was annotated in it. */
import { argumentError } from "../errors.js";
import { type Spectrogram, toDecibels } from "../tensor/spectrogram.js";
import { positiveNumber, wholeNumber } from "../units.js";
import { envelope, type PooledGrid, poolGrid } from "./decimate.js";
import {
  type HeatmapTrace,
  type LineTrace,
  type Plot,
  type PlotAxis,
  packArray,
  seriesColor,
  titled,
} from "./plot.js";

/** Options of {@link waveformPlot}. */
export interface WaveformPlotOptions {
  /** True sample rate in Hz. */
  readonly sampleRateHz: number;
  /** Time of the first sample on the axis, in seconds. Default 0. */
  readonly startSeconds?: number | undefined;
  readonly title?: string | undefined;
  /** Stretches into which the signal is cut, two points each. Default 2000. */
  readonly maxColumns?: number | undefined;
}

/**
 * A signal over time; a long one as the envelope of its peaks, so that nothing loud is lost.
 *
 * @param samples one channel: floats, or 16-bit integers, which are shown as value / 32768
 * @param options `sampleRateHz` in Hz, `startSeconds`, `title`, `maxColumns`
 * @returns a chart with seconds across and amplitude (full scale is 1) up
 * @throws {OpusZarrError} of kind `argument` when an option is out of its range
 * @example
 * ```ts
 * const samples = Float32Array.from({ length: 96_000 }, (_, i) => Math.sin(i / 20) * Math.sin(i / 20_000));
 * const plot = waveformPlot(samples, { sampleRateHz: 48_000, title: "A swelling tone" });
 * console.log(plot.data.length); // 1
 * ```
 */
export function waveformPlot(samples: Float32Array | Int16Array, options: WaveformPlotOptions): Plot {
  const rate = positiveNumber("sampleRateHz", options.sampleRateHz);
  const maxColumns = wholeNumber("maxColumns", options.maxColumns ?? 2000, 1);
  const start = options.startSeconds ?? 0;
  const unit = samples instanceof Int16Array ? 1 / 32768 : 1;
  const whole = samples.length <= 2 * maxColumns;
  const { low, high, samplesPerColumn } = envelope(samples, whole ? Math.max(1, samples.length) : maxColumns);
  const points = whole ? low.length : 2 * low.length;
  const x = Array.from({ length: points }, (_, i) =>
    rounded(start + (i * samplesPerColumn * (whole ? 1 : 0.5)) / rate),
  );
  const y = Array.from({ length: points }, (_, i) => {
    if (whole) return rounded((low[i] as number) * unit, 5);
    return rounded(((i % 2 === 0 ? low : high)[i >> 1] as number) * unit, 5);
  });
  const line: LineTrace = {
    type: "scatter",
    mode: "lines",
    x,
    y,
    name: "amplitude",
    line: { color: seriesColor(0), width: 1 },
    showlegend: false,
  };
  return {
    data: [line],
    layout: {
      ...titled(options.title),
      xaxis: { title: { text: "time [s]" }, range: [start, start + Math.max(1, samples.length) / rate] },
      yaxis: { title: { text: "amplitude" } },
      height: 260,
      margin: { l: 60, r: 20, t: options.title === undefined ? 30 : 40, b: 45 },
    },
  };
}

/** Options of {@link spectrogramPlot}. */
export interface SpectrogramPlotOptions {
  readonly title?: string | undefined;
  /** Time of the signal's first sample on the axis, in seconds. Default 0. */
  readonly startSeconds?: number | undefined;
  /** Decibels from the darkest to the brightest colour. Default 80. */
  readonly rangeDb?: number | undefined;
  /** Most columns (time) and rows (frequency) that are drawn; more are pooled by their loudest. Default 1200 and 260. */
  readonly maxColumns?: number | undefined;
  readonly maxRows?: number | undefined;
}

/** Dark to bright, evenly in lightness: stops of matplotlib's magma. */
const MAGMA: readonly (readonly [number, string])[] = [
  "#000004",
  "#1d1147",
  "#51127c",
  "#822681",
  "#b73779",
  "#e75263",
  "#fc8961",
  "#fec488",
  "#fcfdbf",
].map((color, i) => [i / 8, color] as const);

/**
 * A spectrogram in decibels, with Hz up and seconds across; 60 s of audio stay small enough to zoom in smoothly.
 *
 * @param source what `spectrogram` or `melSpectrogram` gave; linear power is turned into decibels
 * @param options `title`, `startSeconds`, `rangeDb`, `maxColumns`, `maxRows`
 * @returns a chart with one heatmap of whole decibels, at most `maxRows` × `maxColumns` cells
 * @throws {OpusZarrError} of kind `argument` when there is no frame or an option is out of its range
 * @example
 * ```ts
 * const samples = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin((i * i) / 100_000));
 * const plot = spectrogramPlot(spectrogram(samples, { sampleRateHz: 48_000 }), { title: "A rising tone" });
 * console.log(plot.layout.yaxis?.title?.text); // "frequency [Hz]"
 * ```
 */
export function spectrogramPlot(source: Spectrogram, options: SpectrogramPlotOptions = {}): Plot {
  if (source.frames === 0)
    throw argumentError("source", "a spectrogram of at least one frame", source.frames);
  const rangeDb = positiveNumber("rangeDb", options.rangeDb ?? 80);
  const pooled = poolGrid(source.scale === "db" ? source.values : source.values.map(toDecibels), {
    rows: source.bins,
    columns: source.frames,
    rowStride: 1,
    columnStride: source.bins,
    maxRows: wholeNumber("maxRows", options.maxRows ?? 260, 1),
    maxColumns: wholeNumber("maxColumns", options.maxColumns ?? 1200, 1),
  });
  const times = timeAxis(source, pooled, options.startSeconds ?? 0);
  const frequencies = frequencyAxis(source, pooled);
  return {
    data: [
      {
        type: "heatmap",
        ...wholeDecibels(pooled, rangeDb),
        ...times.cells,
        ...frequencies.cells,
        colorscale: MAGMA,
        colorbar: { title: { text: "dB" } },
        zsmooth: "fast",
        name: "level",
        hovertemplate: frequencies.uniform
          ? "%{x:.3f} s, %{y:.0f} Hz: %{z} dB<extra></extra>"
          : "%{x:.3f} s: %{z} dB<extra></extra>",
        showlegend: false,
      },
    ],
    layout: {
      ...titled(options.title),
      xaxis: times.axis,
      yaxis: frequencies.axis,
      height: 360,
      margin: { l: 70, r: 20, t: options.title === undefined ? 30 : 40, b: 45 },
    },
  };
}

/** One byte a cell, counted from the brightest: whole decibels are finer than the eye. */
function wholeDecibels(
  { values, rows, columns }: PooledGrid,
  rangeDb: number,
): Pick<HeatmapTrace, "z" | "zmin" | "zmax"> {
  const zmax = Math.ceil(values.reduce((most, db) => Math.max(most, db), Number.NEGATIVE_INFINITY));
  const zmin = zmax - rangeDb;
  const whole = Int8Array.from(values, (db) => Math.max(-128, Math.min(127, Math.round(Math.max(db, zmin)))));
  return { z: packArray(whole, [rows, columns]), zmin: Math.max(-128, zmin), zmax: Math.min(127, zmax) };
}

function timeAxis(
  source: Spectrogram,
  pooled: PooledGrid,
  startSeconds: number,
): { cells: { x0: number; dx: number }; axis: PlotAxis } {
  const first = source.timesSeconds[0] as number;
  const step = source.frames > 1 ? (source.timesSeconds[1] as number) - first : Math.max(2 * first, 1e-3);
  const dx = step * pooled.columnsPerCell;
  const x0 = startSeconds + first + (dx - step) / 2;
  const range = [startSeconds, x0 + (pooled.columns - 0.5) * dx] as const;
  return { cells: { x0, dx }, axis: { title: { text: "time [s]" }, range } };
}

/** Hz on an even axis; for mel bands the band's number, with some of their middles written beside it. */
function frequencyAxis(
  source: Spectrogram,
  pooled: PooledGrid,
): { uniform: boolean; cells: { y0: number; dy: number }; axis: PlotAxis } {
  const hz = source.frequenciesHz;
  const step = source.bins > 1 ? (hz[1] as number) - (hz[0] as number) : source.sampleRateHz / 2;
  const last = (hz[0] as number) + step * (source.bins - 1);
  const uniform = Math.abs(last - (hz[source.bins - 1] as number)) < step / 2;
  const unit = uniform ? step : 1;
  const dy = unit * pooled.rowsPerCell;
  const y0 = (uniform ? (hz[0] as number) : 0) + (dy - unit) / 2;
  if (uniform) {
    return { uniform, cells: { y0, dy }, axis: { title: { text: "frequency [Hz]" }, range: [0, last] } };
  }
  const tickvals = Array.from({ length: 7 }, (_, i) => Math.round((i * (source.bins - 1)) / 6));
  const ticktext = tickvals.map((band) => String(Math.round(hz[band] as number)));
  const range = [-0.5, source.bins - 0.5] as const;
  const title = { text: "mel band, middle in Hz" };
  return { uniform, cells: { y0, dy }, axis: { title, range, tickmode: "array", tickvals, ticktext } };
}

function rounded(value: number, digits = 6): number {
  return Number(value.toFixed(digits));
}
