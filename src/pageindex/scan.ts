/**
 * The page scan: walks page headers through buffers of a file, checks checksums, and reads the head of
 * every packet. One scanner serves both ways of building an index: fed buffer after buffer while a file
 * is copied, or given one batch of an existing blob on a worker thread.
 */
import {
  findCapture,
  MAX_PAGE_BYTES,
  PAGE_BOS,
  PAGE_CONTINUED,
  PAGE_HEADER_BYTES,
  type Page,
  type PageCheck,
  pageCrcHolds,
  readPage,
} from "../ogg/page.js";
import { isOpusHead, parseOpusHead } from "../opus/head.js";
import { packetInfo } from "../opus/toc.js";
import { columnsBuilder, type PageColumns, packetCode } from "./columns.js";

/** A half-open range of bytes of the file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is left open of a logical stream at the end of what was scanned. */
export interface OpenStream {
  readonly serial: number;
  readonly sequence: number;
  /** Elementary streams a packet, by the OpusHead seen or assumed. */
  readonly streams: number;
  /** Bytes of the packet that goes on on the next page; undefined where none does. */
  readonly tail: Uint8Array | undefined;
}

/** Bytes of a packet that began before the scan did: its end, and the page on which it completes. */
export interface Lead {
  /** Index of the page on which the packet completes, −1 if none so far. */
  readonly page: number;
  readonly serial: number;
  /** Sequence number of the page on which the bytes start. */
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** What a scan of a byte range found. */
export interface PageScan {
  readonly pages: PageColumns;
  /** First packets of streams that begin in the range. */
  readonly heads: readonly { readonly page: number; readonly bytes: Uint8Array }[];
  /** Bytes that belong to no valid page. */
  readonly gaps: readonly ByteRange[];
  readonly leads: readonly Lead[];
  readonly open: readonly OpenStream[];
  /** Where the next page is to begin. */
  readonly end: number;
  /** The range ended in search of a page. */
  readonly searching: boolean;
  /** Thread time spent in finding pages, and in reading them. */
  readonly timing: ScanTiming;
}

/** Seconds of one thread. */
export interface ScanTiming {
  /** Finding pages and confirming them. */
  readonly locate: number;
  /** Sizes, granule positions and packets. */
  readonly detail: number;
}

/** Options of {@link pageScanner}. */
export interface ScanOptions {
  /** Byte at which the scan starts, 0 by default. */
  readonly start?: number;
  /** Whether a page stands at `start` (true) or has to be found first (false: the range starts mid-page). */
  readonly aligned?: boolean;
  readonly check?: PageCheck;
  /** Elementary streams a packet, for logical streams that began before the range; 1 by default. */
  readonly assumedStreams?: number;
}

/** A scan under way. */
export interface PageScanner {
  /** Next byte that the scanner wants. */
  readonly next: number;
  /**
   * Scans pages that start before `limit`.
   *
   * @param bytes part of the file that holds byte `next`
   * @param base where `bytes` starts in the file
   * @param limit file position before which pages must start
   * @param last whether `bytes` reach to the end of the file
   * @returns the next byte wanted: less than `limit` if a page there is not whole yet
   */
  push(bytes: Uint8Array, base: number, limit: number, last: boolean): number;
  finish(): PageScan;
}

interface StreamState {
  sequence: number;
  streams: number;
  tail: OpenPacket | undefined;
  lead: { sequence: number; parts: Uint8Array[] } | undefined;
}

/** The beginning of a packet that goes on on later pages. */
interface OpenPacket {
  parts: Uint8Array[];
  bytes: number;
}

/** Opens a scan. */
export function pageScanner(options: ScanOptions = {}): PageScanner {
  const check = options.check ?? "crc";
  const builder = columnsBuilder();
  const heads: { page: number; bytes: Uint8Array }[] = [];
  const gaps: ByteRange[] = [];
  const leads: Lead[] = [];
  const streams = new Map<number, StreamState>();
  let next = options.start ?? 0;
  let searching = options.aligned === false;
  let gapStart = searching ? -1 : next;
  let locateSeconds = 0;
  let detailSeconds = 0;

  const closeGap = (end: number): void => {
    if (searching && gapStart >= 0 && end > gapStart) gaps.push({ start: gapStart, end });
    searching = false;
  };

  const addPage = (bytes: Uint8Array, base: number, page: Page): void => {
    let state = streams.get(page.serial);
    const begins = (page.flags & PAGE_BOS) !== 0;
    const seen = state !== undefined;
    if (state === undefined || begins) {
      state = {
        sequence: page.sequence - 1,
        streams: options.assumedStreams ?? 1,
        tail: undefined,
        lead: undefined,
      };
      streams.set(page.serial, state);
    }
    const follows = page.sequence === (state.sequence + 1) >>> 0;
    if (!follows) {
      state.tail = undefined;
      state.lead = undefined;
    }
    if (begins) noteHead(bytes, page, state, builder.count, heads);
    const mayLead = !seen && !begins && (options.start ?? 0) > 0;
    const result = walkPackets(bytes, page, state, mayLead, (code) => builder.packet(code));
    if (result.lead !== undefined) {
      leads.push({ page: result.leadDone ? builder.count : -1, serial: page.serial, ...result.lead });
    }
    state.sequence = page.sequence;
    builder.page({
      byteOffset: base + page.at,
      size: page.size,
      granule: page.granule,
      serial: page.serial,
      sequence: page.sequence,
      flags: page.flags,
      packetCount: result.packets,
    });
  };

  return {
    get next() {
      return next;
    },
    push(bytes, base, limit, last) {
      const started = performance.now();
      const found: Page[] = [];
      let at = next - base;
      const stop = limit - base;
      while (at < stop) {
        if (searching) {
          const capture = findCapture(bytes, at, Math.min(stop, bytes.length));
          if (capture === -1) {
            // Three bytes of a capture pattern may stand at the buffer's end.
            at = last ? stop : Math.max(at, Math.min(stop, bytes.length - 3));
            break;
          }
          at = capture;
        }
        const page = readPage(bytes, at);
        if (page === undefined && !last && at + MAX_PAGE_BYTES > bytes.length && mayBecomePage(bytes, at))
          break;
        if (page !== undefined && holds(bytes, page, check, searching, last)) {
          closeGap(base + at);
          found.push(page);
          at += page.size;
        } else {
          if (!searching) gapStart = base + at;
          searching = true;
          at++;
        }
      }
      const located = performance.now();
      for (const page of found) addPage(bytes, base, page);
      locateSeconds += (located - started) / 1000;
      detailSeconds += (performance.now() - located) / 1000;
      next = base + at;
      if (last && limit >= base + bytes.length) {
        next = base + bytes.length;
        closeGap(next);
      }
      return next;
    },
    finish() {
      const open: OpenStream[] = [];
      for (const [serial, state] of streams) {
        if (state.lead !== undefined) {
          leads.push({ page: -1, serial, sequence: state.lead.sequence, bytes: join(state.lead.parts) });
        }
        const tail = state.tail === undefined ? undefined : join(state.tail.parts);
        open.push({ serial, sequence: state.sequence, streams: state.streams, tail });
      }
      if (searching && gapStart >= 0 && next > gapStart) gaps.push({ start: gapStart, end: next });
      const timing = { locate: locateSeconds, detail: detailSeconds };
      return { pages: builder.finish(), heads, gaps, leads, open, end: next, searching, timing };
    },
  };
}

/** Whether what stands at `at` could be a page of which the rest is not at hand yet. */
function mayBecomePage(bytes: Uint8Array, at: number): boolean {
  const capture = [0x4f, 0x67, 0x67, 0x53, 0];
  for (let i = 0; i < capture.length && at + i < bytes.length; i++)
    if (bytes[at + i] !== capture[i]) return false;
  return true;
}

// A page found by search is always confirmed by its checksum: "OggS" may stand inside audio data.
function holds(bytes: Uint8Array, page: Page, check: PageCheck, searching: boolean, last: boolean): boolean {
  if (check === "crc" || searching) return pageCrcHolds(bytes, page);
  const after = page.at + page.size;
  if (after + 4 <= bytes.length)
    return findCapture(bytes, after, after + 1) === after || pageCrcHolds(bytes, page);
  return (last && after === bytes.length) || pageCrcHolds(bytes, page);
}

function noteHead(
  bytes: Uint8Array,
  page: Page,
  state: StreamState,
  index: number,
  heads: { page: number; bytes: Uint8Array }[],
): void {
  const payload = bytes.slice(page.at + page.headerSize, page.at + page.size);
  if (!isOpusHead(payload)) return;
  heads.push({ page: index, bytes: payload });
  try {
    state.streams = parseOpusHead(payload).mapping.streams;
  } catch {
    // Whoever needs the head parses it again and reports what is wrong with it.
  }
}

interface PageWalk {
  readonly packets: number;
  readonly leadDone: boolean;
  readonly lead: { readonly sequence: number; readonly bytes: Uint8Array } | undefined;
}

/** Puts a page's segments together to packets, joining what earlier pages left open. */
function walkPackets(
  bytes: Uint8Array,
  page: Page,
  state: StreamState,
  mayLead: boolean,
  emit: (code: number) => void,
): PageWalk {
  const firstLacing = page.at + PAGE_HEADER_BYTES;
  const lacingEnd = page.at + page.headerSize;
  let at = lacingEnd;
  let from = at;
  let packets = 0;
  let done: PageWalk["lead"];
  let joining = (page.flags & PAGE_CONTINUED) !== 0;
  if (!joining) {
    state.tail = undefined;
    state.lead = undefined;
  } else if (mayLead && state.lead === undefined) {
    state.lead = { sequence: page.sequence, parts: [] };
  }
  for (let lacing = firstLacing; lacing < lacingEnd; lacing++) {
    const length = bytes[lacing] as number;
    at += length;
    if (length === 255) continue;
    if (joining) {
      const lead = state.lead;
      if (lead !== undefined) {
        done = { sequence: lead.sequence, bytes: join([...lead.parts, bytes.subarray(from, at)]) };
        emit(0);
        packets++;
      } else if (state.tail !== undefined) {
        const whole = join([...state.tail.parts, bytes.subarray(from, at)]);
        emit(codeOf(whole, 0, whole.length, state.streams));
        packets++;
      }
      state.lead = undefined;
      state.tail = undefined;
      joining = false;
    } else {
      emit(codeOf(bytes, from, at, state.streams));
      packets++;
    }
    from = at;
  }
  const open = page.headerSize > PAGE_HEADER_BYTES && bytes[lacingEnd - 1] === 255;
  if (open) keepTail(bytes.slice(from, at), state, joining);
  return { packets, leadDone: done !== undefined, lead: done };
}

/**
 * Larger packets are refused (RFC 7845 §6 asks for 61,440 bytes a stream at least). Of a comment header
 * that is larger only as much is kept: the scan does not read it.
 */
const MAX_PACKET_BYTES_PER_STREAM = 61_440;

function keepTail(rest: Uint8Array, state: StreamState, joining: boolean): void {
  if (!joining) state.tail = { parts: [rest], bytes: rest.length };
  else if (state.lead !== undefined) state.lead.parts.push(rest);
  else if (state.tail !== undefined && state.tail.bytes <= MAX_PACKET_BYTES_PER_STREAM * state.streams) {
    state.tail.parts.push(rest);
    state.tail.bytes += rest.length;
  }
}

/** The packet code of `bytes[from, to)`. */
function codeOf(bytes: Uint8Array, from: number, to: number, streams: number): number {
  const info = packetInfo(bytes, from, to, streams);
  const tooLong = to - from > MAX_PACKET_BYTES_PER_STREAM * streams;
  return packetCode(tooLong ? { ...info, valid: false } : info);
}

/** The packet code of a whole packet put together from two scans. */
export function joinedPacketCode(tail: Uint8Array, lead: Uint8Array, streams: number): number {
  const whole = join([tail, lead]);
  return codeOf(whole, 0, whole.length, streams);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
