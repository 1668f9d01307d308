/** Decoded segments as one block of numbers. */
import { argumentError } from "../errors.js";

/** Sample formats: float32 in [−1, 1] (may overshoot), or int16 rounded and clipped as libopus does. */
export type SampleType = "float32" | "int16";

/** Lost data inside a segment, in samples of the tensor `[startSample, endSample)`, counted from its start. */
export interface SegmentHole {
  readonly startSample: number;
  readonly endSample: number;
  readonly reason: string;
}

/** What one row of a tensor is a piece of. */
export interface ExtractedSegment {
  readonly recording: string;
  /** First sample, in the recording's own rate. */
  readonly startSample: number;
  /** One past the last sample. */
  readonly endSample: number;
  readonly label?: string | undefined;
  readonly holes: readonly SegmentHole[];
}

/** What an extraction took. */
export interface ExtractionStats {
  readonly segments: number;
  readonly batches: number;
  /** Times that a decoder was set on a new place. */
  readonly decoderRuns: number;
  /** Wall time in seconds. */
  readonly seconds: number;
  /** Seconds of audio asked for, repeats counted. */
  readonly audioSeconds: number;
  /** Seconds of audio decoded, pre-roll included. */
  readonly decodedSeconds: number;
  /** Bytes of recordings that were read: compressed, whole pages, pre-roll included. */
  readonly bytesRead: number;
  /** Reads of the store that this took; {@link Archive.traffic} counts metadata and indexes as well. */
  readonly storeReads: number;
}

/**
 * Segments as one block: row-major `[segments, channels, samples]`, in the order asked for.
 *
 * Where lengths differ the block is ragged: segment `i` stands as `[channels, length]` from `offsets[i]`
 * to `offsets[i + 1]`, and `shape[2]` is the longest length.
 */
export interface SegmentTensor {
  readonly data: Float32Array | Int16Array;
  readonly shape: readonly [segments: number, channels: number, samples: number];
  readonly dtype: SampleType;
  readonly ragged: boolean;
  /** Where each segment starts in `data`, and one past the last: `segments + 1` numbers. */
  readonly offsets: readonly number[];
  /** Samples per second of `data`, in Hz: the recordings' own (the true one, if ultrasonic), or what was asked for. */
  readonly sampleRate: number;
  /** Samples per second that `startSample` and `endSample` of the segments are counted in, in Hz. */
  readonly recordingRate: number;
  readonly segments: readonly ExtractedSegment[];
  readonly accuracy: "exact" | "fast";
  /** The longest pre-roll that was decoded before a segment, in seconds. */
  readonly preRollSeconds: number;
  /** Library and version that decoded it: decoders of different builds differ in the last bits. */
  readonly decoder: string;
  readonly stats: ExtractionStats;
}

/**
 * One channel of one segment, without a copy.
 *
 * @param segment row, from 0
 * @param channel from 0
 * @returns the samples of that row: a view into `tensor.data`
 * @throws {OpusZarrError} of kind `argument` when there is no such row or channel
 * @example
 * ```ts
 * const first = segmentSamples(clips, 0, 0);
 * ```
 */
export function segmentSamples(
  tensor: SegmentTensor,
  segment: number,
  channel = 0,
): Float32Array | Int16Array {
  const [segments, channels] = tensor.shape;
  if (!Number.isInteger(segment) || segment < 0 || segment >= segments) {
    throw argumentError("segment", `a row from 0 to ${segments - 1}`, segment);
  }
  checkChannel(tensor, channel);
  const from = tensor.offsets[segment] as number;
  const length = ((tensor.offsets[segment + 1] as number) - from) / channels;
  return tensor.data.subarray(from + channel * length, from + (channel + 1) * length);
}

/** The channels that are meant: the one named, or all. */
export function channelsOf(tensor: SegmentTensor, channel: number | undefined): number[] {
  if (channel === undefined) return Array.from({ length: tensor.shape[1] }, (_, i) => i);
  checkChannel(tensor, channel);
  return [channel];
}

function checkChannel({ shape: [, channels] }: SegmentTensor, channel: number): void {
  if (Number.isInteger(channel) && channel >= 0 && channel < channels) return;
  throw argumentError("channel", `a channel from 0 to ${channels - 1}`, channel);
}
