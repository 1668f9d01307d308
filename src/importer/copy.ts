/**
 * One pass over a file: read, scan, hash, write. Each batch, a chunk or a piece of one, is read once into one of a
 * few buffers, and while it is scanned, hashed and written, the next one is read. Reading and writing keep to the threads that
 * Node has for files, the hash of a large file to one of its own: it takes as long as all else together.
 */
import { setImmediate as turn } from "node:timers/promises";
import { blobChunkBytes } from "../archive/blob.js";
import type { Staging } from "../archive/store.js";
import { pageAlignedMemory, SECTOR_BYTES } from "../archive/unbuffered.js";
import { OpusZarrError } from "../errors.js";
import { MAX_PAGE_BYTES } from "../ogg/page.js";
import { type PageScan, pageScanner } from "../pageindex/scan.js";
import { openHashing, openHashingThread } from "../workers/hash.js";
import { chunkWriter } from "./chunks.js";

/** What is copied. */
export interface CopySource {
  readonly byteLength: number;
  /** Reads into `target` from `start` on; returns how many bytes there were. */
  readInto(target: Uint8Array, start: number): Promise<number>;
}

/** How. */
export interface CopyOptions {
  readonly batchBytes: number;
  readonly chunkTargetBytes: number;
  /** Hash on a thread of its own, and write past the system's cache. */
  readonly large: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** What one pass yields. */
export interface Copied {
  readonly scan: PageScan;
  readonly sha256: string;
}

/** Buffers in flight: one being read, one being worked on, one whose slowest work is still to end. */
const SLOTS = 3;

/** Room before a batch for the end of the one before it, so that both begin at whole sectors. */
const HEAD_BYTES: number = wholeSectors(MAX_PAGE_BYTES);

/** Bytes of memory that a copy of a file of `fileBytes` takes. */
export function copyMemoryBytes(fileBytes: number, batchBytes: number): number {
  const slots = Math.min(SLOTS, Math.ceil(fileBytes / batchBytes));
  return slots * (Math.min(fileBytes, batchBytes) + HEAD_BYTES);
}

/** Copies a file into a staged blob array, and scans and hashes it on the way. */
export async function copyToBlob(
  source: CopySource,
  staging: Staging,
  options: CopyOptions,
): Promise<Copied> {
  const scanner = pageScanner();
  const hash = options.large ? openHashingThread() : openHashing();
  const chunkBytes = blobChunkBytes(source.byteLength, options.chunkTargetBytes);
  const chunks = chunkWriter(staging, source.byteLength, { chunkBytes, sectors: options.large });
  const scan = async ({ withHead, start, headBytes, bytes, last }: Batch): Promise<void> => {
    // First the hash, the writes and the next read are under way.
    await turn();
    scanner.push(withHead, start - headBytes, start + bytes.length, last);
  };
  try {
    await pump(source, { ...options, chunkBytes }, (batch) =>
      Promise.all([hash.update(batch.bytes), chunks.write(batch.bytes, batch.start), scan(batch)]),
    );
    const [sha256] = await Promise.all([hash.digest(), chunks.close()]);
    return { scan: scanner.finish(), sha256 };
  } finally {
    hash.close();
    await chunks.abandon();
  }
}

interface Batch {
  readonly start: number;
  /** The batch's own bytes. */
  readonly bytes: Uint8Array;
  /** The same with the end of the batch before it, for pages that straddle both. */
  readonly withHead: Uint8Array;
  readonly headBytes: number;
  readonly last: boolean;
}

/** Reads batch after batch, the next while the last is worked on. No batch reaches over the end of a chunk. */
async function pump(
  source: CopySource,
  options: CopyOptions & { readonly chunkBytes: number },
  work: (batch: Batch) => Promise<unknown>,
): Promise<void> {
  const { byteLength } = source;
  const { chunkBytes, signal } = options;
  const batchBytes = Math.min(wholeSectors(options.batchBytes), Math.max(1, chunkBytes));
  const slotCount = Math.min(SLOTS, Math.ceil(byteLength / batchBytes));
  const slotBytes = HEAD_BYTES + wholeSectors(batchBytes);
  const memory = options.large
    ? takeMemory(slotCount * slotBytes)
    : new Uint8Array(new SharedArrayBuffer(slotCount * slotBytes));
  const busy: Promise<unknown>[] = Array.from({ length: slotCount }, () => Promise.resolve());
  let previous: Uint8Array = new Uint8Array(0);
  let order: Promise<unknown> = Promise.resolve();
  try {
    for (let start = 0, k = 0; start < byteLength; k++) {
      signal?.throwIfAborted();
      await busy[k % slotCount];
      const slot = memory.subarray((k % slotCount) * slotBytes);
      const length = Math.min(batchBytes, chunkBytes - (start % chunkBytes), byteLength - start);
      const batch = await readBatch(source, slot, { start, length, previous });
      previous = batch.withHead;
      // Errors are met at the next `await busy`; they must not count as unhandled until then.
      const working = work(batch).then(() => options.onBytes?.(length));
      working.catch(() => {});
      busy[k % slotCount] = working;
      order = Promise.all([order, working]);
      order.catch(() => {});
      start += length;
    }
    await order;
  } finally {
    await Promise.allSettled(busy);
    if (options.large) spare.push(memory);
  }
}

/** Reads a batch into a slot, behind the end of the one before it. */
async function readBatch(
  source: CopySource,
  slot: Uint8Array,
  { start, length, previous }: { start: number; length: number; previous: Uint8Array },
): Promise<Batch> {
  const { byteLength } = source;
  const bytes = slot.subarray(HEAD_BYTES, HEAD_BYTES + length);
  const got = await source.readInto(bytes, start);
  if (got !== length)
    throw new OpusZarrError("io", `source: expected ${byteLength} bytes, got ${start + got}`);
  const headBytes = Math.min(MAX_PAGE_BYTES, previous.length);
  const withHead = slot.subarray(HEAD_BYTES - headBytes, HEAD_BYTES + length);
  withHead.set(previous.subarray(previous.length - headBytes));
  return { start, bytes, withHead, headBytes, last: start + length === byteLength };
}

/** Memory of earlier copies: WebAssembly's is dear to make, and slow to go. */
const spare: Uint8Array[] = [];

function takeMemory(bytes: number): Uint8Array {
  const found = spare.findIndex((memory) => memory.length >= bytes);
  return found < 0 ? pageAlignedMemory(bytes) : (spare.splice(found, 1)[0] as Uint8Array);
}

function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}
