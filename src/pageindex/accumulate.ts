/**
 * From pages to sample positions: follows logical streams, links and granule positions through the
 * whole file, page after page.
 */
import { formatError } from "../errors.js";
import { NO_GRANULE } from "../ogg/page.js";
import { type Accumulation, addHole, here, NO_PAGE, type PageRow, rowOf, takeGap } from "./accumulation.js";
import { closeLinks, type OpenLink, openLink, trimmedEnd } from "./open-link.js";
import { codeSamples } from "./packet-code.js";
import { packetRanges } from "./packet-ranges.js";
import type { PageIndex } from "./page-index.js";
import type { PageScan } from "./scan.js";
import { settle } from "./settle.js";

/**
 * Works out sample positions.
 *
 * @param scan pages of the whole file, in order
 * @throws {OpusZarrError} of kind `format` if the file has no Opus stream, no audio in it, or a first
 * granule position below the samples before it (RFC 7845 §4.5)
 */
export function accumulate(scan: PageScan): PageIndex {
  const state: Accumulation = {
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

function takePage(state: Accumulation, number: number): void {
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

/** A page that begins a logical stream: a link, if it is Opus and the last one has ended. */
function beginStream(state: Accumulation, page: PageRow): void {
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
function passOver(state: Accumulation, page: PageRow): void {
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
function noteLoss(state: Accumulation, link: OpenLink, page: PageRow): void {
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
function placePackets(state: Accumulation, link: OpenLink, page: PageRow): void {
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

function finish({ scan, samplePos, ranges, holes, links, pos }: Accumulation): PageIndex {
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
