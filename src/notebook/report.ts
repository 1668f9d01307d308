/** One page about a recording and what was taken from it, in one file. */
import { argumentError } from "../errors.js";
import { spectrogram } from "../tensor/spectrogram.js";
import { type SegmentTensor, segmentSamples } from "../tensor/tensor.js";
import { type AnnotationBox, annotatedSpectrogramPlot } from "./annotated-plot.js";
import { audioHtml } from "./audio.js";
import { chartHtml, escapeHtml, plotlyScript } from "./html.js";
import { plotPng } from "./picture.js";
import { base64Of, type Plot } from "./plot.js";
import { packedPlotly } from "./plotly.js";
import { spectrogramPlot, waveformPlot } from "./signal-plots.js";
import { type TableLimits, type TableSource, tableHtml } from "./tables.js";

/** A stretch of sound to show: its waveform, its spectrogram and a player. */
export interface ReportSound {
  readonly title: string;
  /** One channel. */
  readonly samples: Float32Array | Int16Array;
  /** True sample rate in Hz. */
  readonly sampleRateHz: number;
  /** Where it lies in its recording, in seconds. Default 0. */
  readonly startSeconds?: number | undefined;
  /** What was annotated in it, in seconds of the recording. */
  readonly boxes?: readonly AnnotationBox[] | undefined;
}

/** How long a step took. */
export interface ReportTiming {
  readonly step: string;
  readonly seconds: number;
  /** What it did, such as `18 pages a second`. */
  readonly note?: string | undefined;
}

/** What a report shows; every part may be left out. */
export interface ReportOptions {
  readonly title: string;
  /** A line beneath the title. */
  readonly summary?: string | undefined;
  /** Name and value, such as `{ "sample rate": "48,000 Hz" }`. */
  readonly recording?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly sounds?: readonly ReportSound[] | undefined;
  readonly timings?: readonly ReportTiming[] | undefined;
  readonly table?: TableSource | undefined;
  readonly tableLimits?: TableLimits | undefined;
  /** More charts, beneath the sounds. */
  readonly charts?: readonly Plot[] | undefined;
}

/**
 * A report as one HTML page that needs nothing else: no network, no other file.
 *
 * Every name, tag and value is escaped. Where scripts do not run, static pictures stand for the charts.
 *
 * @param options `title`, `recording`, `sounds` (see {@link tensorSounds}), `timings`, `table`, `charts`
 * @returns the page, about 2 MB and 0.5 MB for each sound
 * @throws {OpusZarrError} of kind `dependency` when plotly is missing from the build
 * @example
 * ```ts
 * const page = reportPage({ title: "Site 1", timings: [{ step: "import", seconds: 0.4 }] });
 * console.log(page.startsWith("<!doctype html>")); // true
 * ```
 */
export function reportPage(options: ReportOptions): string {
  const sounds = (options.sounds ?? []).map((sound, i) => soundSection(sound, i));
  const charts = (options.charts ?? []).map((plot, i) => chart(plot, `chart-${i}`));
  const sections = [
    section("Recording", options.recording && propertyTable(options.recording)),
    ...sounds,
    section("Charts", charts.length > 0 ? charts.join("\n") : undefined),
    section("Timings", options.timings && tableHtml(timingRows(options.timings), { rows: 100 })),
    section(
      "Table",
      options.table && tableHtml(options.table, options.tableLimits ?? { rows: 50, columns: 30 }),
    ),
  ];
  const title = escapeHtml(options.title);
  const summary = options.summary === undefined ? "" : `<p>${escapeHtml(options.summary)}</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
${plotlyScript(packedPlotly())}
</head>
<body>
<main>
<h1>${title}</h1>
${summary}${sections.filter((text) => text !== "").join("\n")}
</main>
</body>
</html>
`;
}

/**
 * The sounds of some segments of a tensor, for a report.
 *
 * @param tensor what an extraction gave
 * @param options `segments`, the rows to show (default the first), and `channel` (default 0)
 * @returns one sound a row, named by recording, time and label
 * @throws {OpusZarrError} of kind `argument` when there is no such row or channel
 * @example
 * ```ts
 * const page = reportPage({ title: "Clips", sounds: tensorSounds(clips, { segments: [0, 1] }) });
 * ```
 */
export function tensorSounds(
  tensor: SegmentTensor,
  options: { readonly segments?: readonly number[] | undefined; readonly channel?: number | undefined } = {},
): readonly ReportSound[] {
  return (options.segments ?? [0]).map((row) => {
    const segment = tensor.segments[row];
    if (!segment) throw argumentError("segments", `rows from 0 to ${tensor.segments.length - 1}`, row);
    const startSeconds = segment.startSample / tensor.recordingRate;
    const endSeconds = segment.endSample / tensor.recordingRate;
    const label = segment.label === undefined ? "" : ` (${segment.label})`;
    return {
      title: `${segment.recording}, ${startSeconds.toFixed(2)} to ${endSeconds.toFixed(2)} s${label}`,
      samples: segmentSamples(tensor, row, options.channel ?? 0),
      sampleRateHz: tensor.sampleRate,
      startSeconds,
    };
  });
}

const STYLE = `
body { margin: 0; background: #f4f6f9; color: #1d2a3a; font: 15px/1.5 "Open Sans", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; margin: 8px 0; }
h2 { font-size: 18px; margin: 0 0 10px; overflow-wrap: anywhere; }
section { background: #fff; border-radius: 8px; padding: 18px 22px; margin: 18px 0; box-shadow: 0 1px 3px #0002; }
audio { width: 100%; max-width: 420px; }
`;

function section(title: string, content: string | undefined): string {
  return content === undefined ? "" : `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

function chart(plot: Plot, id: string): string {
  return chartHtml(plot, { id, picture: base64Of(plotPng(plot)) });
}

function soundSection(sound: ReportSound, index: number): string {
  const { samples, sampleRateHz, startSeconds, boxes } = sound;
  if (samples.length === 0) return section(sound.title, "<p>No samples.</p>");
  const levels = spectrogram(samples, { sampleRateHz });
  const picture = boxes
    ? annotatedSpectrogramPlot(levels, boxes, { startSeconds })
    : spectrogramPlot(levels, { startSeconds });
  const parts = [
    audioHtml({ channels: [samples], sampleRateHz }),
    chart(waveformPlot(samples, { sampleRateHz, startSeconds }), `waveform-${index}`),
    chart(picture, `spectrogram-${index}`),
  ];
  return section(sound.title, parts.join("\n"));
}

function propertyTable(values: Readonly<Record<string, string | number | boolean | null>>): string {
  const rows = Object.entries(values).map(([name, value]) => {
    const text = typeof value === "number" ? value.toLocaleString("en-US") : String(value ?? "–");
    return `<tr><th style="text-align:left;padding-right:24px;font-weight:600">${escapeHtml(name)}</th><td>${escapeHtml(text)}</td></tr>`;
  });
  return `<table>\n${rows.join("\n")}\n</table>`;
}

function timingRows(timings: readonly ReportTiming[]): readonly object[] {
  const withNotes = timings.some((timing) => timing.note !== undefined);
  return timings.map(({ step, seconds, note }) => ({
    step,
    seconds: Number(seconds.toPrecision(3)),
    ...(withNotes && { note: note ?? "" }),
  }));
}
