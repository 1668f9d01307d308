/**
 * Elements of EBML (RFC 8794), the notation of Matroska and WebM.
 *
 * ```
 * id: 1 to 4 bytes, length marked by its leading zeros | size: 1 to 8 bytes, mark taken off | payload
 * ```
 */
import type { ByteSource } from "../../source/byte-source.js";

/** An element's head. */
export interface Element {
  readonly id: number;
  /** First byte of the payload. */
  readonly start: number;
  /** Byte after the payload; undefined where its size is left open (live streams). */
  readonly end: number | undefined;
}

/** Reads the element at `at` of a source; undefined where none stands there. */
export async function elementAt(source: ByteSource, at: number): Promise<Element | undefined> {
  return parseElement(await source.read(at, at + 12), at);
}

/** The elements inside a payload at hand; ends at damage. */
export function* elementsIn(bytes: Uint8Array): Generator<{ id: number; payload: Uint8Array }> {
  for (let at = 0; at < bytes.length; ) {
    const element = parseElement(bytes.subarray(at, at + 12), at);
    if (element?.end === undefined || element.end > bytes.length) return;
    yield { id: element.id, payload: bytes.subarray(element.start, element.end) };
    at = element.end;
  }
}

function parseElement(head: Uint8Array, at: number): Element | undefined {
  const idLength = lengthByMark(head[0] ?? 0);
  if (idLength === 0 || idLength > 4) return undefined;
  const size = readVint(head, idLength);
  if (size === undefined) return undefined;
  const start = at + idLength + size.length;
  return { id: unsigned(head.subarray(0, idLength)), start, end: size.open ? undefined : start + size.value };
}

/** A number of variable length, its length mark taken off. */
export interface Vint {
  readonly value: number;
  /** Bytes it takes. */
  readonly length: number;
  /** All bits set: "unknown". */
  readonly open: boolean;
}

/** Reads the variable-length number at `at`; undefined where it is cut off or too large to count. */
export function readVint(bytes: Uint8Array, at: number): Vint | undefined {
  const length = lengthByMark(bytes[at] ?? 0);
  if (length === 0 || at + length > bytes.length) return undefined;
  let value = (bytes[at] as number) & (0xff >> length);
  let open = value === 0xff >> length;
  for (let i = at + 1; i < at + length; i++) {
    value = value * 256 + (bytes[i] as number);
    open = open && bytes[i] === 0xff;
  }
  return open || value <= Number.MAX_SAFE_INTEGER ? { value, length, open } : undefined;
}

function lengthByMark(first: number): number {
  return first === 0 ? 0 : Math.clz32(first) - 23;
}

/** Bytes as an unsigned big-endian number, exact up to 2⁵³. */
export function unsigned(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** Bytes as a signed big-endian number. */
export function signed(bytes: Uint8Array): number {
  const value = unsigned(bytes);
  return (bytes[0] ?? 0) < 128 ? value : value - 256 ** bytes.length;
}
