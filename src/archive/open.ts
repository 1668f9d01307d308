/** Opening archives and their recordings. */
import type { AsyncMutable, AsyncReadable } from "@zarrita/storage";
import { argumentError, formatError, mismatch, OpusZarrError } from "../errors.js";
import type { PageIndex } from "../pageindex/page-index.js";
import { BYTES_PER_MB } from "../units.js";
import type { RecordingAttributes } from "./attributes.js";
import { type BlobSource, blobSource } from "./blob.js";
import { readBlobLayout } from "./blob-layout.js";
import { checkedAttributes, checkFormat } from "./check-attributes.js";
import { readIndex } from "./index-arrays.js";
import { readRoot, writeRoot } from "./layout.js";
import { opusZarrOf, readNode } from "./metadata.js";
import { storeOf } from "./place.js";
import { cachedStore } from "./range-cache.js";
import type { ArchiveStore } from "./store.js";
import { countedStore, type Traffic } from "./traffic.js";

/** One recording of an archive. */
export interface Recording {
  readonly id: string;
  /** Samples per second, in Hz: 48,000, or the true rate of an ultrasonic recording. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Playable samples a channel, in `sampleRate`. */
  readonly totalSamples: number;
  readonly durationSeconds: number;
  /** Everything that the archive keeps about it. */
  readonly attributes: RecordingAttributes;
  /** The page index, read once. */
  index(): Promise<PageIndex>;
  /** The Ogg Opus file's bytes, with a count of reads; a new count each time. */
  blob(): Promise<BlobSource>;
  /** The Ogg Opus file's bytes `[start, end)`. */
  readBytes(start: number, end: number): Promise<Uint8Array>;
}

/** An archive of recordings. */
export interface Archive {
  /** The zarrita store beneath: `zarr.open(zarr.root(archive.store))` reads it like any Zarr group. */
  readonly store: ArchiveStore;
  /** Whether recordings can be added. */
  readonly writable: boolean;
  /** What has been read of the store through this archive so far; a copy of the counts, to be compared with later ones. */
  readonly traffic: Traffic;
  /** Names of the recordings, sorted. */
  list(): Promise<string[]>;
  /**
   * Opens a recording.
   *
   * @throws {OpusZarrError} of kind `not-found`, naming near ones, if there is none of that id
   */
  recording(id: string): Promise<Recording>;
}

/** How an archive is opened. */
export interface OpenOptions {
  /** `r` (default) reads what is there; `a` also adds to it, and makes the archive if it is not there. */
  readonly mode?: "r" | "a";
  /**
   * Memory, in MB, for byte ranges of recordings that were read last; 0 (default) keeps none. For an archive in a bucket or
   * on a server, of which the same clips are asked for again.
   */
  readonly cacheMb?: number;
}

/**
 * Opens an archive.
 *
 * @param at path of a folder, `s3://bucket/prefix`, `file:` or `http(s):` URL (read-only), or a zarrita store
 * @throws {OpusZarrError} of kind `not-found` where nothing is, `format` where something else is, `io` where the place
 * cannot be reached, read or written
 * @example
 * ```ts
 * const archive = await openArchive("birds.zarr", { mode: "a" });
 * console.log(await archive.list());
 * ```
 */
export async function openArchive(
  at: string | URL | AsyncReadable | AsyncMutable | Map<string, Uint8Array>,
  options: OpenOptions = {},
): Promise<Archive> {
  const mode = options.mode ?? "r";
  if (mode !== "r" && mode !== "a") throw argumentError("mode", '"r" or "a"', mode);
  const cacheMb = options.cacheMb ?? 0;
  if (!(cacheMb >= 0 && Number.isFinite(cacheMb))) throw argumentError("cacheMb", "0 MB or more", cacheMb);
  const counted = countedStore(await storeOf(at));
  const store = cachedStore(counted.store, cacheMb * BYTES_PER_MB);
  const root = await readRoot(store);
  if (root !== undefined) checkFormat(root, { path: store.place });
  else if (mode === "a" && store.set !== undefined) await makeArchive(store);
  else {
    throw new OpusZarrError("not-found", "archive: expected a Zarr group (zarr.json), found none", {
      path: store.place,
    });
  }
  return archiveOn(store, { writable: mode === "a", traffic: counted.traffic });
}

function archiveOn(
  store: ArchiveStore,
  { writable, traffic }: { readonly writable: boolean; readonly traffic: () => Traffic },
): Archive {
  return {
    store,
    writable,
    get traffic() {
      return traffic();
    },
    async list() {
      if (store.list === undefined) {
        throw new OpusZarrError("io", "archive: this store cannot list recordings; name one by its id", {
          path: store.place,
        });
      }
      return await store.list();
    },
    recording: (id) => openRecording(store, id),
  };
}

async function openRecording(store: ArchiveStore, id: string): Promise<Recording> {
  const found = await recordingIfThere(store, id);
  if (found !== undefined) return found;
  throw new OpusZarrError(
    "not-found",
    `recording: expected one of the archive's, got ${JSON.stringify(id)}; ${await nearby(store, id)}`,
    { path: store.place, recording: id },
  );
}

/** Opens a recording; undefined, at the cost of one read, if there is none of that id. */
export async function recordingIfThere(store: ArchiveStore, id: string): Promise<Recording | undefined> {
  checkId(store, id);
  const found = await readNode(store, `/${id}`, "group");
  if (found === undefined) return undefined;
  const attributes = checkedAttributes(opusZarrOf(found), { path: store.place, recording: id });
  const layout = once(async () => {
    const found = await readBlobLayout(store, id);
    const { blob_sha256, source } = attributes;
    if (blob_sha256 === source.sha256 && found.byteLength !== source.bytes) {
      const wrong = mismatch("shape", `the source's ${source.bytes} bytes`, found.byteLength);
      throw formatError(`blob: ${wrong}`, { path: store.place, recording: id });
    }
    return found;
  });
  const blob = async (): Promise<BlobSource> => blobSource(store, await layout());
  return {
    id,
    sampleRate: attributes.sample_rate,
    channels: attributes.channels,
    totalSamples: attributes.total_samples,
    durationSeconds: attributes.total_samples / attributes.sample_rate,
    attributes,
    index: once(() => readIndex(store, id, { attributes, blob: layout() })),
    blob,
    readBytes: async (start, end) => await (await blob()).read(start, end),
  };
}

/** Checks a name that may be a recording's. */
export function checkId(store: ArchiveStore, id: string): void {
  if (typeof id === "string" && /^[A-Za-z0-9._-]+$/.test(id) && !id.startsWith(".")) return;
  throw argumentError("recording", "an id of letters, digits, '.', '_' and '-'", id, { path: store.place });
}

/** Reads once, however often it is asked; what failed is read again. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}

/** Makes an archive, but never out of a folder in which something else lives. */
async function makeArchive(store: ArchiveStore): Promise<void> {
  if ((await store.foreign?.()) === true) {
    // Another importer may have made it since we looked.
    const root = await readRoot(store);
    if (root !== undefined) return checkFormat(root, { path: store.place });
    throw new OpusZarrError(
      "conflict",
      "archive: expected an archive, an empty folder or none, got a folder with other things in it",
      { path: store.place },
    );
  }
  await writeRoot(store as AsyncMutable);
}

async function nearby(store: ArchiveStore, id: string): Promise<string> {
  const names = (await store.list?.().catch(() => undefined)) ?? [];
  if (names.length === 0) return "the archive lists none";
  const near = names.filter((name) => name.includes(id) || id.includes(name));
  const shown = (near.length > 0 ? near : names).slice(0, 3).join(", ");
  return `there are ${names.length}, such as ${shown}`;
}
