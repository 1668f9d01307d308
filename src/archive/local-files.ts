/** What a store in a folder asks of files, and what it says when the disk refuses. */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { OpusZarrError } from "../errors.js";

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

export async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

export async function exists(file: string): Promise<boolean> {
  return (await absentIsUndefined(stat(file))) !== undefined;
}

export async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/**
 * Makes a folder and the one above it, also while another importer removes that one, empty, behind us.
 * `mkdir` with `recursive` is at a loss there: it reports ENOTDIR.
 */
export async function makeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await mkdir(path.dirname(folder), { recursive: attempt === 0 }).catch(ignoreCode("EEXIST", "ENOTDIR"));
      await mkdir(folder).catch(ignoreCode("EEXIST"));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === 99) throw error;
    }
  }
}

function ignoreCode(...codes: readonly string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? "")) throw error;
  };
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Others are at work in it, or it is gone already.
  }
}

/** Turns what the disk refuses into errors that say where and what to do. */
export async function ioErrors<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined || error instanceof OpusZarrError) throw error;
    const said: Record<string, string> = {
      ENOSPC: "the disk is full: free some space and run the same command again",
      EDQUOT: "the disk quota is used up: free some space and run the same command again",
      EACCES: "no permission to write there",
      EPERM: "no permission to write there",
      EROFS: "the file system is read-only",
    };
    throw new OpusZarrError(
      "io",
      `archive: ${said[code] ?? (error as Error).message}`,
      { path: root },
      error,
    );
  }
}
