/**
 * Ogg pages (RFC 3533 §6).
 *
 * ```
 *  0        4   5   6              14      18      22      26  27
 * +--------+---+---+--------------+-------+-------+-------+---+-------------+----------
 * | "OggS" | 0 |flg| granule i64  |serial | seq.  |  CRC  | n | n lacing b. | payload
 * +--------+---+---+--------------+-------+-------+-------+---+-------------+----------
 * ```
 */
import { oggCrc } from "./crc.js";

/** Bytes before the lacing values. */
export const PAGE_HEADER_BYTES = 27;
/** The largest page: 27 + 255 lacing values + 255 × 255 bytes. */
export const MAX_PAGE_BYTES = 65_307;
/** Lacing values that a page has room for. */
export const MAX_SEGMENTS = 255;
/** Header flag: the first packet began on an earlier page. */
export const PAGE_CONTINUED = 1;
/** Header flag: first page of a logical stream. */
export const PAGE_BOS = 2;
/** Header flag: last page of a logical stream. */
export const PAGE_EOS = 4;
/** The granule position of a page on which no packet completes. */
export const NO_GRANULE = -1;

/** One page's header, with its place in the buffer it was read from. */
export interface Page {
  /** Where the page starts in the buffer. */
  readonly at: number;
  /** Header, lacing values and payload, in bytes. */
  readonly size: number;
  /** Header and lacing values, in bytes: the payload starts at `at + headerSize`. */
  readonly headerSize: number;
  readonly flags: number;
  /** In 48 kHz samples; −1 where no packet completes on the page or the field is out of range. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
}

/** How a page found in a buffer is confirmed: by its checksum, or by its header alone. */
export type PageCheck = "crc" | "headers";

/**
 * Reads the page header at `at`; undefined unless a whole page (header, lacing, payload) stands there.
 * The checksum is not looked at: see {@link pageCrcHolds}.
 */
export function readPage(bytes: Uint8Array, at: number): Page | undefined {
  if (at + PAGE_HEADER_BYTES > bytes.length || !isCapture(bytes, at)) return undefined;
  const flags = byte(bytes, at + 5);
  if (byte(bytes, at + 4) !== 0 || flags > 7) return undefined;
  const headerSize = PAGE_HEADER_BYTES + byte(bytes, at + 26);
  if (at + headerSize > bytes.length) return undefined;
  let size = headerSize;
  for (let i = at + PAGE_HEADER_BYTES; i < at + headerSize; i++) size += bytes[i] as number;
  if (at + size > bytes.length) return undefined;
  return {
    at,
    size,
    headerSize,
    flags,
    granule: readGranule(bytes, at + 6),
    serial: readUint32(bytes, at + 14),
    sequence: readUint32(bytes, at + 18),
  };
}

/** Whether the page's checksum holds. */
export function pageCrcHolds(bytes: Uint8Array, page: Page): boolean {
  const { at, size } = page;
  let crc = oggCrc(bytes, at, at + 22);
  crc = oggCrc(ZEROS, 0, 4, crc);
  crc = oggCrc(bytes, at + 26, at + size, crc);
  return crc === readUint32(bytes, at + 22);
}

/** Writes the page's checksum into its header, in place: for pages that we build ourselves. */
export function sealPage(page: Uint8Array): Uint8Array {
  page.fill(0, 22, 26);
  new DataView(page.buffer, page.byteOffset).setUint32(22, oggCrc(page, 0, page.length), true);
  return page;
}

/** The first place in `[from, to)` at which "OggS" stands whole, or −1. */
export function findCapture(bytes: Uint8Array, from: number, to: number): number {
  let at = bytes.indexOf(0x4f, from);
  while (at !== -1 && at < to) {
    if (isCapture(bytes, at)) return at;
    at = bytes.indexOf(0x4f, at + 1);
  }
  return -1;
}

const ZEROS = new Uint8Array(4);

/** Whether "OggS" stands whole at `at`. */
export function isCapture(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x4f && bytes[at + 1] === 0x67 && bytes[at + 2] === 0x67 && bytes[at + 3] === 0x53;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (byte(bytes, at) |
      (byte(bytes, at + 1) << 8) |
      (byte(bytes, at + 2) << 16) |
      (byte(bytes, at + 3) << 24)) >>>
    0
  );
}

function readGranule(bytes: Uint8Array, at: number): number {
  const granule = readUint32(bytes, at + 4) * 2 ** 32 + readUint32(bytes, at);
  return granule <= Number.MAX_SAFE_INTEGER ? granule : NO_GRANULE;
}
