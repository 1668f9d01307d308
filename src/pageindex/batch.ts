/**
 * An index over a blob, batch by batch: the plan (which byte ranges), the task (scan one of them), and
 * the merge of what they found. Who runs the tasks, and where, is not decided here.
 */
import { BYTES_PER_MB, positiveNumber } from "../units.js";
import { joined } from "../ogg/joined.js";
import { MAX_PAGE_BYTES, type PageCheck } from "../ogg/page.js";
import { concatColumns, type PageColumns } from "./columns.js";
import type { ByteRange } from "./locate.js";
import { joinedCode } from "./packet-code.js";
import type { Lead, OpenStream } from "./packet-walk.js";
import { type PageScan, pageScanner } from "./scan.js";

/** One batch: pages that start in `[start, end)`, in bytes `[start, readEnd)`. */
export interface ScanTask {
  readonly start: number;
  readonly end: number;
  /** Past `end`, for the last page to be whole. */
  readonly readEnd: number;
  /** Whether a page starts at `start`. */
  readonly aligned: boolean;
  /** Whether the bytes reach to the end of the file. */
  readonly last: boolean;
  readonly check: PageCheck;
  /** Elementary streams a packet of logical streams that began before, by serial; others have 1. */
  readonly streams: ReadonlyMap<number, number>;
}

/** What goes for all batches of a plan. */
export interface BatchOptions {
  readonly batchSizeMb: number;
  readonly check: PageCheck;
}

/** Cuts `byteLength` bytes into batches. */
export function planBatches(byteLength: number, options: BatchOptions): ScanTask[] {
  const bytes = Math.max(1, Math.round(positiveNumber("batchSizeMb", options.batchSizeMb) * BYTES_PER_MB));
  const tasks: ScanTask[] = [];
  for (let start = 0; start < byteLength; start += bytes) {
    tasks.push(taskOf({ start, end: Math.min(start + bytes, byteLength) }, byteLength, options));
  }
  return tasks;
}

function taskOf(range: ByteRange, byteLength: number, options: Omit<BatchOptions, "batchSizeMb">): ScanTask {
  const { check } = options;
  const readEnd = Math.min(range.end + MAX_PAGE_BYTES, byteLength);
  const last = readEnd === byteLength;
  return { ...range, readEnd, aligned: range.start === 0, last, check, streams: new Map() };
}

/** Scans one batch; `bytes` hold `[task.start, task.readEnd)`. */
export function scanBatch(bytes: Uint8Array, task: ScanTask): PageScan {
  const { start, aligned, check, streams, end } = task;
  const scanner = pageScanner({ start, aligned, check, streams });
  scanner.push(bytes, start, end, task.last);
  return scanner.finish();
}

/**
 * Joins the scans of consecutive batches to what one scan of the whole would have found, byte for byte.
 *
 * A batch that starts mid-page may have taken an Ogg page *inside* a packet for one of the file's, or
 * have assumed another number of elementary streams: it is then scanned again, from the right place.
 *
 * @param rescan scans a range once more
 */
export async function mergeScans(
  tasks: readonly ScanTask[],
  scans: readonly PageScan[],
  rescan: (task: ScanTask) => Promise<PageScan>,
): Promise<PageScan> {
  const merged: PageScan[] = [];
  const open = new Map<number, OpenStream>();
  let end = 0;
  let searching = false;
  for (const [k, task] of tasks.entries()) {
    let scan = scans[k] as PageScan;
    if (!searching && end >= task.end) continue;
    const misplaced = k > 0 && !searching && firstPageOffset(scan) !== end;
    if (misplaced || takenForOne(scan, open)) {
      const start = searching ? task.start : Math.max(end, task.start);
      const streams = new Map([...open.values()].map((stream) => [stream.serial, stream.streams]));
      scan = await rescan({ ...task, start, aligned: !searching, streams });
    }
    if (searching) extendGap(merged, firstPageOffset(scan) ?? scan.end);
    merged.push(withLeads(scan, open));
    end = scan.end;
    searching = scan.searching;
  }
  return joinScans(merged, [...open.values()], end, searching);
}

function firstPageOffset(scan: PageScan): number | undefined {
  return scan.pages.count > 0 ? scan.pages.byteOffset[0] : undefined;
}

// Whether some logical stream that began in an earlier batch has more elementary streams than it was scanned for.
function takenForOne(scan: PageScan, open: ReadonlyMap<number, OpenStream>): boolean {
  return scan.open.some(({ serial }) => (open.get(serial)?.streams ?? 1) !== 1);
}

// The gap may have begun several batches ago: those between, without any page, have none of their own.
function extendGap(merged: PageScan[], end: number): void {
  for (let k = merged.length - 1; k >= 0; k--) {
    const scan = merged[k] as PageScan;
    const gap = scan.gaps[scan.gaps.length - 1];
    if (gap === undefined) continue;
    merged[k] = { ...scan, gaps: [...scan.gaps.slice(0, -1), { start: gap.start, end }] };
    return;
  }
}

/** Completes packets that began in an earlier batch, and notes what this batch leaves open. */
function withLeads(scan: PageScan, open: Map<number, OpenStream>): PageScan {
  let pages = scan.pages;
  const longer = new Map<number, Lead>();
  for (const lead of scan.leads) {
    const before = open.get(lead.serial);
    const follows = before?.tail !== undefined && (before.sequence + 1) >>> 0 === lead.sequence;
    if (lead.page >= 0) {
      pages = setLeadingPacket(
        pages,
        lead.page,
        follows && before?.tail ? joinedCode([before.tail, lead.bytes], before.streams) : undefined,
      );
    } else if (follows) longer.set(lead.serial, lead);
  }
  for (const stream of scan.open) {
    const lead = longer.get(stream.serial);
    const tail = open.get(stream.serial)?.tail;
    open.set(stream.serial, lead && tail ? { ...stream, tail: joined([tail, lead.bytes]) } : stream);
  }
  return { ...scan, pages };
}

/** Fills in the page's first packet, or takes it away where its beginning is lost. */
function setLeadingPacket(pages: PageColumns, page: number, code: number | undefined): PageColumns {
  let at = 0;
  for (let i = 0; i < page; i++) at += pages.packetCount[i] as number;
  const packets = pages.packets.slice();
  if (code !== undefined) {
    packets[at] = code;
    return { ...pages, packets };
  }
  const packetCount = pages.packetCount.slice();
  packetCount[page] = (packetCount[page] as number) - 1;
  packets.copyWithin(at, at + 1);
  return { ...pages, packetCount, packets: packets.subarray(0, packets.length - 1) };
}

function joinScans(
  scans: readonly PageScan[],
  open: readonly OpenStream[],
  end: number,
  searching: boolean,
): PageScan {
  let page = 0;
  const heads: { page: number; bytes: Uint8Array }[] = [];
  for (const scan of scans) {
    for (const head of scan.heads) heads.push({ page: head.page + page, bytes: head.bytes });
    page += scan.pages.count;
  }
  const sum = (phase: "locate" | "detail"): number => scans.reduce((total, s) => total + s.timing[phase], 0);
  return {
    pages: concatColumns(scans.map((s) => s.pages)),
    heads,
    gaps: scans.flatMap((s) => s.gaps),
    leads: [],
    open,
    end,
    searching,
    timing: { locate: sum("locate"), detail: sum("detail") },
  };
}
