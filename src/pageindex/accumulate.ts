/**
 * From pages to sample positions: follows logical streams, links and granule positions through the
 * whole file, page after page. All granule arithmetic of the index is here (RFC 7845 §4).
 */
import { formatError } from "../errors.js";
import { NO_GRANULE, PAGE_BOS, PAGE_EOS } from "../ogg/page.js";
import { MAX_PACKET_SAMPLES } from "../units.js";
import type { PageColumns } from "./columns.js";
import type { ByteRange } from "./locate.js";
import { closeLinks, type OpenLink, openLink, trimmedEnd } from "./open-link.js";
import { codeSamples } from "./packet-code.js";
import { type PacketRanges, packetRanges } from "./packet-ranges.js";
import type { PageIndex } from "./page-index.js";
import type { PageScan } from "./scan.js";

/** A forward jump of granule positions without a missing page counts as lost data from 2.5 ms on. */
const MIN_JUMP_SAMPLES = 120;
/** A granule position that jumps by more than this (a year) is not believed. */
const MAX_JUMP_SAMPLES = 48_000 * 86_400 * 366;
/** The most audio that a page can hold: a packet of 120 ms for each lacing value. */
const MAX_PAGE_SAMPLES = 255 * MAX_PACKET_SAMPLES;

interface OpenHole {
  bytes: ByteRange;
  start: number;
  end: number;
  link: number;
  reason: string;
}

/** What is known when some pages have gone by. */
interface State {
  readonly scan: PageScan;
  readonly samplePos: Float64Array;
  readonly ranges: PacketRanges;
  readonly holes: OpenHole[];
  readonly links: OpenLink[];
  /** Serials of streams whose first page was there. */
  readonly begun: Set<number>;
  link: OpenLink | undefined;
  pos: number;
  /** The next packet, head and gap of the scan. */
  packet: number;
  head: number;
  gap: number;
  /** The page that is looked at. */
  page: PageRow;
}

/** A page of the scan. */
interface PageRow {
  readonly number: number;
  readonly bytes: ByteRange;
  readonly serial: number;
  readonly sequence: number;
  readonly granule: number;
  readonly begins: boolean;
  readonly ends: boolean;
  /** Packets `[first, end)` of the scan complete on it. */
  readonly first: number;
  readonly end: number;
  /** Bytes before it that are no page. */
  readonly gapBefore: ByteRange | undefined;
}

/**
 * Works out sample positions.
 *
 * @param scan pages of the whole file, in order
 * @throws {OpusZarrError} of kind `format` if the file has no Opus stream, no audio in it, or a first
 * granule position below the samples before it (RFC 7845 §4.5)
 */
export function accumulate(scan: PageScan): PageIndex {
  const state: State = {
    scan,
    samplePos: new Float64Array(scan.pages.count),
    ranges: packetRanges((start, end) =>
      addHole(state, state.page.bytes, { start, end }, "packet that no decoder accepts"),
    ),
    holes: [],
    links: [],
    begun: new Set(),
    link: undefined,
    pos: 0,
    packet: 0,
    head: 0,
    gap: 0,
    page: NO_PAGE,
  };
  for (let i = 0; i < scan.pages.count; i++) takePage(state, i);
  for (const rest of scan.gaps.slice(state.gap))
    addHole(state, rest, here(state), "bytes that are no whole page");
  return finish(state);
}

const NO_PAGE: PageRow = {
  number: -1,
  bytes: { start: 0, end: 0 },
  serial: 0,
  sequence: 0,
  granule: NO_GRANULE,
  begins: false,
  ends: false,
  first: 0,
  end: 0,
  gapBefore: undefined,
};

function takePage(state: State, number: number): void {
  const page = rowOf(state, number);
  state.page = page;
  state.packet = page.end;
  state.samplePos[number] = state.pos;
  if (page.begins) beginStream(state, page);
  const { link } = state;
  if (link === undefined || page.serial !== link.serial || link.ended) {
    passOver(state, page);
    return;
  }
  noteLoss(state, link, page);
  placePackets(state, link, page);
  if (page.ends) link.ended = true;
}

function rowOf({ scan, packet, gap }: State, number: number): PageRow {
  const { pages, gaps } = scan;
  const flags = pages.flags[number] as number;
  const bytes = pageBytes(pages, number);
  const before = gaps[gap];
  return {
    number,
    bytes,
    serial: pages.serial[number] as number,
    sequence: pages.sequence[number] as number,
    granule: pages.granule[number] as number,
    begins: (flags & PAGE_BOS) !== 0,
    ends: (flags & PAGE_EOS) !== 0,
    first: packet,
    end: packet + (pages.packetCount[number] as number),
    gapBefore: before?.end === bytes.start ? before : undefined,
  };
}

/** A page that begins a logical stream: a link, if it is Opus and the last one has ended. */
function beginStream(state: State, page: PageRow): void {
  const { scan, links, link, pos } = state;
  state.begun.add(page.serial);
  const found = scan.heads[state.head];
  if (found?.page !== page.number) return;
  state.head++;
  const free = link === undefined || link.ended || link.headerPackets === 0;
  const opened = free ? openLink(found.bytes, page.number, scan.pages, pos, links.length === 0) : undefined;
  if (opened === undefined) return;
  state.link = opened;
  links.push(opened);
  state.ranges.restart(pos);
}

/** A page of no link, or of one that has ended. */
function passOver(state: State, page: PageRow): void {
  const { link, holes } = state;
  const gap = takeGap(state, page);
  if (gap !== undefined) addHole(state, gap, here(state), "bytes that are no page");
  else if (link?.ended && page.serial === link.serial && page.end > page.first) {
    addHole(state, page.bytes, here(state), "pages after the end of the stream");
  }
  if (state.begun.has(page.serial)) return;
  // Pages of a stream whose first page is lost: it cannot be told what they hold.
  const reason = "pages of a stream without its head";
  const last = holes[holes.length - 1];
  if (last?.reason !== reason || last.bytes.end !== page.bytes.start)
    addHole(state, page.bytes, here(state), reason);
  else last.bytes = { start: last.bytes.start, end: page.bytes.end };
}

/** Notes what is missing before a page, as far as sequence numbers tell. */
function noteLoss(state: State, link: OpenLink, page: PageRow): void {
  const missingPages = (page.sequence - link.sequence - 1) >>> 0;
  const gap = takeGap(state, page);
  const bytesLost = gap ?? { start: page.bytes.start, end: page.bytes.start };
  link.sequence = page.sequence;
  if (missingPages > 0 && link.lost === undefined) {
    const hole = addHole(state, bytesLost, here(state), gap ? "damaged pages" : "missing pages");
    link.lost = { firstPage: page.number, ranges: state.ranges.mark, hole, pages: 0 };
  } else if (gap !== undefined) {
    addHole(state, bytesLost, here(state), missingPages === 0 ? "bytes that are no page" : "damaged pages");
  }
  if (link.lost === undefined) return;
  link.lost.pages += missingPages;
  // Header pages have granule position 0 (RFC 7845 §4): the rest of the headers was lost.
  if (page.granule <= 0) return;
  link.lost.pages -= link.headerPackets;
  link.headerPackets = 0;
}

/** Gives the packets of a page their positions. */
function placePackets(state: State, link: OpenLink, page: PageRow): void {
  const { packets } = state.scan.pages;
  const { number, granule, end } = page;
  const headers = Math.min(link.headerPackets, end - page.first);
  const afterHeaders = link.headerPackets === 0;
  link.headerPackets -= headers;
  const first = page.first + headers;
  const audio = first < end;
  const positioned = audio && granule !== NO_GRANULE;
  if (positioned) state.pos = settle(state, link, samplesOf(packets, first, end));
  state.samplePos[number] = state.pos;
  if (link.firstAudioPage < 0 && (afterHeaders || audio)) link.firstAudioPage = number;
  const start = state.pos;
  state.pos = state.ranges.place(packets, first, end, start);
  if (!audio) return;
  link.endPos = positioned && page.ends ? trimmedEnd(link, granule, start, state.pos) : state.pos;
  if (positioned) link.anchor = { granule, pos: state.pos };
}

function samplesOf(packets: Uint16Array, first: number, end: number): number {
  let samples = 0;
  for (let p = first; p < end; p++) samples += codeSamples(packets[p] as number);
  return samples;
}

/** Where the first packet of a page with a granule position stands, lost data before it counted. */
function settle(state: State, link: OpenLink, samples: number): number {
  const { pos, page } = state;
  const { granule, ends, bytes } = page;
  const { lost } = link;
  link.lost = undefined;
  if (link.anchor === undefined) {
    // Samples of earlier pages count too: they carried no granule position.
    const before = granule - samples - (pos - link.startPos);
    if (lost === undefined) {
      if (before < 0 && !ends) {
        throw formatError(
          `first granule position: expected ${granule - before} or more, the samples so far, got ${granule}`,
          { page: page.number, byteOffset: bytes.start },
        );
      }
      link.initialGranule = Math.max(0, before);
      return pos;
    }
    // More than lost pages can hold: the stream began later, by how much exactly cannot be told.
    if (before > lost.pages * MAX_PAGE_SAMPLES) link.initialGranule = before;
    return shift(state, lost, believable(before - link.initialGranule));
  }
  const missing = believable(granule - link.anchor.granule - (pos + samples - link.anchor.pos));
  if (lost !== undefined) return shift(state, lost, missing);
  if (ends || missing < MIN_JUMP_SAMPLES) return pos;
  const nowhere = { start: bytes.start, end: bytes.start };
  addHole(state, nowhere, { start: pos, end: pos + missing }, "granule positions jump");
  return pos + missing;
}

/** Moves everything since the loss to where a granule position now says that it is. */
function shift(state: State, lost: NonNullable<OpenLink["lost"]>, by: number): number {
  const { samplePos, page, holes } = state;
  for (let i = lost.firstPage; i < page.number; i++) samplePos[i] = (samplePos[i] as number) + by;
  state.ranges.shift(lost.ranges, by);
  const hole = holes[lost.hole];
  if (hole !== undefined) hole.end = hole.start + by;
  return state.pos + by;
}

function believable(samples: number): number {
  return samples > 0 && samples <= MAX_JUMP_SAMPLES ? samples : 0;
}

function takeGap(state: State, page: PageRow): ByteRange | undefined {
  if (page.gapBefore !== undefined) state.gap++;
  return page.gapBefore;
}

function here({ pos }: State): ByteRange {
  return { start: pos, end: pos };
}

/** Notes lost bytes, and the decoded positions that are missing for them; gives the hole's number. */
function addHole(state: State, bytes: ByteRange, at: { start: number; end: number }, reason: string): number {
  return state.holes.push({ bytes, ...at, link: state.links.length - 1, reason }) - 1;
}

function pageBytes(pages: PageColumns, page: number): ByteRange {
  const start = pages.byteOffset[page] as number;
  return { start, end: start + (pages.size[page] as number) };
}

function finish({ scan, samplePos, ranges, holes, links, pos }: State): PageIndex {
  if (links.length === 0) throw formatError("expected an Opus stream (a page with OpusHead), found none");
  if (pos === 0) throw formatError("expected audio packets, found only headers");
  const { pages } = scan;
  const closed = closeLinks(links);
  return {
    pages: pages.count,
    byteOffset: pages.byteOffset,
    pageSize: Float64Array.from(pages.size),
    samplePos,
    ...ranges.finish(pos),
    links: closed.links,
    holes: holes.map((h) => ({
      startByte: h.bytes.start,
      endByte: h.bytes.end,
      startSample: closed.sampleAt(h.start, h.link),
      endSample: closed.sampleAt(h.end, h.link),
      reason: h.reason,
    })),
    totalSamples: closed.totalSamples,
    endPos: pos,
  };
}
