/** An index over a blob that is there already: the plan's batches read, scanned on threads, and merged. */
import { availableParallelism, freemem } from "node:os";
import type { BlobSource } from "../archive/blob.js";
import type { Recording } from "../archive/open.js";
import { argumentError } from "../errors.js";
import { type BatchSize, batchSizeBytes } from "../importer/options.js";
import { MAX_PAGE_BYTES, type PageCheck } from "../ogg/page.js";
import { accumulate } from "../pageindex/accumulate.js";
import type { PageIndex } from "../pageindex/page-index.js";
import { mergeScans, planBatches, type ScanTask } from "../pageindex/batch.js";
import { type PageScan, pageScanner } from "../pageindex/scan.js";
import { BYTES_PER_MB, wholeNumber } from "../units.js";
import { createPool, sharedPool } from "../workers/pool.js";

/** `batch`: batches on worker threads; `page`: one access a page; `sequential`: batches on this thread. */
export type IndexStrategy = "batch" | "page" | "sequential";

/** How an index is built. */
export interface BuildIndexOptions {
  /** Bytes read and scanned at once, in MB (any positive number, or a preset); 8 by default. */
  readonly batchSizeMb?: BatchSize | undefined;
  /** `batch` by default. */
  readonly strategy?: IndexStrategy | undefined;
  /** Threads for `batch`; by default one for each 256 MB, one a core at most: none for a small recording. */
  readonly workers?: number | undefined;
  /** Pages are confirmed by their checksum (default), or by their header and the next page's. */
  readonly verify?: PageCheck | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after every batch. */
  readonly onProgress?:
    | ((progress: { readonly batches: number; readonly batchesDone: number }) => void)
    | undefined;
}

/** What building an index took. */
export interface IndexReport {
  readonly pages: number;
  readonly batches: number;
  /** Reads of the blob array: one a batch. */
  readonly accesses: number;
  /** Calls on the store beneath: a batch that spans chunks makes several. */
  readonly storeReads: number;
  /** From call to result, in seconds. */
  readonly seconds: number;
  readonly pagesPerSecond: number;
  /** Seconds in each phase; those of `locate` and `detail` are added up over threads. */
  readonly phases: { readonly locate: number; readonly detail: number; readonly accumulate: number };
}

/**
 * Builds the page index of a recording anew from its blob.
 *
 * All strategies and batch sizes give the same index.
 *
 * @returns the index and what it took
 * @throws {OpusZarrError} of kind `argument` for wrong options, `format` where no index can be made
 * @example
 * ```ts
 * const { index, report } = await buildPageIndex(rec, { batchSizeMb: 16 });
 * console.log(index.pages, report.accesses, report.pagesPerSecond);
 * ```
 */
export async function buildPageIndex(
  recording: Recording,
  options: BuildIndexOptions = {},
): Promise<{ index: PageIndex; report: IndexReport }> {
  const started = performance.now();
  const strategy = options.strategy ?? "batch";
  if (!["batch", "page", "sequential"].includes(strategy))
    throw argumentError("strategy", "batch, page or sequential", strategy);
  const check = options.verify ?? "crc";
  if (!["crc", "headers"].includes(check)) throw argumentError("verify", "crc or headers", check);
  const blob = await recording.blob();
  const { scan, batches } =
    strategy === "page"
      ? await scanByPage(blob, check, options)
      : await scanByBatch(blob, check, { ...options, strategy });
  const located = performance.now();
  const index = accumulate(scan);
  const ended = performance.now();
  const seconds = (ended - started) / 1000;
  const report: IndexReport = {
    pages: index.pages,
    batches,
    accesses: blob.accesses,
    storeReads: blob.storeReads,
    seconds,
    pagesPerSecond: index.pages / seconds,
    phases: { ...scan.timing, accumulate: (ended - located) / 1000 },
  };
  return { index, report };
}

interface Scanned {
  readonly scan: PageScan;
  readonly batches: number;
}

async function scanByBatch(blob: BlobSource, check: PageCheck, options: BuildIndexOptions): Promise<Scanned> {
  const workers = threadsFor(blob.byteLength, options);
  const machine = { workers: Math.max(1, workers), memoryMb: freemem() / BYTES_PER_MB / 2 };
  const batchBytes = batchSizeBytes(options.batchSizeMb ?? "mixed", machine)(blob.byteLength);
  // Streams a packet are not known before the first page was read; where more than one turns out to be
  // right, the merge has the batches scanned again.
  const tasks = planBatches(blob.byteLength, { batchSizeMb: batchBytes / BYTES_PER_MB, check });
  const pool = workers === 0 ? createPool(0) : sharedPool(workers);
  const { signal } = options;
  const memory = batchMemory(Math.min(blob.byteLength, batchBytes + MAX_PAGE_BYTES), workers);
  const read = readAhead(tasks, ({ start, readEnd }, number) =>
    blob.read(start, readEnd, signal, memory(number)),
  );
  const scan = (task: ScanTask): Promise<PageScan> =>
    pool.run<"scan">(async () => {
      const bytes = await read(task);
      return { task: { kind: "scan", task, bytes }, transfer: [bytes.buffer as ArrayBuffer] };
    }, signal);
  let batchesDone = 0;
  const scans = await Promise.all(
    tasks.map(async (task) => {
      const found = await scan(task);
      options.onProgress?.({ batches: tasks.length, batchesDone: ++batchesDone });
      return found;
    }),
  );
  return { scan: await mergeScans(tasks, scans, scan), batches: tasks.length };
}

/** A thread starts, and its code warms up, in the time that it takes to scan about as much as this. */
const MIN_WORKER_BYTES = 256 * BYTES_PER_MB;

/** Threads for a blob: none for a small one. */
function threadsFor(blobBytes: number, options: BuildIndexOptions): number {
  if (options.strategy === "sequential") return 0;
  const useful = Math.min(availableParallelism(), Math.floor(blobBytes / MIN_WORKER_BYTES));
  return wholeNumber("workers", options.workers ?? useful);
}

/** Reads a task's bytes; those of the next one are on their way while it is scanned. */
function readAhead(
  tasks: readonly ScanTask[],
  read: (task: ScanTask, number: number) => Promise<Uint8Array>,
): (task: ScanTask) => Promise<Uint8Array> {
  const coming = new Map<number, Promise<Uint8Array>>();
  let begun = 0;
  const begin = (number: number): void => {
    const task = tasks[number];
    if (number < begun || task === undefined) return;
    begun = number + 1;
    const bytes = read(task, number);
    // It may never be asked for, once another has failed.
    bytes.catch(() => {});
    coming.set(number, bytes);
  };
  return async (task) => {
    const number = tasks.indexOf(task);
    begin(number);
    // A batch that is scanned again, by another thread or knowing more, is read again.
    const bytes = await (coming.get(number) ?? read(task, number));
    coming.delete(number);
    // Not before: two reads at a time take longer to give the first.
    begin(number + 1);
    return bytes;
  };
}

/**
 * Memory that batches take in turns. New memory costs more than reading into it; but a thread takes its batch's with it.
 */
function batchMemory(bytes: number, workers: number): (number: number) => Uint8Array | undefined {
  const slots: Uint8Array[] = [];
  const count = 2;
  return (number) => {
    if (workers > 0 || number < 0) return undefined;
    slots[number % count] ??= new Uint8Array(bytes);
    return slots[number % count];
  };
}

/** One access a page: the slow way, kept as the baseline that batches are measured against. */
async function scanByPage(blob: BlobSource, check: PageCheck, options: BuildIndexOptions): Promise<Scanned> {
  const scanner = pageScanner({ check });
  let batches = 0;
  while (scanner.next < blob.byteLength) {
    options.signal?.throwIfAborted();
    const at = scanner.next;
    const bytes = await blob.read(at, at + MAX_PAGE_BYTES);
    const last = at + bytes.length === blob.byteLength;
    // The limit lets one page through, or the search for the next.
    const next = scanner.push(bytes, at, at + 1, last);
    if (next === at) scanner.push(bytes, at, at + bytes.length, last);
    batches++;
  }
  return { scan: scanner.finish(), batches };
}
