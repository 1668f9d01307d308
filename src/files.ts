/** Files that are there whole or not at all. */
import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, OpusZarrError } from "./errors.js";

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
    await rm(part, { force: true });
    throw new OpusZarrError("io", `cannot write the file: ${errorMessage(error)}`, { path }, error);
  }
}

/** Marks files under way; what a killed process left is cleared by this mark. */
export const PART_MARK = ".part-";

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
