/** Files that are there whole or not at all, their folders, and what is said where the system refuses. */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorMessage, isOpusZarrError, OpusZarrError } from "./errors.js";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space and run the same command again",
  EDQUOT: "the disk quota is used up: free some space and run the same command again",
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open: raise the limit (ulimit -n) and run the same command again",
  ENFILE: "too many files are open on this machine",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "a folder is there, not a file",
  ELOOP: "its symbolic links lead in a circle",
  EIO: "the disk fails (EIO)",
};

/** Why the system refused, in words; what it says itself of anything else. */
export function systemReason(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? errorMessage(error);
}

/**
 * Makes a folder, and those above it that are not there.
 *
 * `mkdir` with `recursive` tries for ever where a file system, such as `/proc`, says that a folder is not there which is.
 *
 * @throws {OpusZarrError} of kind `io`
 */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await makeWithParents(resolve(folder));
  } catch (error) {
    const message = `cannot make the folder: ${systemReason(error)}`;
    throw new OpusZarrError("io", message, { path: folder }, error);
  }
}

async function makeWithParents(folder: string): Promise<void> {
  const make = async (): Promise<void> => {
    try {
      await mkdir(folder);
    } catch (error) {
      const found = await stat(folder).catch(() => undefined);
      // One that has just been removed again is for its user to find.
      const gone = found === undefined && (error as NodeJS.ErrnoException).code === "EEXIST";
      if (!gone && found?.isDirectory() !== true) throw error;
    }
  };
  try {
    await make();
  } catch (error) {
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === folder) throw error;
    await makeWithParents(parent);
    await make();
  }
}

/** Adds bytes to the end of a file. */
export type Append = (bytes: Uint8Array) => Promise<void>;

/** How a file is written. */
export interface WriteOptions {
  /** `false` leaves flushing to the system, for thousands of small files: a power cut may leave empty ones. */
  readonly flush?: boolean;
  /** Only a file that is empty or begins with these bytes is replaced: another is somebody's, named by mistake. */
  readonly replaces?: Uint8Array;
}

/**
 * Writes beside the file, flushes to disk, then takes its name: a reader or a crash never sees half of it. Its folder is
 * made if it is not there.
 *
 * @param fill writes the file, piece by piece
 * @returns what `fill` gives
 * @throws {OpusZarrError} of kind `io` if it cannot be written, `conflict` if a file of another kind is there
 */
export async function writeWhole<T>(
  path: string,
  fill: (append: Append) => Promise<T>,
  { flush = true, replaces }: WriteOptions = {},
): Promise<T> {
  if (replaces !== undefined) await refuseOther(path, replaces);
  const part = partPath(path);
  try {
    const file = await openNew(part);
    try {
      let at = 0;
      const filled = await fill(async (bytes) => {
        await writeAll(file, bytes, at);
        at += bytes.length;
      });
      if (flush) await file.sync();
      await file.close();
      await rename(part, path);
      return filled;
    } finally {
      // Windows removes no open file.
      await file.close().catch(() => {});
    }
  } catch (error) {
    await removePart(part);
    // What the pieces were to come from may have failed, or been stopped.
    const { code, name } = error as NodeJS.ErrnoException;
    if (isOpusZarrError(error) || typeof code !== "string" || name === "AbortError") throw error;
    throw new OpusZarrError("io", `cannot write the file: ${systemReason(error)}`, { path }, error);
  }
}

/** Writes a file that is at hand, see {@link writeWhole}. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | readonly Uint8Array[],
  options: WriteOptions = {},
): Promise<void> {
  const pieces = content instanceof Uint8Array ? [content] : content;
  await writeWhole(
    path,
    async (append) => {
      for (const piece of pieces) await append(piece);
    },
    options,
  );
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await makeFolders(dirname(path));
    return await open(path, "wx");
  }
}

async function refuseOther(path: string, beginning: Uint8Array): Promise<void> {
  const found = await open(path, "r").catch(() => undefined);
  if (found === undefined) return;
  try {
    const first = new Uint8Array(beginning.length);
    const bytes = await readAll(found, first, 0).catch(() => 0);
    if (bytes === 0 || Buffer.compare(first, beginning) === 0) return;
  } finally {
    await found.close();
  }
  throw new OpusZarrError("conflict", "a file of another kind is there: remove it, or name another", {
    path,
  });
}

/** Marks files under way; what a killed process left is cleared by this mark. */
export const PART_MARK = ".part-";

/** Removes what was to become a file; that there is none, or nothing where it would be, is fine. */
export async function removePart(part: string): Promise<void> {
  await rm(part, { force: true }).catch(() => {});
}

/** A name beside `path` that no other process uses. */
export function partPath(path: string): string {
  return join(dirname(path), `${PART_MARK}${randomBytes(6).toString("hex")}`);
}

/** Whether all files of a folder are there, none of them empty. */
export async function filesThere(folder: string, files: Iterable<string>): Promise<boolean> {
  for (const file of files) {
    const found = await stat(join(folder, file)).catch(() => undefined);
    if (found === undefined || found.size === 0) return false;
  }
  return true;
}

/** Fills `target` with a file's bytes from `start` on; gives how many there were. */
export async function readAll(
  handle: {
    read(target: Uint8Array, at: number, length: number, position: number): Promise<{ bytesRead: number }>;
  },
  target: Uint8Array,
  start: number,
): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Writes all of `bytes` from byte `at` of a file on. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
