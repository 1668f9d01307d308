/** Windows decoded, in order, a few at a time: the numbers that go into a row of a dataset. */
import type { Archive } from "../archive/open.js";
import { type StreamOptions, streamSegments } from "../extract/stream.js";
import type { SegmentRequest } from "../segments/select.js";
import { melSpectrogram } from "../tensor/mel.js";
import { resampledLength } from "../tensor/resample.js";
import { type SegmentTensor, segmentSamples } from "../tensor/tensor.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout, Part, PlacedWindow } from "./layout.js";
import type { WriteSettings } from "./settings.js";
import { planStretches, type Stretch } from "./stretches.js";

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

/** What decoding needs beside the parts. */
export interface RowSource {
  readonly layout: DatasetLayout;
  readonly stream: SegmentStream;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  readonly settings: WriteSettings;
  readonly options: StreamOptions;
}

/** Rows for the windows of parts, in their order. */
export async function* datasetRows(parts: readonly Part[], source: RowSource): AsyncGenerator<DatasetRow> {
  const { layout, recordings, settings } = source;
  const stretches = planStretches(layout, parts, { recordings, sampleRate: settings.sampleRate });
  for (const run of runs(stretches, recordings)) yield* runRows(run, source);
}

/** Neighbours of one rate and channel count can be decoded together. */
function* runs(
  stretches: readonly Stretch[],
  recordings: ReadonlyMap<string, DatasetRecording>,
): Iterable<readonly Stretch[]> {
  const kind = (stretch: Stretch | undefined): string => {
    const recording = stretch === undefined ? undefined : recordings.get(stretch.recording);
    return `${recording?.sampleRate} ${recording?.channels}`;
  };
  let first = 0;
  for (let i = 1; i <= stretches.length; i++) {
    if (i < stretches.length && kind(stretches[i]) === kind(stretches[first])) continue;
    yield stretches.slice(first, i);
    first = i;
  }
}

async function* runRows(stretches: readonly Stretch[], source: RowSource): AsyncGenerator<DatasetRow> {
  const { settings, stream } = source;
  const options: StreamOptions = {
    ...source.options,
    dtype: settings.dtype,
    ...(settings.sampleRate === undefined ? {} : { sampleRate: settings.sampleRate }),
    newPartAt: stretches.flatMap(({ opensPart }, i) => (opensPart ? [i] : [])),
  };
  const segments = stretches.map(({ recording, startSample, endSample }) => ({
    recording,
    startSample,
    endSample,
  }));
  let done = 0;
  for await (const tensor of stream(segments, options)) {
    for (let row = 0; row < tensor.shape[0]; row++) {
      const stretch = stretches[done++] as Stretch;
      for (const window of stretch.windows) yield rowOf({ tensor, row, stretch, window, settings });
    }
  }
}

interface RowQuestion {
  readonly tensor: SegmentTensor;
  readonly row: number;
  readonly stretch: Stretch;
  readonly window: PlacedWindow;
  readonly settings: WriteSettings;
}

function rowOf({ tensor, row, stretch, window, settings }: RowQuestion): DatasetRow {
  const { sampleRate, recordingRate } = tensor;
  // At another rate than the recording's a stretch is one window, which then begins at 0.
  const from = window.startSample - stretch.startSample;
  const to = from + resampledLength(window.endSample - window.startSample, recordingRate, sampleRate);
  const channels = Array.from({ length: tensor.shape[1] }, (_, channel) => {
    const samples = segmentSamples(tensor, row, channel).subarray(from, to);
    if (settings.content === "audio") return samples;
    return melSpectrogram(samples, { ...settings.mel, sampleRateHz: sampleRate }).values;
  });
  const holeSeconds = lostSamples(tensor, row, { from, to }) / sampleRate;
  return { window, sampleRate, channels, holeSeconds, decoder: tensor.decoder };
}

/** Lost samples between two places of a row. */
function lostSamples(
  tensor: SegmentTensor,
  row: number,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const lost = (tensor.segments[row]?.holes ?? []).map(({ startSample, endSample }) =>
    Math.max(0, Math.min(to, endSample) - Math.max(from, startSample)),
  );
  return lost.reduce((sum, samples) => sum + samples, 0);
}
