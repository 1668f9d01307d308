/** Samples as a frame: long (a row a sample) or wide (a row a segment and channel). */
import { argumentError } from "../errors.js";
import { type SegmentTensor, segmentSamples } from "../tensor/tensor.js";
import { oneOf, wholeNumber } from "../units.js";
import { type DataFrame, type FrameColumn, frameOf } from "./danfo.js";

/** What {@link samplesFrame} makes of a tensor. */
export interface SamplesFrameOptions {
  /** `long` (default): a row a sample. `wide`: a row a segment and channel, a column a sample. */
  readonly layout?: "long" | "wide" | undefined;
  /** Rows of the tensor to take, from 0, in this order; all when not given. */
  readonly segments?: readonly number[] | undefined;
  /** Channels to take, from 0; all when not given. */
  readonly channels?: readonly number[] | undefined;
  /** Take every n-th sample of each segment (no filter: this aliases); 1 unless given. */
  readonly every?: number | undefined;
  /** The most cells (rows × columns) to build; 10,000,000 unless given: 1 to 4 s and 600 MB in danfo. */
  readonly maxCells?: number | undefined;
}

const MAX_CELLS = 10_000_000;

/** Which stretch of the tensor makes a row (wide) or many (long). */
interface Stretch {
  readonly segment: number;
  readonly channel: number;
  readonly samples: Float32Array | Int16Array;
}

/**
 * The samples of a tensor as a danfo frame.
 *
 * Long: columns `segment` (row of the tensor), `channel`, `sample_index` (from the segment's start), `time_s` (from the
 * segment's start), `value`. Wide: `segment`, `channel`, then `s0`, `s1`, …; shorter segments end in NaN.
 * `value` is in full-scale units (−1 to 1) for float32 tensors, in 16-bit steps for int16 ones.
 *
 * Frames hold a JavaScript number a cell: for arithmetic on many samples take `tensor.data`.
 *
 * @param tensor of `extractSegments`, or a batch of `streamSegments`
 * @returns long: `[segments × channels × samples, 5]`; wide: `[segments × channels, 2 + samples]`
 * @throws {OpusZarrError} of kind `argument` for a layout, row or channel that is not there, or for more than
 *   `maxCells` cells
 * @example
 * ```ts
 * const frame = await samplesFrame(clips, { layout: "long", segments: [0] });
 * frame.head().print();
 * ```
 */
export async function samplesFrame(
  tensor: SegmentTensor,
  options: SamplesFrameOptions = {},
): Promise<DataFrame> {
  const { maxCells = MAX_CELLS } = options;
  const layout = oneOf("layout", options.layout ?? "long", ["long", "wide"]);
  const every = wholeNumber("every", options.every ?? 1, 1);
  const stretches = chosen(tensor, options);
  const lengths = stretches.map((one) => Math.ceil(one.samples.length / every));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const cells =
    layout === "long"
      ? 5 * lengths.reduce((sum, length) => sum + length, 0)
      : stretches.length * (2 + longest);
  if (cells > maxCells) {
    throw argumentError("maxCells", `at most ${maxCells} cells (take fewer segments, or raise it)`, cells);
  }
  return frameOf(
    layout === "long"
      ? longColumns(stretches, every, tensor.sampleRate)
      : wideColumns(stretches, every, longest),
  );
}

function chosen(tensor: SegmentTensor, options: SamplesFrameOptions): Stretch[] {
  const rows = options.segments ?? Array.from({ length: tensor.shape[0] }, (_, i) => i);
  const channels = options.channels ?? Array.from({ length: tensor.shape[1] }, (_, i) => i);
  return rows.flatMap((segment) =>
    channels.map((channel) => ({ segment, channel, samples: segmentSamples(tensor, segment, channel) })),
  );
}

function longColumns(stretches: readonly Stretch[], every: number, sampleRate: number): FrameColumn[] {
  const segment: number[] = [];
  const channel: number[] = [];
  const sample: number[] = [];
  const time: number[] = [];
  const value: number[] = [];
  for (const one of stretches) {
    for (let i = 0; i < one.samples.length; i += every) {
      segment.push(one.segment);
      channel.push(one.channel);
      sample.push(i);
      time.push(i / sampleRate);
      value.push(one.samples[i] as number);
    }
  }
  return [
    { name: "segment", dtype: "int32", values: segment },
    { name: "channel", dtype: "int32", values: channel },
    { name: "sample_index", dtype: "int32", values: sample },
    { name: "time_s", dtype: "float32", values: time },
    { name: "value", dtype: "float32", values: value },
  ];
}

function wideColumns(stretches: readonly Stretch[], every: number, longest: number): FrameColumn[] {
  const columns: FrameColumn[] = [
    { name: "segment", dtype: "int32", values: stretches.map((one) => one.segment) },
    { name: "channel", dtype: "int32", values: stretches.map((one) => one.channel) },
  ];
  for (let i = 0; i < longest; i++) {
    const values = stretches.map((one) => one.samples[i * every] ?? Number.NaN);
    columns.push({ name: `s${i * every}`, dtype: "float32", values });
  }
  return columns;
}
