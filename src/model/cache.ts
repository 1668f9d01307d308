/** Asking the system to forget a file, so that the next read comes from the disk. */
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Files a call: well under the length that a command line may have. */
const FILES_A_CALL = 100;

/**
 * Asks the system to drop files from its page cache. Needs no rights beyond reading them, but GNU `dd`, so Linux
 * (it calls `posix_fadvise` with `POSIX_FADV_DONTNEED`, which Node does not offer). Pages that other programs hold,
 * or that were not yet written to the disk, stay.
 *
 * @param path a file, or a folder (an archive) with all files in it
 * @returns whether the system took the advice for every file; false where it has no such call
 * @throws the file system's error when `path` cannot be read
 * @example
 * ```ts
 * const sweep = await sweepBatchSizes(recording, { dropCache: () => dropFileCache("birds.zarr") });
 * ```
 * @see posix_fadvise(2), dd(1) `iflag=nocache`
 */
export async function dropFileCache(path: string): Promise<boolean> {
  const files = await filesIn(path);
  try {
    for (let from = 0; from < files.length; from += FILES_A_CALL) {
      const some = files.slice(from, from + FILES_A_CALL);
      await Promise.all(
        some.map((file) => run("dd", [`if=${file}`, "iflag=nocache", "count=0", "status=none"])),
      );
    }
    return files.length > 0;
  } catch {
    return false;
  }
}

async function filesIn(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
