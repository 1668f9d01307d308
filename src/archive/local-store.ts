/**
 * An archive in a folder.
 *
 * A recording is written into `.staging/NAME`, every file flushed to disk, its `zarr.json` last; then the
 * whole folder is renamed to its place in one step. A crash leaves a folder under `.staging` and nothing
 * else; of two importers of one recording, the rename lets one win.
 */
import { closeSync, openSync, read, readFile as readFileCallback } from "node:fs";
import { open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { AbsolutePath, RangeQuery } from "@zarrita/storage";
import { readAll } from "../files.js";
import { limiter } from "./limiter.js";
import { absentIsUndefined, exists, ioErrors, readValue, removeIfEmpty } from "./local-files.js";
import { findOrphans, replaceFile, STAGING, stage } from "./local-staging.js";
import { mapMany } from "./many.js";
import type { ArchiveStore } from "./store.js";

/** Small files by the thousand: through `node:fs/promises`, with a handle for each, they take three times as long. */
const readFile = promisify(readFileCallback);
const readAt = promisify(read);

/** Files open at a time: Node reads four at once, and some systems let a process have no more than 64. */
const READS_AT_ONCE = 16;

/** Opens a folder as a store; the folder need not exist yet. */
export function localStore(root: string): ArchiveStore {
  const reads = limiter(READS_AT_ONCE, READS_AT_ONCE);
  const value = <T>(key: string, read: (file: string) => Promise<T>): Promise<T | undefined> => {
    const file = inside(root, key);
    return readValue(file, () => read(file));
  };
  return {
    place: root,
    get: (key) => reads.run(1, () => value(key, async (file) => plainBytes(await readFile(file)))),
    getRange: (key, range) => reads.run(1, () => value(key, (file) => readRange(file, range))),
    readInto: (key, offset, target) => value(key, (file) => readInto(file, offset, target)),
    set: (key, value) => ioErrors(root, () => replaceFile(root, inside(root, key), value)),
    remove: (key) => ioErrors(root, () => removeValue(root, inside(root, key))),
    keys: (prefix) => ioErrors(root, () => listKeys(root, prefix)),
    list: () => ioErrors(root, () => listRecordings(root)),
    names: () => ioErrors(root, async () => (await absentIsUndefined(readdir(root))) ?? []),
    stage: (id) => ioErrors(root, () => stage(root, id)),
    orphans: () => ioErrors(root, () => findOrphans(root)),
    removeOrphan: (name) =>
      ioErrors(root, async () => {
        await rm(path.join(root, name), { recursive: true, force: true });
        await removeIfEmpty(path.join(root, STAGING));
      }),
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
    const done = await readAll(handle, bytes, start);
    return done < length ? bytes.slice(0, done) : bytes;
  } finally {
    await handle.close();
  }
}

/**
 * Opens and closes at once: these take microseconds, and each would wait for the calling thread, which may be at work on
 * what was read before. So the reading begins now, whatever the caller does next.
 */
async function readInto(file: string, offset: number, target: Uint8Array): Promise<number> {
  const fd = openSync(file, "r");
  try {
    return await readAll({ read: (...where) => readAt(fd, ...where) }, target, offset);
  } finally {
    closeSync(fd);
  }
}

/** Removes a file, and the folders that it leaves empty. */
async function removeValue(root: string, file: string): Promise<void> {
  await rm(file, { force: true });
  for (let folder = path.dirname(file); folder !== root; folder = path.dirname(folder)) {
    await removeIfEmpty(folder);
  }
}

async function listKeys(root: string, prefix: AbsolutePath): Promise<AbsolutePath[]> {
  const folder = inside(root, prefix);
  const entries = await absentIsUndefined(readdir(folder, { recursive: true, withFileTypes: true }));
  return (entries ?? [])
    .filter((entry) => entry.isFile())
    .map((entry): AbsolutePath => {
      const file = path.join(entry.parentPath, entry.name);
      return `/${path.relative(root, file).split(path.sep).join("/")}`;
    });
}

async function listRecordings(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  // A recording may lie on another disk, behind a link.
  const folders = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."),
  );
  const there = await mapMany(folders, ({ name }) => exists(path.join(root, name, "zarr.json")));
  return folders
    .filter((_, i) => there[i])
    .map(({ name }) => name)
    .sort();
}
