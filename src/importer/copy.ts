/**
 * One pass over a file: read, scan, hash, write. Each batch is read once into one of a few buffers, and
 * while it is scanned, hashed and written, the next one is read.
 */
import { blobChunkBytes } from "../archive/blob.js";
import type { StagedValue, Staging } from "../archive/store.js";
import { OpusZarrError } from "../errors.js";
import { MAX_PAGE_BYTES } from "../ogg/page.js";
import type { PageScan } from "../pageindex/scan.js";
import { type Ingest, openIngest, openIngestThread } from "../workers/ingest.js";

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
  /** Scan and hash on threads of their own. */
  readonly threads: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** What one pass yields. */
export interface Copied {
  readonly scan: PageScan;
  readonly sha256: string;
}

/** Buffers in flight: one being read, one being worked on. */
const SLOTS = 2;

/** Bytes of memory that a copy of a file of `fileBytes` takes. */
export function copyMemoryBytes(fileBytes: number, batchBytes: number): number {
  return SLOTS * (Math.min(fileBytes, batchBytes) + MAX_PAGE_BYTES);
}

/** Copies a file into a staged blob array, and scans and hashes it on the way. */
export async function copyToBlob(
  source: CopySource,
  staging: Staging,
  options: CopyOptions,
): Promise<Copied> {
  const open = options.threads ? openIngestThread : openIngest;
  const scan: Ingest<PageScan> = open("scan");
  const hash: Ingest<string> = open("sha256");
  const chunks = chunkWriter(staging, source.byteLength, options.chunkTargetBytes);
  try {
    await pump(source, options, (batch) =>
      Promise.all([
        scan.push(batch.withHead, batch.start - batch.headBytes, batch.last),
        hash.push(batch.withHead, batch.start - batch.headBytes, batch.last),
        chunks.write(batch.bytes, batch.start),
      ]),
    );
    await chunks.close();
    const [found, sha256] = await Promise.all([scan.finish(), hash.finish()]);
    return { scan: found, sha256 };
  } finally {
    scan.close();
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
    { length: SLOTS },
    () => new Uint8Array(new SharedArrayBuffer(MAX_PAGE_BYTES + batchBytes)),
  );
  const busy: Promise<unknown>[] = slots.map(() => Promise.resolve());
  let previous: Uint8Array = new Uint8Array(0);
  let order: Promise<unknown> = Promise.resolve();
  try {
    for (let start = 0, k = 0; start < byteLength; start += batchBytes, k++) {
      options.signal?.throwIfAborted();
      const slot = slots[k % SLOTS] as Uint8Array;
      await busy[k % SLOTS];
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
      busy[k % SLOTS] = working;
      order = Promise.all([order, working]);
      order.catch(() => {});
    }
    await order;
  } catch (error) {
    await Promise.allSettled(busy);
    throw error;
  }
}

interface ChunkWriter {
  write(bytes: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
  abandon(): Promise<void>;
}

/** Writes a byte stream into the equal chunks of a blob array, the last one padded. */
function chunkWriter(staging: Staging, byteLength: number, targetBytes: number): ChunkWriter {
  const chunkBytes = blobChunkBytes(byteLength, targetBytes);
  const open = new Map<number, { value: Promise<StagedValue>; left: number }>();

  const piece = async (bytes: Uint8Array, at: number): Promise<void> => {
    const chunk = Math.floor(at / chunkBytes);
    let state = open.get(chunk);
    if (state === undefined) {
      const value = staging.open(`audio_data_blob_array/c/${chunk}`, chunkBytes);
      state = { value, left: Math.min(chunkBytes, byteLength - chunk * chunkBytes) };
      open.set(chunk, state);
    }
    const value = await state.value;
    await value.write(bytes, at - chunk * chunkBytes);
    state.left -= bytes.length;
    if (state.left > 0) return;
    const used = Math.min(chunkBytes, byteLength - chunk * chunkBytes);
    if (used < chunkBytes) await value.write(new Uint8Array(chunkBytes - used), used);
    await value.close();
    open.delete(chunk);
  };

  const closeAll = async (): Promise<void> => {
    for (const { value } of open.values()) await (await value).close();
    open.clear();
  };
  return {
    async write(bytes, at) {
      for (let done = 0; done < bytes.length; ) {
        const to = Math.min(bytes.length, (Math.floor((at + done) / chunkBytes) + 1) * chunkBytes - at);
        await piece(bytes.subarray(done, to), at + done);
        done = to;
      }
    },
    close: closeAll,
    abandon: () => closeAll().catch(() => {}),
  };
}
