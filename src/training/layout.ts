/** Which window goes into which file: decided before anything is decoded, the same every time. */
import { argumentError } from "../errors.js";
import { planFrames } from "../tensor/stft.js";
import { BYTES_PER_MB } from "../units.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetPlan, PlannedWindow } from "./model.js";
import { resampledLength } from "../tensor/resample.js";
import type { WriteSettings } from "./settings.js";

/** Files are written, and taken up again after a stop, by the part: so many WAV files of one recording make one. */
const WAV_PART_WINDOWS = 256;
/** Size that shards are cut to when nothing else is asked for: few files, and still quick to redo. */
const SHARD_BYTES = 128 * BYTES_PER_MB;

/** A window in its place. */
export interface PlacedWindow extends PlannedWindow {
  /** Path within the dataset's folder, with `/`. */
  readonly file: string;
  /** Row within the file; undefined in WAV files, which hold one. */
  readonly row: number | undefined;
}

/** Windows that are written together, all of one split. */
export interface Part {
  readonly index: number;
  readonly split: string;
  /** Windows `[first, end)` of the layout. */
  readonly first: number;
  readonly end: number;
}

/** The whole dataset, laid out. */
export interface DatasetLayout {
  /** By split, then as planned. */
  readonly windows: readonly PlacedWindow[];
  readonly parts: readonly Part[];
  /** Shape of a row of a shard; undefined in WAV files. */
  readonly shape: RowShape | undefined;
}

/** One window's numbers: `[channels, samples]`, or `[channels, frames, bands]`. */
export interface RowShape {
  readonly sampleRate: number;
  readonly dimensions: readonly number[];
}

/** Lays the windows out in files. */
export function datasetLayout(
  plan: DatasetPlan,
  recordings: ReadonlyMap<string, DatasetRecording>,
  settings: WriteSettings,
): DatasetLayout {
  const order = new Map(plan.splits.map(({ name }, i) => [name, i]));
  const rank = (window: PlannedWindow): number => order.get(window.split) ?? 0;
  const sorted = [...plan.windows].sort((a, b) => rank(a) - rank(b));
  const shape = settings.format === "wav" ? undefined : rowShape(sorted, recordings, settings);
  const kind = ({ split, recording }: PlannedWindow): string =>
    settings.format === "wav" ? `${split}/${recording}` : split;
  const parts = cutParts(sorted, settings.shardWindows ?? defaultPart(shape, settings), kind);
  const windows = parts.flatMap((part) =>
    sorted.slice(part.first, part.end).map((window, row): PlacedWindow => {
      if (settings.format === "wav") return { ...window, file: wavName(window), row: undefined };
      return { ...window, file: shardName(part, parts, settings.format), row };
    }),
  );
  return { windows, parts, shape };
}

function wavName({ split, recording, startSample, endSample }: PlannedWindow): string {
  return `${split}/${recording}_${startSample}_${endSample}.wav`;
}

/** Shards are numbered within their split, with as many digits as its last one needs, five at least. */
function shardName(part: Part, parts: readonly Part[], format: "npy" | "parquet"): string {
  const first = parts.findIndex(({ split }) => split === part.split);
  return `${part.split}/${String(part.index - first).padStart(5, "0")}.${format}`;
}

/** Windows of one kind, at most so many, make a part. */
function cutParts(
  windows: readonly PlannedWindow[],
  most: number,
  kind: (window: PlannedWindow) => string,
): Part[] {
  const parts: Part[] = [];
  let first = 0;
  for (let i = 1; i <= windows.length; i++) {
    const start = windows[first] as PlannedWindow;
    const next = windows[i];
    if (next !== undefined && kind(next) === kind(start) && i - first < most) continue;
    parts.push({ index: parts.length, split: start.split, first, end: i });
    first = i;
  }
  return parts;
}

function defaultPart(shape: RowShape | undefined, { dtype }: WriteSettings): number {
  if (shape === undefined) return WAV_PART_WINDOWS;
  const bytes = shape.dimensions.reduce((product, length) => product * length, dtype === "int16" ? 2 : 4);
  return Math.max(1, Math.floor(SHARD_BYTES / Math.max(1, bytes)));
}

/** The one shape of all rows; shards cannot hold two. */
function rowShape(
  windows: readonly PlannedWindow[],
  recordings: ReadonlyMap<string, DatasetRecording>,
  settings: WriteSettings,
): RowShape {
  const shapes = new Map<string, RowShape>();
  const examples = new Map<string, PlannedWindow>();
  for (const window of windows) {
    const recording = recordings.get(window.recording) as DatasetRecording;
    const key = `${recording.sampleRate} ${recording.channels} ${window.endSample - window.startSample}`;
    if (shapes.has(key)) continue;
    shapes.set(key, shapeOf(window, recording, settings));
    examples.set(key, window);
  }
  const told = new Map(
    [...shapes].map(([key, { sampleRate, dimensions }]) => [`${sampleRate} Hz [${dimensions}]`, key]),
  );
  const [first] = shapes.values();
  if (told.size === 1 && first !== undefined) return first;
  const shown = [...told].slice(0, 4).map(([shape, key]) => `${shape} (${examples.get(key)?.recording})`);
  throw argumentError(
    "format",
    `"wav", or windows of one length, rate and channel count (windowSeconds, sampleRate, channels "mono"); these differ: ${shown.join(", ")}`,
    settings.format,
  );
}

function shapeOf(window: PlannedWindow, recording: DatasetRecording, settings: WriteSettings): RowShape {
  const { sampleRate = recording.sampleRate, channels: kept } = settings;
  const channels = kept === "mono" ? 1 : (kept?.length ?? recording.channels);
  const samples = resampledLength(window.endSample - window.startSample, recording.sampleRate, sampleRate);
  if (settings.content === "audio") return { sampleRate, dimensions: [channels, samples] };
  const options = { ...settings.mel, sampleRateHz: sampleRate };
  const { frames } = planFrames(samples, options, { scaling: "none", center: true });
  return { sampleRate, dimensions: [channels, frames, settings.mel.mels ?? 128] };
}
