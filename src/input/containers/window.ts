/** Small reads out of large ones: parsers ask for a few bytes at a time, files are better read in pieces. */
import type { ByteSource } from "../../source/byte-source.js";

const WINDOW_BYTES = 1 << 18;

/** The same source, read 256 KiB at a time; made for reading onwards. */
export function windowed(source: ByteSource): ByteSource {
  let start = 0;
  let bytes: Uint8Array = new Uint8Array(0);
  return {
    byteLength: source.byteLength,
    async read(from, to) {
      const end = Math.min(to, source.byteLength);
      if (from < start || end > start + bytes.length) {
        if (end - from >= WINDOW_BYTES) return source.read(from, end);
        bytes = await source.read(from, from + WINDOW_BYTES);
        start = from;
      }
      // A copy: the window's buffer is not shared.
      return bytes.slice(from - start, Math.max(from, end) - start);
    },
  };
}
