/** A spectrogram with what was found in it. */
import { argumentError } from "../errors.js";
import type { Spectrogram } from "../tensor/spectrogram.js";
import { type LineTrace, type Plot, plotText } from "./plot.js";
import { type SpectrogramPlotOptions, spectrogramPlot } from "./signal-plots.js";

/** A stretch of time, perhaps of a band of frequencies, with a name. */
export interface AnnotationBox {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Lower edge in Hz; the bottom of the picture if it is not given. */
  readonly lowHz?: number | undefined;
  /** Upper edge in Hz; the top of the picture if it is not given. */
  readonly highHz?: number | undefined;
  readonly label: string;
}

/**
 * A spectrogram with boxes drawn on it, such as the rows of a selection table; a colour for each label.
 *
 * @param source what `spectrogram` gave
 * @param boxes times in seconds on the same axis as the picture's, frequencies in Hz; labels may hold anything
 * @param options those of {@link spectrogramPlot}
 * @returns the spectrogram's chart with one trace of boxes a label, and one of their names
 * @throws {OpusZarrError} of kind `argument` when the spectrogram is one of mel bands, or empty
 * @example
 * ```ts
 * const samples = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin((i * i) / 100_000));
 * const plot = annotatedSpectrogramPlot(spectrogram(samples, { sampleRateHz: 48_000 }), [
 *   { startSeconds: 0.2, endSeconds: 0.5, lowHz: 1000, highHz: 8000, label: "rise" },
 * ]);
 * console.log(plot.data.map((trace) => trace.type)); // [ "heatmap", "scatter", "scatter" ]
 * ```
 */
export function annotatedSpectrogramPlot(
  source: Spectrogram,
  boxes: readonly AnnotationBox[],
  options: SpectrogramPlotOptions = {},
): Plot {
  const plot = spectrogramPlot(source, options);
  if (plot.layout.yaxis?.tickmode === "array") {
    throw argumentError("source", "a spectrogram in Hz, for boxes are in Hz", "mel bands");
  }
  const topHz = source.frequenciesHz[source.bins - 1] as number;
  const labels = [...new Set(boxes.map((box) => box.label))];
  const outlines = labels.map((label, i): LineTrace => {
    const corners = boxes.filter((box) => box.label === label).map((box) => corner(box, topHz));
    return {
      type: "scatter",
      mode: "lines",
      x: corners.flatMap(({ start, end }) => [start, end, end, start, start, null]),
      y: corners.flatMap(({ low, high }) => [low, low, high, high, low, null]),
      name: plotText(label),
      line: { color: BOX_COLORS[i % BOX_COLORS.length] as string, width: 2 },
      hoverinfo: "skip",
    };
  });
  const seconds = (source.timesSeconds[source.frames - 1] ?? 0) - (source.timesSeconds[0] ?? 0);
  const names = namesOf(boxes, namePlaces(boxes, { topHz, seconds }));
  const legend = { orientation: "h", x: 0, y: -0.22 };
  return {
    data: boxes.length === 0 ? plot.data : [...plot.data, ...outlines, names],
    layout: { ...plot.layout, showlegend: labels.length > 1, legend, height: labels.length > 1 ? 400 : 360 },
  };
}

function namesOf(boxes: readonly AnnotationBox[], places: readonly NamePlace[]): LineTrace {
  return {
    type: "scatter",
    mode: "text",
    x: boxes.map((box) => box.startSeconds),
    y: places.map((place) => place.hz),
    text: boxes.map((box) => plotText(box.label)),
    textposition: places.map((place) => (place.above ? "top right" : "bottom right")),
    textfont: { color: "#ffffff" },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** To be seen on magma's dark ground, and in the legend on white. */
const BOX_COLORS: readonly string[] = ["#56b4e9", "#3ddc5a", "#e6b800", "#00c8c8", "#ff7fbf", "#b0b0b0"];

function corner(
  box: AnnotationBox,
  topHz: number,
): { start: number; end: number; low: number; high: number } {
  return {
    start: box.startSeconds,
    end: box.endSeconds,
    low: Math.max(0, box.lowHz ?? 0),
    high: Math.min(topHz, box.highHz ?? topHz),
  };
}

/** Where a box's name stands: above a frequency or beneath it. */
interface NamePlace {
  readonly hz: number;
  readonly above: boolean;
}

/** Size of a name in shares of the picture, about: each letter's width, and the height of a line. */
const LETTER_WIDTH = 0.0115;
const LINE_HEIGHT = 0.065;

/** Each name above its box, inside where the picture ends, and beneath the box where another name stands. */
function namePlaces(
  boxes: readonly AnnotationBox[],
  picture: { readonly topHz: number; readonly seconds: number },
): NamePlace[] {
  const { topHz, seconds } = picture;
  const height = LINE_HEIGHT * topHz;
  const taken: { start: number; end: number; low: number; high: number }[] = [];
  return boxes.map((box) => {
    const { start, low, high } = corner(box, topHz);
    const end = start + box.label.length * LETTER_WIDTH * seconds;
    const ways: NamePlace[] = [
      { hz: high, above: high < 0.92 * topHz },
      { hz: low, above: false },
    ];
    const free = ways.find(({ hz, above }) => {
      const bottom = above ? hz : hz - height;
      return !taken.some(
        (other) =>
          start < other.end && end > other.start && bottom < other.high && bottom + height > other.low,
      );
    });
    const place = free ?? (ways[0] as NamePlace);
    const bottom = place.above ? place.hz : place.hz - height;
    taken.push({ start, end, low: bottom, high: bottom + height });
    return place;
  });
}
