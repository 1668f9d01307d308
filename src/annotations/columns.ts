/** Which column means what: by format, by the header's words. */
import { argumentError, formatError } from "../errors.js";
import type { AnnotationFormat } from "./model.js";

/** Column indices by meaning; absent where the table has no such column. */
export interface ColumnBinding {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly duration?: number | undefined;
  /** Unit of `start` and `end`. */
  readonly unit: "seconds" | "samples";
  /** Start within the file, where `start` counts through joined files. */
  readonly fileOffset?: number | undefined;
  readonly clock?: number | undefined;
  readonly label?: number | undefined;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly channel?: number | undefined;
  readonly confidence?: number | undefined;
  /** Columns that name the recording, the most precise first. */
  readonly files: readonly number[];
}

/** The columns that Audacity's labels are given, as they have no header. */
export const AUDACITY_COLUMNS: readonly string[] = ["start", "end", "label", "low", "high"];
/** The same for BirdNET-Analyzer's labels. */
export const BIRDNET_AUDACITY_COLUMNS: readonly string[] = ["start", "end", "label", "confidence"];

/** Starts with their ends, in the order in which they are looked for. */
const TIME_PAIRS: readonly (readonly [start: string, end: string])[] = [
  ["begin time (s)", "end time (s)"],
  ["start (s)", "end (s)"],
  ["start_s", "end_s"],
  ["start_seconds", "end_seconds"],
  ["start_time_s", "end_time_s"],
  ["start_time", "end_time"],
  ["start", "end"],
  ["begin", "end"],
  ["onset_s", "offset_s"],
  ["onset", "offset"],
  ["min_t", "max_t"],
];
const SAMPLE_PAIRS: readonly (readonly [start: string, end: string])[] = [
  ["start_sample", "end_sample"],
  ["onset_sample", "offset_sample"],
];
const DURATIONS = ["duration_s", "duration (s)", "duration", "delta time (s)", "length_s", "length"];
/** Kaleidoscope's OFFSET is a start; it has a DURATION beside it. */
const LONE_STARTS = [...TIME_PAIRS.map(([start]) => start), "offset"];
const CLOCKS = [
  "start_utc",
  "utc_start",
  "begin date time",
  "start_datetime",
  "datetime",
  "date_time",
  "timestamp",
];
const FILES = [
  "begin path",
  "notated_path",
  "audio_path",
  "filepath",
  "file_path",
  "path",
  "recording",
  "recording_id",
  "begin file",
  "file",
  "file_name",
  "filename",
  "audio_file",
  "in file",
];
const LABELS = [
  "label",
  "labels",
  "annotation",
  "species",
  "common name",
  "common_name",
  "class",
  "event_label",
  "manual id",
  "tag",
  "tags",
  "call type",
  "call_type",
  "name",
  "scientific name",
  "scientific_name",
  "species code",
];
const LOWS = ["low freq (hz)", "low_hz", "low_freq", "low_f", "min_frequency", "freq_low", "f_min", "low"];
const HIGHS = [
  "high freq (hz)",
  "high_hz",
  "high_freq",
  "high_f",
  "max_frequency",
  "freq_high",
  "f_max",
  "high",
];

/** A header word without what differs between programs: case, outer spaces, inner double spaces. */
export function normalColumn(name: string): string {
  return name.trim().toLowerCase().replace(/\s+/g, " ");
}

/**
 * Finds out what each column means.
 *
 * @throws {OpusZarrError} of kind `format` (line 1, the missing column) when there is no start or no end; of kind
 *   `argument` when the label column asked for is not there
 */
export function bindColumns(
  columns: readonly string[],
  format: AnnotationFormat,
  labelColumn?: string,
): ColumnBinding {
  const names = columns.map(normalColumn);
  const first = (wanted: readonly string[]): number | undefined => {
    const found = wanted.find((name) => names.includes(name));
    return found === undefined ? undefined : names.indexOf(found);
  };
  const files = FILES.filter((name) => names.includes(name)).map((name) => names.indexOf(name));
  return {
    ...bindTimes(columns, names, first),
    label: bindLabel({ columns, names, format, asked: labelColumn }),
    low: first(LOWS),
    high: first(HIGHS),
    channel: first(["channel"]),
    confidence: first(["confidence", "score", "probability"]),
    files,
  };
}

type Times = Pick<ColumnBinding, "start" | "end" | "duration" | "unit" | "fileOffset" | "clock">;

function bindTimes(
  columns: readonly string[],
  names: readonly string[],
  first: (wanted: readonly string[]) => number | undefined,
): Times {
  const fileOffset = first(["file offset (s)"]);
  const clock = first(CLOCKS);
  const pair = TIME_PAIRS.find(([start, end]) => names.includes(start) && names.includes(end));
  if (pair !== undefined) {
    return { start: names.indexOf(pair[0]), end: names.indexOf(pair[1]), unit: "seconds", fileOffset, clock };
  }
  const samples = SAMPLE_PAIRS.find(([start, end]) => names.includes(start) && names.includes(end));
  if (samples !== undefined) {
    return { start: names.indexOf(samples[0]), end: names.indexOf(samples[1]), unit: "samples", clock };
  }
  const duration = first(DURATIONS);
  const start = first(LONE_STARTS);
  if (duration !== undefined && (start !== undefined || clock !== undefined)) {
    return { start, duration, unit: "seconds", fileOffset, clock };
  }
  const known = start === undefined ? undefined : TIME_PAIRS.find(([name]) => name === names[start]);
  const missing = known?.[1] ?? missingStart(names);
  const shown = columns.map((name) => JSON.stringify(name)).join(", ");
  throw formatError(
    `no column for the ${start === undefined ? "start" : "end"} of an annotation; the columns are ${shown}`,
    { line: 1, column: missing },
  );
}

function missingStart(names: readonly string[]): string {
  return TIME_PAIRS.find(([, end]) => names.includes(end))?.[0] ?? "start";
}

interface LabelQuestion {
  readonly columns: readonly string[];
  readonly names: readonly string[];
  readonly format: AnnotationFormat;
  readonly asked: string | undefined;
}

function bindLabel({ columns, names, format, asked }: LabelQuestion): number | undefined {
  if (asked !== undefined) {
    const index = names.indexOf(normalColumn(asked));
    if (index >= 0) return index;
    throw argumentError("labelColumn", `one of ${columns.map((name) => `"${name}"`).join(", ")}`, asked);
  }
  const order = format.startsWith("birdnet") ? ["common name", ...LABELS] : LABELS;
  const found = order.find((name) => names.includes(name));
  return found === undefined ? undefined : names.indexOf(found);
}
