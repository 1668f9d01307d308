/** Windows decoded, in order, a few at a time: the numbers that go into a row of a dataset. */
import type { Archive } from "../archive/open.js";
import { toInt16 } from "../decode/targets.js";
import { type StreamOptions, streamSegments } from "../extract/stream.js";
import type { SegmentRequest } from "../segments/select.js";
import { melSpectrogram } from "../tensor/mel.js";
import { openResampler, type Resampler, resampledLength } from "../tensor/resample.js";
import { type SegmentTensor, segmentSamples } from "../tensor/tensor.js";
import type { DatasetRecording } from "./groups.js";
import type { PlacedWindow } from "./layout.js";
import type { WriteSettings } from "./settings.js";

/** Decodes segments in order, a batch of rows at a time: `streamSegments` of an archive. */
export type SegmentStream = (
  segments: readonly SegmentRequest[],
  options: StreamOptions,
) => AsyncIterable<SegmentTensor>;

/** The segments of an archive. */
export function archiveStream(archive: Archive): SegmentStream {
  return (segments, options) => streamSegments(archive, segments, options);
}

/** One window's numbers. */
export interface DatasetRow {
  readonly window: PlacedWindow;
  readonly sampleRate: number;
  /** One array a channel: samples, or a spectrogram `[frames, bands]`. */
  readonly channels: readonly (Float32Array | Int16Array)[];
  /** Seconds of it that the recording has lost. */
  readonly holeSeconds: number;
  readonly decoder: string;
}

/** What decoding needs beside the windows. */
export interface RowSource {
  readonly stream: SegmentStream;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  readonly settings: WriteSettings;
  readonly options: StreamOptions;
}

/** Rows for windows, in their order. */
export async function* datasetRows(
  windows: readonly PlacedWindow[],
  source: RowSource,
): AsyncGenerator<DatasetRow> {
  for (const run of runs(windows, source.recordings)) yield* runRows(run, source);
}

/** Neighbours of one rate and channel count can be decoded together. */
function* runs(
  windows: readonly PlacedWindow[],
  recordings: ReadonlyMap<string, DatasetRecording>,
): Iterable<readonly PlacedWindow[]> {
  const kind = (window: PlacedWindow | undefined): string => {
    const recording = window === undefined ? undefined : recordings.get(window.recording);
    return `${recording?.sampleRate} ${recording?.channels}`;
  };
  let first = 0;
  for (let i = 1; i <= windows.length; i++) {
    if (i < windows.length && kind(windows[i]) === kind(windows[first])) continue;
    yield windows.slice(first, i);
    first = i;
  }
}

async function* runRows(windows: readonly PlacedWindow[], source: RowSource): AsyncGenerator<DatasetRow> {
  const { settings, recordings } = source;
  const from = recordings.get(windows[0]?.recording as string)?.sampleRate as number;
  const to = settings.sampleRate ?? from;
  const resampler = to === from ? undefined : await openResampler(from, to);
  const margin = resampler?.margin ?? 0;
  const segments = windows.map(({ recording, startSample, endSample }) => ({
    recording,
    startSample: startSample - margin,
    endSample: endSample + margin,
  }));
  const floats = resampler !== undefined || settings.content === "mel";
  const options: StreamOptions = {
    ...source.options,
    dtype: floats ? "float32" : settings.dtype,
    outOfRange: resampler === undefined ? "error" : "pad",
  };
  let done = 0;
  for await (const tensor of source.stream(segments, options)) {
    for (let row = 0; row < tensor.shape[0]; row++) {
      const window = windows[done++] as PlacedWindow;
      yield rowOf({ tensor, row, window, resampler, settings, rates: { from, to } });
    }
  }
}

interface RowQuestion {
  readonly tensor: SegmentTensor;
  readonly row: number;
  readonly window: PlacedWindow;
  readonly resampler: Resampler | undefined;
  readonly settings: WriteSettings;
  readonly rates: { readonly from: number; readonly to: number };
}

function rowOf({ tensor, row, window, resampler, settings, rates }: RowQuestion): DatasetRow {
  const length = resampledLength(window.endSample - window.startSample, rates.from, rates.to);
  const channels = Array.from({ length: tensor.shape[1] }, (_, channel) => {
    const samples = segmentSamples(tensor, row, channel);
    const resampled = resampler === undefined ? samples : resampler.resample(samples as Float32Array, length);
    if (settings.content === "mel") {
      return melSpectrogram(resampled, { ...settings.mel, sampleRateHz: rates.to }).values;
    }
    return settings.dtype === "int16" && resampled instanceof Float32Array
      ? Int16Array.from(resampled, toInt16)
      : resampled;
  });
  return {
    window,
    sampleRate: rates.to,
    channels,
    holeSeconds: holeSeconds(tensor, row, { margin: resampler?.margin ?? 0, window, rate: rates.from }),
    decoder: tensor.decoder,
  };
}

interface HoleQuestion {
  readonly margin: number;
  readonly window: PlacedWindow;
  readonly rate: number;
}

/** Lost seconds within the window itself, without the margins. */
function holeSeconds(tensor: SegmentTensor, row: number, { margin, window, rate }: HoleQuestion): number {
  const length = window.endSample - window.startSample;
  const lost = (tensor.segments[row]?.holes ?? []).map(({ startSample, endSample }) =>
    Math.max(0, Math.min(length, endSample - margin) - Math.max(0, startSample - margin)),
  );
  return lost.reduce((sum, samples) => sum + samples, 0) / rate;
}
