/** Segments out of recordings, a part at a time: for more than fits in memory. */
import type { Archive, Recording } from "../archive/open.js";
import type { SegmentRequest } from "../segments/select.js";
import type { SegmentTensor } from "../tensor/tensor.js";
import { BYTES_PER_MB, positiveNumber } from "../units.js";
import { type Chosen, chooseSegments, extractChosen } from "./extract.js";
import { type ExtractOptions, extractSettings } from "./options.js";

/** How segments are streamed. */
export interface StreamOptions extends ExtractOptions {
  /**
   * Memory for samples, in MB; 256 by default. One part is handed out while the next is decoded, so a part
   * takes half of it; a single segment longer than that is a part of its own.
   */
  readonly maxMemoryMb?: number;
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
  const memoryBytes = positiveNumber("maxMemoryMb", options.maxMemoryMb ?? 256) * BYTES_PER_MB;
  const chosen = await chooseSegments(source, segments, settings);
  const sampleBytes = chosen.channels * (settings.dtype === "float32" ? 4 : 2);
  const parts = cutParts(chosen, memoryBytes / 2 / sampleBytes);
  const extract = (part: Chosen): Promise<SegmentTensor> => extractChosen(part, settings, options);
  let next = parts.length > 0 ? extract(parts[0] as Chosen) : undefined;
  for (let i = 1; next !== undefined; i++) {
    const tensor = await next;
    const following = parts[i];
    next = following === undefined ? undefined : extract(following);
    // Met when it is awaited; an early return of the caller must not leave it unhandled.
    next?.catch(() => {});
    yield tensor;
  }
}

/** Consecutive rows of at most `samples` samples a part. */
function cutParts(chosen: Chosen, samples: number): Chosen[] {
  const parts: Chosen[] = [];
  let from = 0;
  let held = 0;
  chosen.segments.forEach((segment, i) => {
    const length = segment.endSample - segment.startSample;
    if (i > from && held + length > samples) {
      parts.push(partOf(chosen, from, i));
      from = i;
      held = 0;
    }
    held += length;
  });
  if (from < chosen.segments.length) parts.push(partOf(chosen, from, chosen.segments.length));
  return parts;
}

function partOf(chosen: Chosen, from: number, to: number): Chosen {
  const segments = chosen.segments.slice(from, to);
  const recordings = new Map(
    [...chosen.recordings].filter(([id]) => segments.some((s) => s.recording === id)),
  );
  return { ...chosen, segments, recordings };
}
