/** Files as byte sources, on disk or in a bucket. */
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { OpusZarrError } from "../errors.js";
import { readAll } from "../files.js";
import { isS3 } from "../remote/address.js";
import type { ByteSource } from "./byte-source.js";
import { openObject } from "./object.js";

/** An open file; whoever opened it closes it. */
export interface FileSource extends ByteSource {
  readonly path: string;
  /** Time of last modification, in ms since 1970 UTC. */
  readonly mtimeMs: number;
  /** Reads from `start` on into `target`, as much as there is; returns how many bytes that were. */
  readInto(target: Uint8Array, start: number): Promise<number>;
  close(): Promise<void>;
}

/** Size and time of a file on disk or in a bucket, without opening it; undefined where there is none. */
export async function fileFacts(
  path: string,
): Promise<{ readonly byteLength: number; readonly mtimeMs: number } | undefined> {
  if (isS3(path)) return await openObject(path).catch(() => undefined);
  const info = await stat(path).catch(() => undefined);
  return info === undefined ? undefined : { byteLength: info.size, mtimeMs: info.mtimeMs };
}

/**
 * Opens a regular file, or an object `s3://bucket/key`, for reading.
 *
 * @throws {OpusZarrError} of kind `not-found` where nothing is there, `io` where the system refuses,
 * `argument` for what is no regular file (a folder, a pipe)
 */
export async function openFile(path: string): Promise<FileSource> {
  if (isS3(path)) return await openObject(path);
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
      readInto: (target, start) => readAll(handle, target, start),
      mtimeMs: stat.mtimeMs,
      byteLength: stat.size,
      close: () => handle.close(),
      async read(start, end) {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, stat.size) - start));
        const got = await readAll(handle, bytes, start);
        return bytes.subarray(0, got);
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
    // Node gives names of other encodings so.
    const why = path.includes("\uFFFD") ? ": its name is not in UTF-8, rename it" : "";
    return new OpusZarrError("not-found", `no such file${why}`, { path }, error);
  }
  return new OpusZarrError("io", `cannot be read: ${code}`, { path }, error);
}
