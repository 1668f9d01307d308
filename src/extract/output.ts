/** The block of shared memory that all batches write to, and where each segment stands in it. */
import { argumentError, OpusZarrError } from "../errors.js";
import type { Segment } from "../segments/select.js";
import type { SampleType } from "../tensor/tensor.js";

/** An empty tensor's memory. */
export interface OutputBlock {
  readonly data: Float32Array | Int16Array;
  /** Element at which each segment starts, and one past the last. */
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly shape: readonly [segments: number, channels: number, samples: number];
  readonly ragged: boolean;
}

/**
 * Allocates the block for segments of given lengths in samples.
 *
 * @param memory to be used again, where it is large enough
 */
export function outputBlock(
  lengths: readonly number[],
  channels: number,
  { dtype, memory }: { readonly dtype: SampleType; readonly memory?: SharedArrayBuffer | undefined },
): OutputBlock {
  const offsets: number[] = [0];
  let longest = 0;
  let shortest = Number.POSITIVE_INFINITY;
  for (const length of lengths) {
    offsets.push((offsets[offsets.length - 1] as number) + length * channels);
    longest = Math.max(longest, length);
    shortest = Math.min(shortest, length);
  }
  const elements = offsets[offsets.length - 1] as number;
  return {
    data: reused(elements, dtype, memory) ?? allocate(elements, dtype),
    offsets,
    lengths,
    shape: [lengths.length, channels, longest],
    ragged: lengths.length > 0 && shortest !== longest,
  };
}

/** A view of memory that was used before, emptied: what no batch writes to is silence. */
function reused(
  elements: number,
  dtype: SampleType,
  memory: SharedArrayBuffer | undefined,
): Float32Array | Int16Array | undefined {
  const bytes = elements * (dtype === "float32" ? 4 : 2);
  if (memory === undefined || memory.byteLength < bytes) return undefined;
  const view =
    dtype === "float32" ? new Float32Array(memory, 0, elements) : new Int16Array(memory, 0, elements);
  return view.fill(0);
}

function allocate(elements: number, dtype: SampleType): Float32Array | Int16Array {
  const bytes = elements * (dtype === "float32" ? 4 : 2);
  try {
    const memory = new SharedArrayBuffer(bytes);
    return dtype === "float32" ? new Float32Array(memory) : new Int16Array(memory);
  } catch (error) {
    const gigabytes = (bytes / 1e9).toFixed(1);
    throw new OpusZarrError(
      "argument",
      `segments: expected a tensor that fits in memory, got one of ${gigabytes} GB; streamSegments gives it a part at a time`,
      {},
      error,
    );
  }
}

/** The channels that come out, of a recording's. */
export function outputChannels(
  recordingChannels: number,
  wanted: { readonly channels: readonly number[] | undefined; readonly mono: boolean },
  segment: Pick<Segment, "recording">,
): number {
  if (wanted.mono) return 1;
  if (wanted.channels === undefined) return recordingChannels;
  for (const channel of wanted.channels) {
    if (!Number.isInteger(channel) || channel < 0 || channel >= recordingChannels) {
      throw argumentError("channels", `channels from 0 to ${recordingChannels - 1}`, channel, {
        recording: segment.recording,
      });
    }
  }
  return wanted.channels.length;
}
