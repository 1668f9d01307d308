/**
 * The detail of a scan: puts the segments of each page together to packets and reads the head of every
 * packet (RFC 3533 §5). What begins before the range that is scanned, or goes on behind it, is kept for the merge.
 */
import { joined } from "../ogg/joined.js";
import { MAX_SEGMENTS, PAGE_BOS, PAGE_CONTINUED, PAGE_HEADER_BYTES, type Page } from "../ogg/page.js";
import { isOpusHead, parseOpusHead } from "../opus/head.js";
import { columnsBuilder, type PageColumns } from "./columns.js";
import { codeOf, joinedCode, MAX_PACKET_BYTES_PER_STREAM } from "./packet-code.js";

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

/** The first packet of a stream that begins in the range, and the page that it stands on. */
export interface StreamHead {
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** What the pages of a range hold. */
export interface WalkedPages {
  readonly pages: PageColumns;
  readonly heads: readonly StreamHead[];
  readonly leads: readonly Lead[];
  readonly open: readonly OpenStream[];
}

/** What is known of the pages before they are walked. */
export interface WalkOptions {
  /** Whether the range starts within the file: its first packets may have begun before it. */
  readonly within: boolean;
  /** Elementary streams a packet of logical streams that began before the range, by serial; others have 1. */
  readonly streams: ReadonlyMap<number, number>;
}

/** A walk through the pages of a range, in order. */
export interface PacketWalk {
  /** Takes the next page, which stands in `bytes`, itself at `base` of the file. */
  add(bytes: Uint8Array, base: number, page: Page): void;
  finish(): WalkedPages;
}

interface StreamState {
  sequence: number;
  streams: number;
  /** The beginning of a packet that goes on on later pages. */
  tail: { pieces: Uint8Array[]; bytes: number } | undefined;
  /** The end of a packet that began before the range. */
  lead: { sequence: number; pieces: Uint8Array[] } | undefined;
}

/** Opens a walk. */
export function packetWalk(options: WalkOptions): PacketWalk {
  const columns = columnsBuilder();
  const codes = new Uint16Array(MAX_SEGMENTS);
  const heads: StreamHead[] = [];
  const leads: Lead[] = [];
  const streams = new Map<number, StreamState>();

  // The state of the page's stream, with what no longer counts taken away from it.
  const stateFor = (page: Page): StreamState => {
    const known = streams.get(page.serial);
    if (known === undefined || (page.flags & PAGE_BOS) !== 0) {
      const { sequence, serial, flags } = page;
      const count = (flags & PAGE_BOS) === 0 ? (options.streams.get(serial) ?? 1) : 1;
      const state = { sequence, streams: count, tail: undefined, lead: undefined };
      streams.set(page.serial, state);
      return state;
    }
    if (page.sequence !== (known.sequence + 1) >>> 0) {
      known.tail = undefined;
      known.lead = undefined;
    }
    known.sequence = page.sequence;
    return known;
  };

  return {
    add(bytes, base, page) {
      const first = !streams.has(page.serial);
      const begins = (page.flags & PAGE_BOS) !== 0;
      const state = stateFor(page);
      if (begins) noteHead(bytes, page, { state, index: columns.count, heads });
      if ((page.flags & PAGE_CONTINUED) === 0) {
        state.tail = undefined;
        state.lead = undefined;
      } else if (first && !begins && options.within) {
        state.lead = { sequence: page.sequence, pieces: [] };
      }
      const { lead } = state;
      const packetCount = walkPage(bytes, page, state, codes);
      if (lead !== undefined && state.lead === undefined)
        leads.push(leadOf(lead, columns.count, page.serial));
      const { size, granule, serial, sequence, flags } = page;
      const row = { byteOffset: base + page.at, size, granule, serial, sequence, flags, packetCount };
      columns.page(row, codes);
    },
    finish() {
      const open: OpenStream[] = [];
      for (const [serial, { sequence, streams: count, tail, lead }] of streams) {
        if (lead !== undefined) leads.push(leadOf(lead, -1, serial));
        open.push({ serial, sequence, streams: count, tail: tail && joined(tail.pieces) });
      }
      return { pages: columns.finish(), heads, leads, open };
    },
  };
}

function leadOf(lead: NonNullable<StreamState["lead"]>, page: number, serial: number): Lead {
  return { page, serial, sequence: lead.sequence, bytes: joined(lead.pieces) };
}

function noteHead(
  bytes: Uint8Array,
  page: Page,
  to: { readonly state: StreamState; readonly index: number; readonly heads: StreamHead[] },
): void {
  const payload = bytes.slice(page.at + page.headerSize, page.at + page.size);
  if (!isOpusHead(payload)) return;
  to.heads.push({ page: to.index, bytes: payload });
  try {
    to.state.streams = parseOpusHead(payload).mapping.streams;
  } catch {
    // Whoever needs the head parses it again and reports what is wrong with it.
  }
}

/** Notes the packets that complete on a page in `codes`; returns how many. */
function walkPage(bytes: Uint8Array, page: Page, state: StreamState, codes: Uint16Array): number {
  const { streams } = state;
  const lacingEnd = page.at + page.headerSize;
  let at = lacingEnd;
  let from = at;
  let packets = 0;
  let joining = (page.flags & PAGE_CONTINUED) !== 0;
  for (let lacing = page.at + PAGE_HEADER_BYTES; lacing < lacingEnd; lacing++) {
    const length = bytes[lacing] as number;
    at += length;
    if (length === 255) continue;
    if (joining) {
      const code = completePacket(bytes.slice(from, at), state);
      if (code !== undefined) codes[packets++] = code;
      joining = false;
    } else codes[packets++] = codeOf(bytes, from, at, streams);
    from = at;
  }
  const open = page.headerSize > PAGE_HEADER_BYTES && bytes[lacingEnd - 1] === 255;
  if (open) keepTail(bytes.slice(from, at), state, joining);
  return packets;
}

/** The code of a packet that ends with `end` and began on an earlier page; undefined where its beginning is lost. */
function completePacket(end: Uint8Array, state: StreamState): number | undefined {
  const { lead, tail } = state;
  state.lead = undefined;
  state.tail = undefined;
  if (lead !== undefined) {
    // The merge puts the code in.
    lead.pieces.push(end);
    return 0;
  }
  return tail && joinedCode([...tail.pieces, end], state.streams);
}

/** Of a comment header larger than any audio packet only as much is kept: the scan does not read it. */
function keepTail(rest: Uint8Array, state: StreamState, joining: boolean): void {
  if (!joining) state.tail = { pieces: [rest], bytes: rest.length };
  else if (state.lead !== undefined) state.lead.pieces.push(rest);
  else if (state.tail !== undefined && state.tail.bytes <= MAX_PACKET_BYTES_PER_STREAM * state.streams) {
    state.tail.pieces.push(rest);
    state.tail.bytes += rest.length;
  }
}
