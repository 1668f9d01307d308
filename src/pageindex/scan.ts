/**
 * The page scan: walks page headers through buffers of a file, checks checksums, and has the packets of each
 * page noted. One scanner serves both ways of building an index: fed buffer after buffer while a file
 * is copied, or given one batch of an existing blob on a worker thread.
 */
import type { PageCheck } from "../ogg/page.js";
import { type LocatedPages, pageLocator } from "./locate.js";
import { packetWalk, type WalkedPages } from "./packet-walk.js";

/** What a scan of a byte range found. */
export interface PageScan extends WalkedPages, LocatedPages {
  /** Thread time spent in finding pages, and in reading them. */
  readonly timing: ScanTiming;
}

/** Seconds of one thread. */
export interface ScanTiming {
  /** Finding pages and confirming them. */
  readonly locate: number;
  /** Sizes, granule positions and packets. */
  readonly detail: number;
}

/** Options of {@link pageScanner}. */
export interface ScanOptions {
  /** Byte at which the scan starts, 0 by default. */
  readonly start?: number;
  /** Whether a page stands at `start` (true) or has to be found first (false: the range starts mid-page). */
  readonly aligned?: boolean;
  readonly check?: PageCheck;
  /** Elementary streams a packet of logical streams that began before the range, by serial; others have 1. */
  readonly streams?: ReadonlyMap<number, number>;
}

/** A scan under way. */
export interface PageScanner {
  /** Next byte that the scanner wants. */
  readonly next: number;
  /**
   * Scans pages that start before `limit`.
   *
   * @param bytes part of the file that holds byte `next`
   * @param base where `bytes` starts in the file
   * @param limit file position before which pages must start
   * @param last whether `bytes` reach to the end of the file
   * @returns the next byte wanted: less than `limit` if a page there is not whole yet
   */
  push(bytes: Uint8Array, base: number, limit: number, last: boolean): number;
  finish(): PageScan;
}

/** Opens a scan. */
export function pageScanner(options: ScanOptions = {}): PageScanner {
  const { start = 0, aligned = true, check = "crc", streams = new Map() } = options;
  const locator = pageLocator({ start, aligned, check });
  const walk = packetWalk({ within: start > 0, streams });
  const timing = { locate: 0, detail: 0 };
  return {
    get next() {
      return locator.next;
    },
    push(bytes, base, limit, last) {
      const started = performance.now();
      const found = locator.locate({ bytes, base, limit, last });
      const located = performance.now();
      for (const page of found) walk.add(bytes, base, page);
      timing.locate += (located - started) / 1000;
      timing.detail += (performance.now() - located) / 1000;
      return locator.next;
    },
    finish: () => ({ ...walk.finish(), ...locator.finish(), timing }),
  };
}
