/** Keeps byte ranges of recordings that were read before: for archives far away, and clips that are asked for again. */
import type { ArchiveStore } from "./store.js";

interface Range {
  readonly key: string;
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * The same store, keeping the ranges of blobs that were read last, up to `maxBytes`. Blobs never change once a recording is
 * there; nothing else is kept.
 */
export function cachedStore(store: ArchiveStore, maxBytes: number): ArchiveStore {
  // Without `readInto`, which would pass the cache by.
  const { getRange, readInto: _, ...rest } = store;
  if (getRange === undefined || maxBytes <= 0) return store;
  // In the order of their last use.
  const ranges = new Set<Range>();
  let held = 0;
  const find = (key: string, start: number, end: number): Range | undefined => {
    for (const range of ranges) {
      if (range.key === key && range.start <= start && end <= range.start + range.bytes.length) return range;
    }
    return undefined;
  };
  const keep = (range: Range): void => {
    if (range.bytes.length > maxBytes) return;
    ranges.add(range);
    held += range.bytes.length;
    for (const oldest of ranges) {
      if (held <= maxBytes) break;
      ranges.delete(oldest);
      held -= oldest.bytes.length;
    }
  };
  return {
    ...rest,
    async getRange(key, query, options) {
      if (!("offset" in query) || !key.includes("/audio_data_blob_array/c/")) {
        return await getRange(key, query, options);
      }
      const { offset, length } = query;
      const known = find(key, offset, offset + length);
      if (known !== undefined) {
        ranges.delete(known);
        ranges.add(known);
        return known.bytes.slice(offset - known.start, offset - known.start + length);
      }
      const bytes = await getRange(key, query, options);
      if (bytes !== undefined) keep({ key, start: offset, bytes: bytes.slice() });
      return bytes;
    },
  };
}
