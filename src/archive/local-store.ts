/**
 * An archive in a folder.
 *
 * A recording is written into `.staging/NAME`, every file flushed to disk, its `zarr.json` last; then the
 * whole folder is renamed to its place in one step. A crash leaves a folder under `.staging` and nothing
 * else; of two importers of one recording, the rename lets one win.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import type { RangeQuery } from "@zarrita/storage";
import { OpusZarrError } from "../errors.js";
import type { ArchiveStore, Orphan, StagedValue, Staging } from "./store.js";

const STAGING = ".staging";
/** An importer is taken for dead when it has begun no new file for this long (1 h), whatever its process says. */
const SILENT_STAGING_MS = 3_600_000;
/** Each attempt fails only if another importer ends in that very moment. */
const MAX_FOLDER_ATTEMPTS = 30;

/** Opens a folder as a store; the folder need not exist yet. */
export function localStore(root: string): ArchiveStore {
  return {
    place: root,
    get: (key) => absentIsUndefined(readFile(inside(root, key)).then(plainBytes)),
    getRange: (key, range) => absentIsUndefined(readRange(inside(root, key), range)),
    set: (key, value) => ioErrors(root, () => replaceFile(inside(root, key), value)),
    list: () => listRecordings(root),
    named: (prefix) => namesFrom(root, prefix),
    stage: (id) => ioErrors(root, () => stage(root, id)),
    orphans: () => findOrphans(root),
    removeOrphan: async (name) => {
      await rm(path.join(root, name), { recursive: true, force: true });
      await removeIfEmpty(path.join(root, STAGING));
    },
  };
}

function inside(root: string, key: string): string {
  return path.join(root, ...key.split("/").filter((part) => part !== "" && part !== ".."));
}

function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

async function readRange(file: string, range: RangeQuery): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const start = "offset" in range ? range.offset : Math.max(0, size - range.suffixLength);
    const length = Math.max(0, Math.min("length" in range ? range.length : size, size - start));
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
      if (bytesRead === 0) return bytes.slice(0, done);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function listRecordings(root: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    if (await exists(path.join(root, entry.name, "zarr.json"))) names.push(entry.name);
  }
  return names.sort();
}

async function namesFrom(root: string, prefix: string): Promise<string[]> {
  const names = (await absentIsUndefined(readdir(root))) ?? [];
  return names.filter((name) => name.startsWith(prefix));
}

async function exists(file: string): Promise<boolean> {
  return (await absentIsUndefined(stat(file))) !== undefined;
}

async function stage(root: string, id: string): Promise<Staging> {
  const owner = `${hostname().replaceAll("~", "_")}~${process.pid}~${randomBytes(6).toString("hex")}`;
  const folder = path.join(root, STAGING, `${id}~${owner}`);
  await makeFolder(folder);
  const folders = new Set([folder]);

  const create = async (key: string): Promise<FileHandle> => {
    const file = inside(folder, key);
    const parent = path.dirname(file);
    if (!folders.has(parent)) {
      await mkdir(parent, { recursive: true });
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
    open: (key) => ioErrors(root, async () => stagedValue(root, await create(key))),
    commit: (id) =>
      ioErrors(root, async () => {
        for (const at of folders) await syncFolder(at);
        const committed = await moveInto(folder, path.join(root, id));
        if (committed) await syncFolder(root);
        await rm(folder, { recursive: true, force: true });
        await removeIfEmpty(path.join(root, STAGING));
        return committed;
      }),
    async discard() {
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(path.join(root, STAGING));
    },
  };
}

function stagedValue(root: string, handle: FileHandle): StagedValue {
  let closed = false;
  return {
    write: (bytes, at) => ioErrors(root, () => writeAll(handle, bytes, at)),
    close: () =>
      ioErrors(root, async () => {
        if (closed) return;
        closed = true;
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
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
  return names.every((name) => ["audio_data_blob_array", "opus_index", "opus_runs"].includes(name));
}

async function findOrphans(root: string): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const entry of (await absentIsUndefined(readdir(root, { withFileTypes: true }))) ?? []) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    if (await looksOrphaned(path.join(root, entry.name))) orphans.push({ name: entry.name, live: false });
  }
  for (const name of (await absentIsUndefined(readdir(path.join(root, STAGING)))) ?? []) {
    orphans.push({ name: path.join(STAGING, name), live: await isLive(path.join(root, STAGING, name)) });
  }
  return orphans;
}

async function isLive(folder: string): Promise<boolean> {
  const newest = await newestChange(folder);
  if (Date.now() - newest > SILENT_STAGING_MS) return false;
  const [, host, pid] = path.basename(folder).split("~");
  if (host !== hostname().replaceAll("~", "_")) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function newestChange(folder: string): Promise<number> {
  let newest = (await absentIsUndefined(stat(folder)))?.mtimeMs ?? 0;
  for (const entry of (await absentIsUndefined(readdir(folder, { withFileTypes: true }))) ?? []) {
    if (entry.isDirectory()) newest = Math.max(newest, await newestChange(path.join(folder, entry.name)));
  }
  return newest;
}

/** Makes a folder, also while another importer removes its empty parent. */
async function makeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await mkdir(folder, { recursive: true });
      return;
    } catch (error) {
      // ENOTDIR: what Node makes of it when the parent goes between its own two looks at it.
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== "ENOENT" && code !== "ENOTDIR") || attempt === MAX_FOLDER_ATTEMPTS) throw error;
    }
  }
}

/** Writes beside and renames over: readers see the old value or the new one. */
async function replaceFile(file: string, value: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    const handle = await open(beside, "w");
    try {
      await writeAll(handle, value, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Others are at work in it, or it is gone already.
  }
}

/** Turns what the disk refuses into errors that say where and what to do. */
async function ioErrors<T>(root: string, work: () => Promise<T>): Promise<T> {
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
