/**
 * Makes a message short without changing its checksum, at the speed of memory.
 *
 * The checksum's polynomial divides x^300 + x^155 + x^117 + x^89 + 1, and so (squared three times, which over
 * two elements squares each term) x^2400 + x^1240 + x^936 + x^712 + 1. Hence a byte may be taken out of a message
 * if it is added to those 145, 183, 211 and 300 bytes behind it. As the nearest is 145 bytes away, 16 bytes are
 * taken out at once, by a loop of WebAssembly; the last 300 bytes and a few stay.
 */

/** What is used of WebAssembly: neither `lib` nor the types of Node declare it. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      /** Writes `[target, end)`, 32 bytes at a time: each the byte of `source`, plus the four of `past`. */
      readonly fold: (source: number, past: number, target: number, end: number) => void;
    };
  };
}

/** Places behind `past`, 300 bytes before the target, of the bytes that are added: the exponents above. */
const OFFSETS: readonly number[] = [0, 89, 117, 155];
/** Degree of the multiple, in bytes. */
const REACH = 300;
/** Bytes that one turn of the loop does: two vectors. */
const STEP = 32;
/** The most that is left of a message, whole steps. */
const MAX_REST = Math.ceil((REACH + STEP) / STEP) * STEP;
const MEMORY_PAGES = 2; // of 64 KiB
/** Where the message lies; the bytes before it stay 0. */
const MESSAGE = 512;
/** Where the last bytes of the message are put aside. */
const REST = MEMORY_PAGES * 65_536 - MAX_REST;

/** The longest message that can be folded: more than a page. */
export const MAX_FOLDED_BYTES: number = REST - MAX_REST - MESSAGE;
/** The shortest that it is of use for. */
export const MIN_FOLDED_BYTES = 640;

/** A place to fold messages in. */
export interface Folder {
  /**
   * Folds `bytes[from, to)`, of a length from {@link MIN_FOLDED_BYTES} to {@link MAX_FOLDED_BYTES}.
   *
   * @param crc the checksum of what came before
   * @returns a message with the same checksum, to be read before the next call
   */
  fold(bytes: Uint8Array, from: number, to: number, crc: number): Uint8Array;
}

/** Compiles the loop: a fraction of a millisecond. */
export function openFolder(): Folder {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyLike }).WebAssembly;
  const { memory, fold } = new Instance(new Module(foldModule())).exports;
  const all = new Uint8Array(memory.buffer);
  return {
    fold(bytes, from, to, crc) {
      const length = to - from;
      all.set(bytes.subarray(from, to), MESSAGE);
      for (let i = 0; i < 4; i++) all[MESSAGE + i] = (all[MESSAGE + i] as number) ^ (crc >>> (24 - 8 * i));
      const taken = MESSAGE + Math.floor((length - REACH) / STEP) * STEP;
      fold(MESSAGE, MESSAGE - REACH, MESSAGE, taken);
      // What is added to the last bytes must not be added on from there.
      const rest = MESSAGE + length - taken;
      all.copyWithin(REST, taken, taken + rest);
      all.fill(0, taken, taken + MAX_REST);
      fold(REST, taken - REACH, REST, REST + rest);
      return all.subarray(REST, REST + rest);
    },
  };
}

/** The module: one memory, one function (WebAssembly core specification, section 5). */
function foldModule(): Uint8Array {
  const [source, past, target, end] = [0, 1, 2, 3];
  const get = (local: number): number[] => [0x20, local];
  const simd = (...code: number[]): number[] => [0xfd, ...code];
  const load = (offset: number): number[] => simd(0x00, 0, ...leb(offset));
  const xor = simd(0x51);
  const vector = (at: number): number[] => [
    ...get(target),
    ...get(source),
    ...load(at),
    ...OFFSETS.flatMap((offset) => [...get(past), ...load(offset + at), ...xor]),
    ...simd(0x0b, 0, ...leb(at)), // v128.store
  ];
  const advance = (local: number): number[] => [...get(local), 0x41, STEP, 0x6a, 0x21, local];
  const loop = [0x03, 0x40, ...vector(0), ...vector(16), ...[source, past, target].flatMap(advance)];
  const body = [0, ...loop, ...get(target), ...get(end), 0x49, 0x0d, 0, 0x0b, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]), // (i32, i32, i32, i32) → ()
    ...section(3, [0]),
    ...section(5, [0, MEMORY_PAGES]),
    ...section(7, [...name("memory"), 2, 0], [...name("fold"), 0, 0]),
    ...section(10, [...leb(body.length), ...body]),
  ]);
}

function section(id: number, ...items: readonly (readonly number[])[]): number[] {
  const content = [items.length, ...items.flat()];
  return [id, ...leb(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** An unsigned number in the variable length that WebAssembly wants. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
