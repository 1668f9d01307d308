/** Files that are there whole or not at all, their folders, and what is said where the system refuses. */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorMessage, OpusZarrError } from "./errors.js";

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

/**
 * Writes beside the file, flushes to disk, then takes its name: a reader or a crash never sees half of it.
 *
 * @param options `flush: false` leaves the flushing to the system, for thousands of small files: a killed process
 *   still leaves whole files or none, a power cut may not
 * @throws {OpusZarrError} of kind `io`
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | readonly Uint8Array[],
  { flush = true }: { readonly flush?: boolean } = {},
): Promise<void> {
  const part = partPath(path);
  try {
    const file = await open(part, "wx");
    try {
      const pieces = content instanceof Uint8Array ? [content] : content;
      for (const piece of pieces) await file.writeFile(piece);
      if (flush) await file.datasync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await removePart(part);
    throw new OpusZarrError("io", `cannot write the file: ${systemReason(error)}`, { path }, error);
  }
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
