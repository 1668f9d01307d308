/** Finds the pages of a byte range: header after header, by search where there is none, each confirmed. */
import {
  findCapture,
  isCapture,
  MAX_PAGE_BYTES,
  type Page,
  type PageCheck,
  pageCrcHolds,
  readPage,
} from "../ogg/page.js";

/** A half-open range of bytes of the file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is known beside the pages once a range was searched. */
export interface LocatedPages {
  /** Bytes that belong to no valid page. */
  readonly gaps: readonly ByteRange[];
  /** Where the next page is to begin. */
  readonly end: number;
  /** The range ended in search of a page. */
  readonly searching: boolean;
}

/** Bytes of a range, or a part of it. */
export interface LocateInput {
  readonly bytes: Uint8Array;
  /** Where `bytes` start in the file. */
  readonly base: number;
  /** File position before which pages must start. */
  readonly limit: number;
  /** Whether `bytes` reach to the end of the file. */
  readonly last: boolean;
}

/** A search under way. */
export interface PageLocator {
  /** Next byte that is wanted. */
  readonly next: number;
  /** The pages that start in `[next, limit)` and are whole. */
  locate(input: LocateInput): Page[];
  finish(): LocatedPages;
}

/** Opens a search from byte `start` on, where a page stands if it is `aligned`. */
export function pageLocator(options: {
  readonly start: number;
  readonly aligned: boolean;
  readonly check: PageCheck;
}): PageLocator {
  const { check } = options;
  const gaps: ByteRange[] = [];
  let next = options.start;
  let searching = !options.aligned;
  // Where a search began with the range, nobody knows yet where the gap did.
  let gapStart = searching ? -1 : next;

  const closeGap = (end: number): void => {
    if (searching && gapStart >= 0 && end > gapStart) gaps.push({ start: gapStart, end });
    searching = false;
  };

  // From `next` on; returns where it stopped, in `bytes`.
  const walk = ({ bytes, base, limit, last }: LocateInput, found: Page[]): number => {
    const stop = limit - base;
    let at = next - base;
    while (at < stop) {
      if (searching) {
        const capture = findCapture(bytes, at, Math.min(stop, bytes.length));
        // Three bytes of a capture pattern may stand at the buffer's end.
        if (capture === -1) return last ? stop : Math.max(at, Math.min(stop, bytes.length - 3));
        at = capture;
      }
      const page = readPage(bytes, at);
      if (page === undefined && !last && at + MAX_PAGE_BYTES > bytes.length && mayBecomePage(bytes, at))
        return at;
      if (page !== undefined && holds(bytes, page, { check, searching, last })) {
        closeGap(base + at);
        found.push(page);
        at += page.size;
      } else {
        if (!searching) gapStart = base + at;
        searching = true;
        at++;
      }
    }
    return at;
  };

  return {
    get next() {
      return next;
    },
    locate(input) {
      const found: Page[] = [];
      next = input.base + walk(input, found);
      const end = input.base + input.bytes.length;
      if (input.last && input.limit >= end) {
        next = end;
        closeGap(next);
      }
      return found;
    },
    finish() {
      if (searching && gapStart >= 0 && next > gapStart) gaps.push({ start: gapStart, end: next });
      return { gaps, end: next, searching };
    },
  };
}

/** Whether what stands at `at` could be a page of which the rest is not at hand yet. */
function mayBecomePage(bytes: Uint8Array, at: number): boolean {
  const capture = [0x4f, 0x67, 0x67, 0x53, 0];
  for (let i = 0; i < capture.length && at + i < bytes.length; i++)
    if (bytes[at + i] !== capture[i]) return false;
  return true;
}

// A page found by search is always confirmed by its checksum: "OggS" may stand inside audio data.
function holds(
  bytes: Uint8Array,
  page: Page,
  by: { readonly check: PageCheck; readonly searching: boolean; readonly last: boolean },
): boolean {
  const { check, searching, last } = by;
  if (check === "crc" || searching) return pageCrcHolds(bytes, page);
  const after = page.at + page.size;
  return isCapture(bytes, after) || (last && after === bytes.length) || pageCrcHolds(bytes, page);
}
