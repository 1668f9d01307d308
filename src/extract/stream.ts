/** Segments out of recordings, a part at a time: for more than fits in memory. */
import type { Archive, Recording } from "../archive/open.js";
import { rangeSamples, type Segment, type SegmentRequest } from "../segments/select.js";
import type { SampleType, SegmentTensor } from "../tensor/tensor.js";
import { BYTES_PER_MB, positiveNumber } from "../units.js";
import { type Chosen, chooseSegments } from "./choose.js";
import { extractChosen } from "./extract.js";
import { type ExtractOptions, type ExtractProgress, extractSettings } from "./options.js";
import { decodedRange, outputLength } from "./rates.js";

/** One part is with the caller while the others are decoded: workers never wait for a part to be complete. */
const PARTS_IN_MEMORY = 4;

/** How segments are streamed. */
export interface StreamOptions extends ExtractOptions {
  /**
   * Memory for samples, in MB; 128 by default. One part is handed out while the next three are decoded, so a part
   * takes a quarter of it; a single segment longer than that is a part of its own.
   */
  readonly maxMemoryMb?: number;
  /**
   * Hands every part out in the memory of one before it, so that a part is only valid until the next is asked
   * for: nothing is copied, and nothing left to the garbage collector. Off by default.
   */
  readonly reuseMemory?: boolean;
  /**
   * Segments, by number, before which a new part begins in any case: what is decoded together then depends on
   * nothing that came before.
   */
  readonly newPartAt?: readonly number[];
}

/**
 * Extracts segments a part at a time, in the order asked for: each part is a tensor of some rows, and all
 * parts together are the rows of {@link extractSegments}.
 *
 * The next parts are decoded while the caller works on the last, and no more than fit in memory: a slow reader
 * holds the decoding up. A reader that stops ends it. `onProgress` is told of all parts begun so far.
 *
 * @throws as {@link extractSegments}, before the first part for wrong arguments
 * @example
 * ```ts
 * for await (const part of streamSegments(rec, segments)) console.log(part.shape[0]);
 * ```
 */
export async function* streamSegments(
  source: Archive | Recording,
  segments: readonly SegmentRequest[],
  options: StreamOptions = {},
): AsyncGenerator<SegmentTensor> {
  const settings = extractSettings(options);
  const memoryBytes = positiveNumber("maxMemoryMb", options.maxMemoryMb ?? 128) * BYTES_PER_MB;
  const chosen = await chooseSegments(source, segments, settings);
  const sizes = segmentSizes(settings.dtype);
  const limits = { bytes: memoryBytes / PARTS_IN_MEMORY, breaks: new Set(options.newPartAt) };
  const parts = cutParts(chosen, limits, sizes);
  const reuse = options.reuseMemory === true;
  const blocks = memoryBlocks(Math.min(parts.length, PARTS_IN_MEMORY - (reuse ? 0 : 1)), parts, sizes);
  const leastBatches = parts.length < PARTS_IN_MEMORY ? undefined : batchesAPart(settings.workers);
  const stop = new AbortController();
  const { signal } = options;
  const halt = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const progress = addedUp(options.onProgress);
  const coming: Promise<SegmentTensor>[] = [];
  const begin = (number: number): void => {
    const part = parts[number];
    if (part === undefined) return;
    const memory = blocks[number % blocks.length];
    const tensor = extractChosen({ ...part, memory, leastBatches }, settings, {
      ...options,
      signal: halt,
      ...progress(number),
    });
    // Met when it is awaited; an early return of the caller must not leave it unhandled.
    tensor.catch(() => {});
    coming.push(tensor);
  };
  try {
    for (let i = 0; i < PARTS_IN_MEMORY - 1; i++) begin(i);
    for (let i = 0; i < parts.length; i++) {
      const tensor = await (coming.shift() as Promise<SegmentTensor>);
      const own = reuse ? tensor : ownMemory(tensor);
      begin(i + PARTS_IN_MEMORY - 1);
      yield own;
    }
  } finally {
    stop.abort();
  }
}

/** Batches of a part with which those that are decoded at a time keep the workers busy, with one to come for each. */
function batchesAPart(workers: number): number {
  return Math.ceil((2 * Math.max(1, workers)) / (PARTS_IN_MEMORY - 1));
}

/** The progress of all parts, for each of them to report its own to. */
function addedUp(
  onProgress: ExtractOptions["onProgress"],
): (part: number) => Pick<ExtractOptions, "onProgress"> {
  if (onProgress === undefined) return () => ({});
  const started = performance.now();
  const latest = new Map<number, ExtractProgress>();
  return (part) => ({
    onProgress: (progress) => {
      latest.set(part, progress);
      const sum = (key: keyof ExtractProgress): number =>
        [...latest.values()].reduce((total, one) => total + one[key], 0);
      onProgress({
        batches: sum("batches"),
        batchesDone: sum("batchesDone"),
        decodedSeconds: sum("decodedSeconds"),
        plannedSeconds: sum("plannedSeconds"),
        seconds: (performance.now() - started) / 1000,
      });
    },
  });
}

/** Bytes of a segment: in the output, and of what is decoded to be resampled. */
interface SegmentSizes {
  output(segment: Segment, of: Chosen): number;
  decoded(segment: Segment, of: Chosen): number;
}

function segmentSizes(dtype: SampleType): SegmentSizes {
  return {
    output: (segment, { rate, channels }) =>
      outputLength(segment, rate) * channels * (dtype === "float32" ? 4 : 2),
    decoded: (segment, { rate, channels }) =>
      rate.margin === undefined ? 0 : rangeSamples(decodedRange(segment, rate)) * channels * 4,
  };
}

/**
 * The tensor in memory that is its own. A block that threads share is free only when each of them has collected its
 * garbage, which a thread that does nothing but decode hardly ever does: so there is one block, and copies of it.
 */
function ownMemory(tensor: SegmentTensor): SegmentTensor {
  return { ...tensor, data: tensor.data.slice() };
}

/** Blocks that each hold the longest part. */
function memoryBlocks(
  count: number,
  parts: readonly Chosen[],
  sizes: SegmentSizes,
): NonNullable<Chosen["memory"]>[] {
  const longest = (size: SegmentSizes["output"]): number =>
    parts
      .map((part) => part.segments.reduce((sum, segment) => sum + size(segment, part), 0))
      .reduce((most, bytes) => Math.max(most, bytes), 0);
  const output = longest(sizes.output);
  const decoded = longest(sizes.decoded);
  return Array.from({ length: count }, () => ({
    output: new SharedArrayBuffer(output),
    decoded: new SharedArrayBuffer(decoded),
  }));
}

interface PartLimits {
  readonly bytes: number;
  /** Rows that no part goes on over. */
  readonly breaks: ReadonlySet<number>;
}

/** Consecutive rows of at most so many bytes a part. */
function cutParts(chosen: Chosen, { bytes, breaks }: PartLimits, sizes: SegmentSizes): Chosen[] {
  const parts: Chosen[] = [];
  let from = 0;
  let held = 0;
  chosen.segments.forEach((segment, i) => {
    const size = sizes.output(segment, chosen) + sizes.decoded(segment, chosen);
    if (i > from && (held + size > bytes || breaks.has(i))) {
      parts.push(partOf(chosen, from, i));
      from = i;
      held = 0;
    }
    held += size;
  });
  if (from < chosen.segments.length) parts.push(partOf(chosen, from, chosen.segments.length));
  return parts;
}

function partOf(chosen: Chosen, from: number, to: number): Chosen {
  const segments = chosen.segments.slice(from, to);
  const used = new Set(segments.map(({ recording }) => recording));
  const recordings = new Map([...chosen.recordings].filter(([id]) => used.has(id)));
  return { ...chosen, segments, recordings };
}
