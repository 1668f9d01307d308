/** One read-only sequence of bytes: a file, a buffer, an array of an archive. All parsers read through it. */

/** Random access to bytes of known length. */
export interface ByteSource {
  /** Length in bytes. */
  readonly byteLength: number;
  /**
   * Reads `[start, min(end, byteLength))`: short only where the source ends.
   *
   * @param start first byte, 0 or more
   * @param end byte after the last
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * Bytes in memory as a {@link ByteSource}; reads are views, not copies.
 *
 * @example
 * ```ts
 * const source = memorySource(new Uint8Array([1, 2, 3]));
 * await source.read(1, 99); // [2, 3]
 * ```
 */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    read: async (start, end) => bytes.subarray(Math.min(start, bytes.length), Math.max(start, end)),
  };
}

/** How much {@link streamSource} reads at a time, in bytes. */
const STREAM_STEP_BYTES = 1 << 20;

/** All bytes of a source in order, in steps of at most 1 MiB. */
export async function* streamSource(source: ByteSource, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.byteLength; at += STREAM_STEP_BYTES) {
    signal?.throwIfAborted();
    yield await source.read(at, Math.min(at + STREAM_STEP_BYTES, source.byteLength));
  }
}
