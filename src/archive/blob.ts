/**
 * The blob array as bytes: a byte range of the file is a byte range of its chunks. No chunk is read whole
 * for a few kilobytes.
 */
import type { AbsolutePath } from "@zarrita/storage";
import { formatError } from "../errors.js";
import type { ByteSource } from "../source/byte-source.js";
import type { ArchiveStore } from "./store.js";

/** A blob, with a count of what reading it took. */
export interface BlobSource extends ByteSource {
  /** Reads the bytes `[start, end)`: into `memory`, where that is given and holds them, else into new memory. */
  read(start: number, end: number, signal?: AbortSignal, memory?: Uint8Array): Promise<Uint8Array>;
  /** Reads of the blob so far. */
  readonly accesses: number;
  /** Calls on the store beneath: a read that spans chunks makes several. */
  readonly storeReads: number;
  readonly bytesRead: number;
}

/** Where the bytes of a blob lie. */
export interface BlobLayout {
  readonly id: string;
  readonly byteLength: number;
  readonly chunkBytes: number;
}

/** Chunk size of a blob of `bytes` bytes with a target of `targetBytes`: equal chunks, little padding. */
export function blobChunkBytes(bytes: number, targetBytes: number): number {
  return Math.ceil(bytes / Math.ceil(bytes / targetBytes));
}

/** Opens a blob; each source counts for itself. */
export function blobSource(store: ArchiveStore, layout: BlobLayout): BlobSource {
  const { id, byteLength, chunkBytes } = layout;
  let accesses = 0;
  let storeReads = 0;
  let bytesRead = 0;

  /** Reads a chunk's bytes from `from` on into `target`. */
  const readChunk = async (
    chunk: number,
    from: number,
    { target, signal }: { readonly target: Uint8Array; readonly signal: AbortSignal | undefined },
  ): Promise<void> => {
    const key: AbsolutePath = `/${id}/audio_data_blob_array/c/${chunk}`;
    storeReads++;
    const got = store.readInto
      ? await store.readInto(key, from, target)
      : await copyInto(store, key, { from, target, signal });
    const place = { path: store.place, recording: id };
    if (got === undefined) throw formatError(`blob: chunk ${chunk} is missing`, place);
    if (got !== target.length) {
      throw formatError(
        `blob: chunk ${chunk}: expected ${target.length} bytes from ${from}, got ${got}`,
        place,
      );
    }
    bytesRead += got;
  };

  return {
    byteLength,
    get accesses() {
      return accesses;
    },
    get storeReads() {
      return storeReads;
    },
    get bytesRead() {
      return bytesRead;
    },
    async read(start, end, signal, memory) {
      const stop = Math.min(end, byteLength);
      if (start >= stop) return new Uint8Array(0);
      accesses++;
      const first = Math.floor(start / chunkBytes);
      const last = Math.floor((stop - 1) / chunkBytes);
      const length = stop - start;
      const bytes =
        memory !== undefined && memory.length >= length ? memory.subarray(0, length) : new Uint8Array(length);
      const reads: Promise<void>[] = [];
      for (let chunk = first; chunk <= last; chunk++) {
        const base = chunk * chunkBytes;
        const from = Math.max(start, base);
        const target = bytes.subarray(from - start, Math.min(stop, base + chunkBytes) - start);
        reads.push(readChunk(chunk, from - base, { target, signal }));
      }
      await Promise.all(reads);
      return bytes;
    },
  };
}

/** Reads from a store that has memory of its own for what it reads. */
async function copyInto(
  store: ArchiveStore,
  key: AbsolutePath,
  range: { readonly from: number; readonly target: Uint8Array; readonly signal: AbortSignal | undefined },
): Promise<number | undefined> {
  const { from, target, signal } = range;
  const options = signal === undefined ? {} : { signal };
  const bytes = store.getRange
    ? await store.getRange(key, { offset: from, length: target.length }, options)
    : (await store.get(key, options))?.subarray(from, from + target.length);
  if (bytes !== undefined) target.set(bytes.subarray(0, target.length));
  return bytes?.length;
}
