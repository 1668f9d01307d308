/**
 * Recordings on their way into an archive in a folder, under `.staging`, and what importers that died left there.
 */
import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { makeFolders } from "../files.js";
import { readAll, writeAll } from "../files.js";
import { absentIsUndefined, exists, ioErrors, makeFolder, removeIfEmpty, syncFolder } from "./local-files.js";
import { hasEnded, newOwner } from "./owner.js";
import { isRefusal, openUnbuffered, SECTOR_BYTES } from "./unbuffered.js";
import { type Orphan, RECORDING_ARRAYS, type Scratch, type StagedValue, type Staging } from "./store.js";

/** The folder of what is not there yet. */
export const STAGING = ".staging";
/** An importer is taken for dead when it has begun no new file for this long (1 h), whatever its process says. */
const SILENT_STAGING_MS = 3_600_000;

/** A path under `.staging` that says whose it is; the id is there for people, and names are at most 255 long. */
function stagingPath(root: string, id: string): string {
  return path.join(root, STAGING, `${id.slice(0, 100)}~${newOwner()}`);
}

/** Starts a recording where nobody sees it. */
export async function stage(root: string, id: string): Promise<Staging> {
  const folder = stagingPath(root, id);
  await makeFolder(folder);
  const folders = new Set([folder]);

  const fileOf = (key: string): string => path.join(folder, key);
  const create = async (key: string): Promise<FileHandle> => {
    const file = fileOf(key);
    const parent = path.dirname(file);
    if (!folders.has(parent)) {
      await makeFolders(parent);
      for (let at = parent; at !== folder; at = path.dirname(at)) folders.add(at);
    }
    return await open(file, "w");
  };
  return {
    set: (key, value) =>
      ioErrors(root, async () => {
        const handle = await create(key);
        try {
          await writeAll(handle, value, 0);
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    open: (key, _bytes, sectors = false) =>
      ioErrors(root, async () => {
        const handle = await create(key);
        return stagedValue(
          root,
          handle,
          sectors ? await openUnbuffered(fileOf(key), constants.O_WRONLY) : undefined,
        );
      }),
    commit: (id) =>
      ioErrors(root, async () => {
        await Promise.all([...folders].map(syncFolder));
        const committed = await moveInto(folder, path.join(root, id));
        if (committed) {
          await syncFolder(root);
          await removeIfEmpty(path.join(root, STAGING));
        }
        return committed;
      }),
    async discard() {
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(path.join(root, STAGING));
    },
    scratch: () => ioErrors(root, () => openScratch(root, id)),
  };
}

/** Opens a new file under `.staging`, also while another importer removes the folder, empty, behind it. */
async function openStaged(root: string, name: string): Promise<{ file: string; handle: FileHandle }> {
  const file = stagingPath(root, name);
  for (let attempt = 0; ; attempt++) {
    await makeFolder(path.dirname(file));
    try {
      return { file, handle: await open(file, "wx+") };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === 99) throw error;
    }
  }
}

async function openScratch(root: string, id: string): Promise<Scratch> {
  const { file, handle } = await openStaged(root, id);
  return {
    write: (bytes, at) => ioErrors(root, () => writeAll(handle, bytes, at)),
    readInto: (target, start) => readAll(handle, target, start),
    async close() {
      await handle.close();
      await rm(file, { force: true });
    },
  };
}

/**
 * A value in a file.
 *
 * @param unbuffered a second handle of the file, for the whole sectors of its pieces
 */
function stagedValue(root: string, handle: FileHandle, unbuffered: FileHandle | undefined): StagedValue {
  let closed = false;
  let direct = unbuffered;
  const writeSectors = async (bytes: Uint8Array, at: number): Promise<number> => {
    if (direct === undefined || at % SECTOR_BYTES !== 0) return 0;
    const whole = bytes.length - (bytes.length % SECTOR_BYTES);
    try {
      await writeAll(direct, bytes.subarray(0, whole), at);
      return whole;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      direct = undefined;
      return 0;
    }
  };
  return {
    write: (bytes, at) =>
      ioErrors(root, async () => {
        const done = await writeSectors(bytes, at);
        await writeAll(handle, bytes.subarray(done), at + done);
      }),
    close: () =>
      ioErrors(root, async () => {
        if (closed) return;
        closed = true;
        try {
          await handle.sync();
        } finally {
          await Promise.all([handle.close(), unbuffered?.close()]);
        }
      }),
  };
}

/** Renames a folder to a place where no recording is; an orphan of an old crash there is cleared. */
async function moveInto(folder: string, target: string): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await rename(folder, target);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
      if ((await exists(path.join(target, "zarr.json"))) || !(await looksOrphaned(target))) return false;
      await rm(target, { recursive: true, force: true });
    }
  }
  return false;
}

/** A recording's folder without its zarr.json: ours, and of no use. Anything else is the user's. */
async function looksOrphaned(folder: string): Promise<boolean> {
  const names = await absentIsUndefined(readdir(folder));
  if (names === undefined || names.includes("zarr.json")) return false;
  return names.every((name) => RECORDING_ARRAYS.includes(name));
}

export async function findOrphans(root: string): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const entry of (await absentIsUndefined(readdir(root, { withFileTypes: true }))) ?? []) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    if (await looksOrphaned(path.join(root, entry.name))) orphans.push({ name: entry.name, live: false });
  }
  // An importer that was killed at its very end leaves the folder and nothing in it.
  await removeIfEmpty(path.join(root, STAGING));
  for (const name of (await absentIsUndefined(readdir(path.join(root, STAGING)))) ?? []) {
    orphans.push({ name: path.join(STAGING, name), live: await isLive(path.join(root, STAGING, name)) });
  }
  return orphans;
}

async function isLive(folder: string): Promise<boolean> {
  const newest = await newestChange(folder);
  if (Date.now() - newest > SILENT_STAGING_MS) return false;
  const name = path.basename(folder);
  return !hasEnded(name.slice(name.indexOf("~") + 1), newest);
}

async function newestChange(folder: string): Promise<number> {
  let newest = (await absentIsUndefined(stat(folder)))?.mtimeMs ?? 0;
  for (const entry of (await absentIsUndefined(readdir(folder, { withFileTypes: true }))) ?? []) {
    if (entry.isDirectory()) newest = Math.max(newest, await newestChange(path.join(folder, entry.name)));
  }
  return newest;
}

/** Writes under `.staging` and renames over: readers see the old value or the new one. */
export async function replaceFile(root: string, target: string, value: Uint8Array): Promise<void> {
  await makeFolders(path.dirname(target));
  const { file, handle } = await openStaged(root, path.basename(target));
  try {
    try {
      await writeAll(handle, value, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(file, target);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await removeIfEmpty(path.dirname(file));
  }
  await syncFolder(path.dirname(target));
}
