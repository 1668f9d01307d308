/** Files as byte sources. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { OpusZarrError } from "../errors.js";
import type { ByteSource } from "./byte-source.js";

/** An open file; whoever opened it closes it. */
export interface FileSource extends ByteSource {
  readonly path: string;
  /** Time of last modification, in ms since 1970 UTC. */
  readonly mtimeMs: number;
  close(): Promise<void>;
}

/**
 * Opens a regular file for reading.
 *
 * @throws {OpusZarrError} of kind `not-found` where nothing is there, `io` where the system refuses,
 * `argument` for what is no regular file (a folder, a pipe)
 */
export async function openFile(path: string): Promise<FileSource> {
  try {
    // A pipe would block for ever on opening: O_NONBLOCK lets us look at what it is first.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) {
      await handle.close();
      throw new OpusZarrError("argument", "expected a regular file", { path });
    }
    return {
      path,
      mtimeMs: stat.mtimeMs,
      byteLength: stat.size,
      close: () => handle.close(),
      async read(start, end) {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, stat.size) - start));
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) return bytes.subarray(0, at);
          at += bytesRead;
        }
        return bytes;
      },
    };
  } catch (error) {
    throw fileError(error, path);
  }
}

function fileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new OpusZarrError("not-found", "no such file", { path }, error);
  }
  return new OpusZarrError("io", `cannot be read: ${code}`, { path }, error);
}
