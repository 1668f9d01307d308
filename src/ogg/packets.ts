/** Pages and packets of a whole buffer (RFC 3533 §5): for files small enough to be held in memory. */
import { joined } from "./joined.js";
import {
  findCapture,
  NO_GRANULE,
  PAGE_BOS,
  PAGE_CONTINUED,
  PAGE_HEADER_BYTES,
  type Page,
  pageCrcHolds,
  readPage,
} from "./page.js";

/** A whole packet, with its place among the pages. */
export interface OggPacket {
  /** A view of the buffer, or a copy where the packet spans pages. */
  readonly bytes: Uint8Array;
  readonly serial: number;
  /** Index, among the pages read, of the page on which the packet completes. */
  readonly page: number;
  /** Whether no other packet completes on that page after this one. */
  readonly lastOnPage: boolean;
  /** Granule position of that page if this packet is the last to complete there, else −1. */
  readonly granule: number;
  /** Whether data of its stream was lost just before it: a page missing, or a packet without its beginning. */
  readonly afterGap: boolean;
}

/**
 * Finds the pages of a buffer whose checksums hold; bytes between them are passed over.
 *
 * @param bytes a whole Ogg file
 * @returns the pages in file order
 */
export function readPages(bytes: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < bytes.length; ) {
    const page = readPage(bytes, at);
    if (page !== undefined && pageCrcHolds(bytes, page)) {
      pages.push(page);
      at += page.size;
      continue;
    }
    const found = findCapture(bytes, at + 1, bytes.length);
    if (found === -1) break;
    at = found;
  }
  return pages;
}

/**
 * Told of a whole packet: `source[from, to)`, a piece of the buffer or, where the packet spans pages, a copy.
 *
 * @param page index, among the pages read, of the page on which the packet completes
 * @param afterGap whether data of its stream was lost just before it
 */
export type PacketVisitor = (
  source: Uint8Array,
  from: number,
  to: number,
  page: number,
  afterGap: boolean,
) => void;

interface StreamState {
  /** Sequence number of the last page; undefined before the first. */
  sequence: number | undefined;
  open: Uint8Array[];
  gap: boolean;
}

/**
 * Puts the segments of all logical streams together to packets. Packets are never joined across a gap in
 * sequence numbers: what is left of such a packet is dropped and the next one says `afterGap`.
 *
 * @param bytes a whole Ogg file
 * @param pages its pages, where they are known already
 * @returns the whole packets, in the order in which they complete
 */
export function readPackets(bytes: Uint8Array, pages: readonly Page[] = readPages(bytes)): OggPacket[] {
  const packets: Omit<OggPacket, "lastOnPage" | "granule">[] = [];
  walkPackets(bytes, pages, (source, from, to, page, afterGap) => {
    const { serial } = pages[page] as Page;
    packets.push({ bytes: source.subarray(from, to), serial, page, afterGap });
  });
  return packets.map((packet, i) => {
    const lastOnPage = packets[i + 1]?.page !== packet.page;
    return { ...packet, lastOnPage, granule: lastOnPage ? (pages[packet.page] as Page).granule : NO_GRANULE };
  });
}

/** As {@link readPackets}, without an object and a view for each packet. */
export function walkPackets(bytes: Uint8Array, pages: readonly Page[], visit: PacketVisitor): void {
  const streams = new Map<number, StreamState>();
  pages.forEach((page, index) => {
    let state = streams.get(page.serial);
    if (state === undefined || (page.flags & PAGE_BOS) !== 0) {
      state = { sequence: undefined, open: [], gap: false };
      streams.set(page.serial, state);
    }
    walkPage(bytes, { page, index }, state, visit);
  });
}

function walkPage(
  bytes: Uint8Array,
  { page, index }: { readonly page: Page; readonly index: number },
  state: StreamState,
  visit: PacketVisitor,
): void {
  const continued = (page.flags & PAGE_CONTINUED) !== 0;
  const follows = state.sequence === undefined || page.sequence === (state.sequence + 1) >>> 0;
  if (!follows || continued !== state.open.length > 0) {
    state.gap = true;
    state.open = [];
  }
  state.sequence = page.sequence;
  // The end of a packet whose beginning is not at hand.
  let orphan = continued && state.open.length === 0;

  const payload = page.at + page.headerSize;
  let from = payload;
  let at = payload;
  for (let i = page.at + PAGE_HEADER_BYTES; i < payload; i++) {
    const length = bytes[i] as number;
    at += length;
    if (length === 255) continue;
    if (orphan) orphan = false;
    else if (state.open.length > 0) {
      const whole = joined([...state.open, bytes.subarray(from, at)]);
      state.open = [];
      visit(whole, 0, whole.length, index, state.gap);
      state.gap = false;
    } else {
      visit(bytes, from, at, index, state.gap);
      state.gap = false;
    }
    from = at;
  }
  if (from < at && !orphan) state.open.push(bytes.subarray(from, at));
}
