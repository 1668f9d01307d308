/**
 * From pages to sample positions: follows logical streams, links and granule positions through the
 * whole file, page after page. All granule arithmetic of the index is here (RFC 7845 §4).
 */
import { formatError } from "../errors.js";
import { NO_GRANULE, PAGE_BOS, PAGE_EOS } from "../ogg/page.js";
import { MODE_CELT } from "../opus/toc.js";
import { MAX_PACKET_SAMPLES } from "../units.js";
import type { PageColumns } from "./columns.js";
import type { ByteRange } from "./locate.js";
import { codeEmpty, codeInvalid, codeMode, codeSamples, codeSteady } from "./packet-code.js";
import { closeLinks, type OpenLink, openLink, trimmedEnd } from "./open-link.js";
import type { PageIndex } from "./page-index.js";
import type { PageScan } from "./scan.js";
import { unsettledRanges } from "./unsettled.js";

/** A forward jump of granule positions without a missing page counts as lost data from 2.5 ms on. */
const MIN_JUMP_SAMPLES = 120;
/** A granule position that jumps by more than this (a year) is not believed. */
const MAX_JUMP_SAMPLES = 48_000 * 86_400 * 366;
/** The most audio that a page can hold: a packet of 120 ms for each lacing value. */
const MAX_PAGE_SAMPLES = 255 * MAX_PACKET_SAMPLES;
/** Concealed ranges nearer than this are one: a pre-roll would reach from one into the other. */
const CONCEALED_JOIN_SAMPLES = 48_000;

interface OpenHole {
  bytes: ByteRange;
  start: number;
  end: number;
  link: number;
  reason: string;
}

/**
 * Works out sample positions.
 *
 * @param scan pages of the whole file, in order
 * @throws {OpusZarrError} of kind `format` if the file has no Opus stream, no audio in it, or a first
 * granule position below the samples before it (RFC 7845 §4.5)
 */
export function accumulate(scan: PageScan): PageIndex {
  const { pages, heads, gaps } = scan;
  const samplePos = new Float64Array(pages.count);
  const runPos: number[] = [];
  const runMode: number[] = [];
  const concealed: { start: number; end: number }[] = [];
  const unsettled = unsettledRanges();
  const holes: OpenHole[] = [];
  const links: OpenLink[] = [];
  const begun = new Set<number>();
  let link: OpenLink | undefined;
  let pos = 0;
  let packet = 0;
  let head = 0;
  let gap = 0;
  let mode = -1;
  let heardMode = -1;

  const addHole = (bytes: ByteRange, start: number, end: number, reason: string): number =>
    holes.push({ bytes, start, end, link: links.length - 1, reason }) - 1;

  for (let i = 0; i < pages.count; i++) {
    const offset = pages.byteOffset[i] as number;
    const flags = pages.flags[i] as number;
    const serial = pages.serial[i] as number;
    const packetCount = pages.packetCount[i] as number;
    const firstPacket = packet;
    packet += packetCount;
    samplePos[i] = pos;
    const gapBefore = gaps[gap]?.end === offset ? gaps[gap++] : undefined;

    if ((flags & PAGE_BOS) !== 0) {
      begun.add(serial);
      const found = heads[head]?.page === i ? heads[head++] : undefined;
      const free = link === undefined || link.ended || link.headerPackets === 0;
      const opened =
        found !== undefined && free ? openLink(found.bytes, i, pages, pos, links.length === 0) : undefined;
      if (opened !== undefined) {
        link = opened;
        links.push(opened);
        mode = -1;
        heardMode = -1;
        unsettled.restart(pos);
      }
    }
    if (link === undefined || serial !== link.serial || link.ended) {
      if (gapBefore !== undefined) addHole(gapBefore, pos, pos, "bytes that are no page");
      else if (link?.ended && serial === link.serial && packetCount > 0) {
        addHole(pageRange(pages, i), pos, pos, "pages after the end of the stream");
      }
      if (!begun.has(serial)) noteHeadless(pageRange(pages, i));
      continue;
    }

    const missingPages = ((pages.sequence[i] as number) - link.sequence - 1) >>> 0;
    const follows = missingPages === 0;
    link.sequence = pages.sequence[i] as number;
    const granule = pages.granule[i] as number;
    const bytesLost = gapBefore ?? { start: offset, end: offset };
    if (!follows && link.lost === undefined) {
      const hole = addHole(bytesLost, pos, pos, gapBefore ? "damaged pages" : "missing pages");
      const [firstRun, firstConcealed] = [runPos.length, concealed.length];
      link.lost = { firstPage: i, firstRun, firstConcealed, hole, pos, pages: 0 };
    } else if (gapBefore !== undefined) {
      addHole(bytesLost, pos, pos, follows ? "bytes that are no page" : "damaged pages");
    }
    if (link.lost !== undefined) {
      link.lost.pages += missingPages;
      // Header pages have granule position 0 (RFC 7845 §4): the rest of the headers was lost.
      if (granule > 0) {
        link.lost.pages -= link.headerPackets;
        link.headerPackets = 0;
      }
    }
    let first = firstPacket;
    const headersDone = link.headerPackets === 0;
    if (!headersDone) {
      const headers = Math.min(link.headerPackets, packetCount);
      link.headerPackets -= headers;
      first += headers;
    }

    let samples = 0;
    for (let p = first; p < packet; p++) samples += codeSamples(pages.packets[p] as number);
    const eos = (flags & PAGE_EOS) !== 0;
    const audio = first < packet;
    if (audio && granule !== NO_GRANULE) {
      pos = settle(link, { granule, pos, samples, eos, page: i, offset });
    }
    samplePos[i] = pos;
    if (link.firstAudioPage < 0 && (headersDone || audio)) link.firstAudioPage = i;

    const start = pos;
    for (let p = first; p < packet; p++) {
      const code = pages.packets[p] as number;
      const end = pos + codeSamples(code);
      if (codeInvalid(code)) {
        addHole(pageRange(pages, i), pos, end, "packet that no decoder accepts");
      } else if (end > pos) {
        if (codeSteady(code)) unsettled.steady(pos);
        if (codeMode(code) !== mode) {
          mode = codeMode(code);
          runPos.push(pos);
          runMode.push(mode);
        }
        if (!codeEmpty(code)) heardMode = mode;
        else if (mode === MODE_CELT || heardMode !== mode) noteConcealed(concealed, pos, end);
      }
      pos = end;
    }
    if (audio && granule !== NO_GRANULE) {
      if (eos) link.endPos = trimmedEnd(link, granule, start, pos);
      else link.endPos = pos;
      link.anchor = { granule, pos };
    } else if (audio) {
      link.endPos = pos;
    }
    if (eos) link.ended = true;
  }
  if (gap < gaps.length)
    for (const rest of gaps.slice(gap)) addHole(rest, pos, pos, "bytes that are no whole page");
  return finish();

  // Pages of a stream whose first page is lost: it cannot be told what they hold.
  function noteHeadless(bytes: ByteRange): void {
    const reason = "pages of a stream without its head";
    const last = holes[holes.length - 1];
    if (last?.reason !== reason || last.bytes.end !== bytes.start) addHole(bytes, pos, pos, reason);
    else last.bytes = { start: last.bytes.start, end: bytes.end };
  }

  // Where the first packet of a page with a granule position stands, lost data before it counted.
  function settle(
    open: OpenLink,
    page: { granule: number; pos: number; samples: number; eos: boolean; page: number; offset: number },
  ): number {
    const { granule, samples } = page;
    const lost = open.lost;
    open.lost = undefined;
    if (open.anchor === undefined) {
      // Samples of earlier pages count too: they carried no granule position.
      const before = granule - samples - (page.pos - open.startPos);
      if (lost === undefined) {
        if (before < 0 && !page.eos) {
          throw formatError(
            `first granule position: expected ${granule - before} or more, the samples so far, got ${granule}`,
            { page: page.page, byteOffset: page.offset },
          );
        }
        open.initialGranule = Math.max(0, before);
        return page.pos;
      }
      // More than lost pages can hold: the stream began later, by how much exactly cannot be told.
      if (before > lost.pages * MAX_PAGE_SAMPLES) open.initialGranule = before;
      return shift(lost, page, believable(before - open.initialGranule));
    }
    const jump = page.pos + samples - open.anchor.pos;
    const missing = believable(granule - open.anchor.granule - jump);
    if (lost !== undefined) return shift(lost, page, missing);
    if (page.eos || missing < MIN_JUMP_SAMPLES) return page.pos;
    addHole({ start: page.offset, end: page.offset }, page.pos, page.pos + missing, "granule positions jump");
    return page.pos + missing;
  }

  // Moves everything since the loss to where a granule position now says that it is.
  function shift(
    lost: NonNullable<OpenLink["lost"]>,
    page: { pos: number; page: number },
    by: number,
  ): number {
    for (let i = lost.firstPage; i < page.page; i++) samplePos[i] = (samplePos[i] as number) + by;
    for (let r = lost.firstRun; r < runPos.length; r++) runPos[r] = (runPos[r] as number) + by;
    for (const range of concealed.slice(lost.firstConcealed)) {
      range.start += by;
      range.end += by;
    }
    const hole = holes[lost.hole];
    if (hole !== undefined) hole.end = hole.start + by;
    return page.pos + by;
  }

  function finish(): PageIndex {
    if (links.length === 0) throw formatError("expected an Opus stream (a page with OpusHead), found none");
    if (pos === 0) throw formatError("expected audio packets, found only headers");
    const closed = closeLinks(links);
    return {
      pages: pages.count,
      byteOffset: pages.byteOffset,
      pageSize: Float64Array.from(pages.size),
      samplePos,
      runPos: Float64Array.from(runPos),
      runMode: Uint8Array.from(runMode),
      links: closed.links,
      holes: holes.map((h) => ({
        startByte: h.bytes.start,
        endByte: h.bytes.end,
        startSample: closed.sampleAt(h.start, h.link),
        endSample: closed.sampleAt(h.end, h.link),
        reason: h.reason,
      })),
      concealed,
      unsettled: unsettled.finish(pos),
      totalSamples: closed.totalSamples,
      endPos: pos,
    };
  }
}

function believable(samples: number): number {
  return samples > 0 && samples <= MAX_JUMP_SAMPLES ? samples : 0;
}

function pageRange(pages: PageColumns, page: number): ByteRange {
  const start = pages.byteOffset[page] as number;
  return { start, end: start + (pages.size[page] as number) };
}

function noteConcealed(ranges: { start: number; end: number }[], start: number, end: number): void {
  const last = ranges[ranges.length - 1];
  if (last !== undefined && start - last.end <= CONCEALED_JOIN_SAMPLES) last.end = end;
  else ranges.push({ start, end });
}
