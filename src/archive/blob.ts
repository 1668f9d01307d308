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
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
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

  const readChunk = async (
    chunk: number,
    from: number,
    to: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> => {
    const key: AbsolutePath = `/${id}/audio_data_blob_array/c/${chunk}`;
    const options = signal === undefined ? {} : { signal };
    storeReads++;
    const bytes = store.getRange
      ? await store.getRange(key, { offset: from, length: to - from }, options)
      : (await store.get(key, options))?.subarray(from, to);
    if (bytes === undefined)
      throw formatError(`blob: chunk ${chunk} is missing`, { path: store.place, recording: id });
    if (bytes.length !== to - from) {
      throw formatError(
        `blob: chunk ${chunk}: expected ${to - from} bytes from ${from}, got ${bytes.length}`,
        {
          path: store.place,
          recording: id,
        },
      );
    }
    bytesRead += bytes.length;
    return bytes;
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
    async read(start, end, signal) {
      const stop = Math.min(end, byteLength);
      if (start >= stop) return new Uint8Array(0);
      accesses++;
      const first = Math.floor(start / chunkBytes);
      const last = Math.floor((stop - 1) / chunkBytes);
      const reads: Promise<Uint8Array>[] = [];
      for (let chunk = first; chunk <= last; chunk++) {
        const base = chunk * chunkBytes;
        reads.push(
          readChunk(chunk, Math.max(start, base) - base, Math.min(stop, base + chunkBytes) - base, signal),
        );
      }
      const parts = await Promise.all(reads);
      if (parts.length === 1) return parts[0] as Uint8Array;
      const whole = new Uint8Array(stop - start);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
}
