/** From what a user names (a path, a URL, a zarrita store) to an archive's store. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { AbsolutePath, AsyncMutable, AsyncReadable } from "@zarrita/storage";
import { argumentError } from "../errors.js";
import { isS3 } from "../remote/address.js";
import { httpFolder } from "../remote/http.js";
import { byteRange } from "../remote/range.js";
import { listConsolidated } from "./consolidated.js";
import { ioErrors } from "./local-files.js";
import { localStore } from "./local-store.js";
import { openS3Store } from "./s3-store.js";
import type { ArchiveStore, Staging } from "./store.js";

/** Finds the store for what was named. */
export async function storeOf(
  at: string | URL | AsyncReadable | AsyncMutable | Map<string, Uint8Array>,
): Promise<ArchiveStore> {
  if (at instanceof URL || (typeof at === "string" && /^(https?|file|s3):\/\//i.test(at))) {
    const text = String(at);
    if (isS3(text)) return await openS3Store(text);
    if (!URL.canParse(text)) throw argumentError("archive", "a URL", text);
    const url = new URL(text);
    return url.protocol === "file:" ? folderStore(fileURLToPath(url)) : httpStore(url);
  }
  if (typeof at === "string") {
    if (at === "") throw argumentError("archive", "a path", at);
    return folderStore(at);
  }
  if (typeof at !== "object" || at === null || typeof at.get !== "function") {
    throw argumentError("archive", "a path, a URL or a zarrita store", at);
  }
  return wrappedStore(at as AsyncMutable);
}

function folderStore(folder: string): ArchiveStore {
  const root = path.resolve(folder);
  return {
    ...localStore(root),
    place: folder,
    foreign: () =>
      ioErrors(folder, async () => {
        const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return [];
          if (error.code === "ENOTDIR")
            throw argumentError("archive", "a folder", "a file", { path: folder });
          throw error;
        });
        return names.some((name) => name !== ".staging");
      }),
  };
}

function httpStore(url: URL): ArchiveStore {
  const folder = httpFolder(url);
  const base: ArchiveStore = {
    place: folder.place,
    get: (key, options) => folder.read(key.slice(1), { signal: options?.signal }),
    getRange: (key, query, options) =>
      folder.read(key.slice(1), { range: byteRange(query), signal: options?.signal }),
  };
  return { ...base, list: () => listConsolidated(base) };
}

type KeyedStore = AsyncMutable & {
  readonly keys?: () => Iterable<string>;
  readonly delete?: (key: AbsolutePath) => unknown;
};

/** Any zarrita store: written key by key, a recording's group last. */
function wrappedStore(store: KeyedStore): ArchiveStore {
  const { keys } = store;
  const base: ArchiveStore = {
    place: "a zarrita store",
    get: async (key, options) => await store.get(key, options),
  };
  if (store.getRange)
    base.getRange = async (key, range, options) => await store.getRange?.(key, range, options);
  const list = keys ? async () => listKeys(keys.call(store)) : () => listConsolidated(base);
  if (keys) {
    base.names = list;
    base.keys = async (prefix) => keysBelow(keys.call(store), prefix);
  }
  if (typeof store.set !== "function") return { ...base, list };
  const set = async (key: AbsolutePath, value: Uint8Array): Promise<void> =>
    void (await store.set(key, value));
  const remover = store.delete;
  if (remover) base.remove = async (key) => void (await remover.call(store, key));
  return { ...base, list, set, stage: async () => keyStaging({ ...base, set }) };
}

function keysBelow(keys: Iterable<string>, prefix: AbsolutePath): AbsolutePath[] {
  const absolute = [...keys].map((key): AbsolutePath => `/${key.replace(/^\//, "")}`);
  return absolute.filter((key) => key.startsWith(prefix));
}

function listKeys(keys: Iterable<string>): string[] {
  const names = [...keys].map((key) => /^\/?([^/.][^/]*)\/zarr\.json$/.exec(key)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

/** Staging for stores without renames: kept in memory, written on commit, its own `zarr.json` last. */
function keyStaging(store: ArchiveStore): Staging {
  const values = new Map<string, Uint8Array>();
  return {
    async set(key, value) {
      values.set(key, value);
    },
    async open(key, bytes) {
      const whole = new Uint8Array(bytes);
      values.set(key, whole);
      return { write: async (part, at) => whole.set(part, at), close: async () => {} };
    },
    async commit(id) {
      if ((await store.get(`/${id}/zarr.json`)) !== undefined) return false;
      const own = values.get("zarr.json");
      values.delete("zarr.json");
      for (const [key, value] of values) await store.set?.(`/${id}/${key}`, value);
      if (own !== undefined) await store.set?.(`/${id}/zarr.json`, own);
      return true;
    },
    async discard() {
      values.clear();
    },
  };
}
