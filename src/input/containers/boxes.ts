/**
 * Boxes of the ISO base media file format (ISO/IEC 14496-12), the notation of MP4.
 *
 * ```
 * size u32 | type (4) | size u64 if size = 1 | payload        size = 0: to the end
 * ```
 */
import { fourCc } from "../../metadata/text.js";
import type { ByteSource } from "../../source/byte-source.js";

/** A box of a source. */
export interface Box {
  readonly type: string;
  /** First byte of the box. */
  readonly at: number;
  /** First byte of the payload. */
  readonly start: number;
  /** Byte after the box. */
  readonly end: number;
}

/** A box at hand. */
export interface BoxBytes {
  readonly type: string;
  readonly payload: Uint8Array;
}

/** The boxes of a source, one after another; ends at the first that is none. */
export async function* boxesOf(source: ByteSource): AsyncGenerator<Box> {
  for (let at = 0; at + 8 <= source.byteLength; ) {
    const box = parseBox(await source.read(at, at + 16), at, source.byteLength);
    if (box === undefined) return;
    yield box;
    at = box.end;
  }
}

/** The boxes inside a payload, from byte `from`. */
export function* boxesIn(bytes: Uint8Array, from = 0): Generator<BoxBytes> {
  for (let at = from; at + 8 <= bytes.length; ) {
    const box = parseBox(bytes.subarray(at, at + 16), at, bytes.length);
    if (box === undefined || box.end > bytes.length) return;
    yield { type: box.type, payload: bytes.subarray(box.start, box.end) };
    at = box.end;
  }
}

/** The first box on a path of types inside a payload. */
export function findBox(bytes: Uint8Array, path: readonly string[]): Uint8Array | undefined {
  let inside: Uint8Array | undefined = bytes;
  for (const type of path) {
    if (inside === undefined) return undefined;
    let found: Uint8Array | undefined;
    for (const box of boxesIn(inside)) if (found === undefined && box.type === type) found = box.payload;
    inside = found;
  }
  return inside;
}

function parseBox(head: Uint8Array, at: number, limit: number): Box | undefined {
  const view = viewOf(head);
  const short = view.getUint32(0);
  const long = short === 1;
  if (long && head.length < 16) return undefined;
  const size = long ? Number(view.getBigUint64(8)) : short === 0 ? limit - at : short;
  const start = at + (long ? 16 : 8);
  return at + size < start ? undefined : { type: fourCc(head, 4), at, start, end: at + size };
}

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
