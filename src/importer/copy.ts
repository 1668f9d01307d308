/**
 * One pass over a file: read, scan, hash, write. Each batch is read once into one of a few buffers, and
 * while it is scanned, hashed and written, the next one is read. Reading and writing keep to the threads that
 * Node has for files, the hash of a large file to one of its own: it takes as long as all else together.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Staging } from "../archive/store.js";
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
  /** Hash on a thread of its own. */
  readonly thread: boolean;
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

/** Bytes of memory that a copy of a file of `fileBytes` takes. */
export function copyMemoryBytes(fileBytes: number, batchBytes: number): number {
  const slots = Math.min(SLOTS, Math.ceil(fileBytes / batchBytes));
  return slots * (Math.min(fileBytes, batchBytes) + MAX_PAGE_BYTES);
}

/** Copies a file into a staged blob array, and scans and hashes it on the way. */
export async function copyToBlob(
  source: CopySource,
  staging: Staging,
  options: CopyOptions,
): Promise<Copied> {
  const scanner = pageScanner();
  const hash = options.thread ? openHashingThread() : openHashing();
  const chunks = chunkWriter(staging, source.byteLength, options.chunkTargetBytes);
  const scan = async ({ withHead, start, headBytes, bytes, last }: Batch): Promise<void> => {
    // First the hash, the writes and the next read are under way.
    await turn();
    scanner.push(withHead, start - headBytes, start + bytes.length, last);
  };
  try {
    await pump(source, options, (batch) =>
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

/** Reads batch after batch, the next while the last is worked on. */
async function pump(
  source: CopySource,
  options: CopyOptions,
  work: (batch: Batch) => Promise<unknown>,
): Promise<void> {
  const { byteLength } = source;
  const batchBytes = Math.min(options.batchBytes, Math.max(1, byteLength));
  const slots = Array.from(
    { length: Math.min(SLOTS, Math.ceil(byteLength / batchBytes)) },
    () => new Uint8Array(new SharedArrayBuffer(MAX_PAGE_BYTES + batchBytes)),
  );
  const busy: Promise<unknown>[] = slots.map(() => Promise.resolve());
  let previous: Uint8Array = new Uint8Array(0);
  let order: Promise<unknown> = Promise.resolve();
  try {
    for (let start = 0, k = 0; start < byteLength; start += batchBytes, k++) {
      options.signal?.throwIfAborted();
      const slot = slots[k % slots.length] as Uint8Array;
      await busy[k % slots.length];
      const length = Math.min(batchBytes, byteLength - start);
      const bytes = slot.subarray(MAX_PAGE_BYTES, MAX_PAGE_BYTES + length);
      const got = await source.readInto(bytes, start);
      if (got !== length)
        throw new OpusZarrError("io", `source: expected ${byteLength} bytes, got ${start + got}`);
      const headBytes = Math.min(MAX_PAGE_BYTES, previous.length);
      const withHead = slot.subarray(MAX_PAGE_BYTES - headBytes, MAX_PAGE_BYTES + length);
      withHead.set(previous.subarray(previous.length - headBytes));
      previous = withHead;
      const batch: Batch = { start, bytes, withHead, headBytes, last: start + length === byteLength };
      // Errors are met at the next `await busy`; they must not count as unhandled until then.
      const working = work(batch).then(() => options.onBytes?.(length));
      working.catch(() => {});
      busy[k % slots.length] = working;
      order = Promise.all([order, working]);
      order.catch(() => {});
    }
    await order;
  } catch (error) {
    await Promise.allSettled(busy);
    throw error;
  }
}
