/** Segments out of recordings, a part at a time: for more than fits in memory. */
import type { Archive, Recording } from "../archive/open.js";
import { rangeSamples, type Segment, type SegmentRequest } from "../segments/select.js";
import type { SampleType, SegmentTensor } from "../tensor/tensor.js";
import { BYTES_PER_MB, positiveNumber } from "../units.js";
import { type Chosen, chooseSegments } from "./choose.js";
import { extractChosen } from "./extract.js";
import { type ExtractOptions, extractSettings } from "./options.js";
import { decodedRange, outputLength } from "./rates.js";

/** How segments are streamed. */
export interface StreamOptions extends ExtractOptions {
  /**
   * Memory for samples, in MB; 128 by default. One part is handed out while the next is decoded, so a part
   * takes half of it; a single segment longer than that is a part of its own.
   */
  readonly maxMemoryMb?: number;
  /**
   * Hands every part out in the memory of the one before the last, so that a part is only valid until the next
   * is asked for: nothing is copied, and nothing left to the garbage collector. Off by default.
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
 * The next part is decoded while the caller works on the last, and no further: a slow reader holds the
 * decoding up, and memory stays bounded.
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
  const parts = cutParts(chosen, { bytes: memoryBytes / 2, breaks: new Set(options.newPartAt) }, sizes);
  const reuse = options.reuseMemory === true;
  const blocks = memoryBlocks(reuse ? 2 : 1, parts, sizes);
  const extract = (part: Chosen, number: number): Promise<SegmentTensor> =>
    extractChosen({ ...part, memory: blocks[number % blocks.length] }, settings, options);
  let next = parts.length > 0 ? extract(parts[0] as Chosen, 0) : undefined;
  for (let i = 1; next !== undefined; i++) {
    const tensor = reuse ? await next : ownMemory(await next);
    const following = parts[i];
    next = following === undefined ? undefined : extract(following, i);
    // Met when it is awaited; an early return of the caller must not leave it unhandled.
    next?.catch(() => {});
    yield tensor;
  }
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

/** Pairs of blocks that each hold the longest part: with two, one is read while the other is written. */
function memoryBlocks(
  count: 1 | 2,
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
