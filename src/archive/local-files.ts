/** What a store in a folder asks of files, and what it says when the disk refuses. */
import { constants } from "node:fs";
import { mkdir, open, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { formatError, OpusZarrError } from "../errors.js";
import { makeFolders, systemReason } from "../files.js";

export async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

/** Whether something is there, be it of no use. */
export async function exists(file: string): Promise<boolean> {
  return (await absentIsUndefined(stat(file).catch(unlessCircle))) !== undefined;
}

function unlessCircle(error: NodeJS.ErrnoException): true {
  if (error.code !== "ELOOP") throw error;
  return true;
}

/**
 * Makes a folder and those above it, also while another importer removes the one above it, empty, behind us.
 */
export async function makeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      if (attempt === 0) await makeFolders(path.dirname(folder));
      else await mkdir(path.dirname(folder)).catch(ignoreCode("EEXIST"));
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

/** Turns what the system refuses into errors that say where and what to do. */
export async function ioErrors<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined || error instanceof OpusZarrError) throw error;
    throw new OpusZarrError("io", `archive: ${systemReason(error)}`, { path: place }, error);
  }
}

/** Reads a value; undefined where there is none. Where its file would be, a folder or a circle of links is damage. */
export async function readValue<T>(file: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ioErrors(file, () => absentIsUndefined(work()));
  } catch (error) {
    const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
    if (cause?.code !== "EISDIR" && cause?.code !== "ELOOP") throw error;
    throw formatError(`expected a file: ${systemReason(cause)}`, { path: file }, cause);
  }
}
