/** NumPy's array file, version 1.0: a header and the elements in C order. */
import type { SampleType } from "./tensor.js";

/**
 * The header of a `.npy` file; the elements follow, little-endian, row-major.
 *
 * @param shape lengths of the dimensions
 * @returns a multiple of 64 bytes
 */
export function npyHeader(shape: readonly number[], dtype: SampleType): Uint8Array {
  const descr = dtype === "float32" ? "<f4" : "<i2";
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

/** What a `.npy` file of this version begins with. */
export const NPY_MAGIC: Uint8Array = npyHeader([], "float32").subarray(0, 8);

/**
 * Reads a header that {@link npyHeader} wrote.
 *
 * @param bytes the beginning of the file
 * @returns undefined for anything else
 */
export function parseNpyHeader(
  bytes: Uint8Array,
): { readonly shape: readonly number[]; readonly dtype: SampleType; readonly dataStart: number } | undefined {
  if (!NPY_MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(10));
  const match = /^\{'descr': '<(f4|i2)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n/.exec(text);
  if (match === null) return undefined;
  const [whole, type, dimensions = ""] = match;
  const shape = dimensions.split(",").filter((one) => one.trim() !== "");
  return {
    shape: shape.map(Number),
    dtype: type === "f4" ? "float32" : "int16",
    dataStart: 10 + whole.length,
  };
}

/** The bytes of a typed array, without a copy. */
export function elementBytes(data: Float32Array | Int16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
