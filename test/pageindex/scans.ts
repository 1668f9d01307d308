/** Ways to scan a buffer, for tests. */
import { expect } from "vitest";
import { accumulate } from "../../src/pageindex/accumulate.js";
import type { PageIndex } from "../../src/pageindex/page-index.js";
import { type PageScan, pageScanner, type ScanOptions } from "../../src/pageindex/scan.js";

/** Scans all of `bytes` at once. */
export function scanWhole(bytes: Uint8Array, options: ScanOptions = {}): PageScan {
  const scanner = pageScanner(options);
  scanner.push(bytes, 0, bytes.length, true);
  return scanner.finish();
}

/** The index of a whole file. */
export function indexOf(bytes: Uint8Array): PageIndex {
  return accumulate(scanWhole(bytes));
}

/**
 * Scans `bytes` as they would come from a file read in pieces: what the scanner has not taken yet is
 * handed to it again with the next piece.
 *
 * @param cuts where pieces end
 */
export function scanInPieces(bytes: Uint8Array, cuts: readonly number[]): PageScan {
  const scanner = pageScanner();
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  for (const end of ends) {
    const from = scanner.next;
    scanner.push(bytes.slice(from, end), from, end, end === bytes.length);
  }
  return scanner.finish();
}

const COLUMNS = [
  "byteOffset",
  "size",
  "granule",
  "serial",
  "sequence",
  "flags",
  "packetCount",
  "packets",
] as const;

/** Expects two scans to have found the same. */
export function expectSameScan(a: PageScan, b: PageScan): void {
  const rest = ({ heads, gaps, leads, open, end, searching }: PageScan): unknown => ({
    heads,
    gaps,
    leads,
    open: [...open].sort((x, y) => x.serial - y.serial),
    end,
    searching,
  });
  expect(rest(a)).toEqual(rest(b));
  // As text: comparing typed arrays element by element through the matcher takes long.
  for (const name of COLUMNS) expect(a.pages[name].join(), name).toBe(b.pages[name].join());
}
