/**
 * The Ogg page checksum: CRC-32 with polynomial 0x04c11db7, not reflected, start value 0, no final
 * inversion, taken over the whole page with its checksum field zeroed (RFC 3533 §6).
 */

import { type Folder, MAX_FOLDED_BYTES, MIN_FOLDED_BYTES, openFolder } from "./fold.js";

const POLYNOMIAL = 0x04c11db7;

// Slicing by eight: TABLES[k * 256 + b] is the checksum of byte b followed by k zero bytes.
const TABLES: Uint32Array = buildTables();

function buildTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    tables[byte] = crc >>> 0;
  }
  for (let k = 1; k < 8; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[(k - 1) * 256 + byte] as number;
      tables[k * 256 + byte] = ((previous << 8) ^ (tables[previous >>> 24] as number)) >>> 0;
    }
  }
  return tables;
}

let folder: Folder | undefined;

/**
 * Continues a checksum over `bytes[from, to)`.
 *
 * @param crc the checksum so far, 0 at the start
 * @returns the checksum as an unsigned 32-bit number
 * @example
 * ```ts
 * oggCrc(new TextEncoder().encode("OggS"), 0, 4); // 0x5fb0a94f
 * ```
 */
export function oggCrc(bytes: Uint8Array, from: number, to: number, crc = 0): number {
  let at = from;
  let c = crc;
  while (to - at >= MIN_FOLDED_BYTES) {
    folder ??= openFolder();
    const end = Math.min(to, at + MAX_FOLDED_BYTES);
    const rest = folder.fold(bytes, at, end, c);
    c = slicedCrc(rest, 0, rest.length, 0);
    at = end;
  }
  return slicedCrc(bytes, at, to, c);
}

function slicedCrc(bytes: Uint8Array, from: number, to: number, crc: number): number {
  // Index checks are relaxed by `as number` here alone: every index is masked to the table's size.
  const t = TABLES;
  let at = from;
  let c = crc;
  for (const whole = to - 7; at < whole; at += 8) {
    const high =
      c ^
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number));
    c =
      (t[1792 + (high >>> 24)] as number) ^
      (t[1536 + ((high >>> 16) & 255)] as number) ^
      (t[1280 + ((high >>> 8) & 255)] as number) ^
      (t[1024 + (high & 255)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < to; at++) c = (c << 8) ^ (t[((c >>> 24) ^ (bytes[at] as number)) & 255] as number);
  return c >>> 0;
}
