/** A logical stream while its pages go by: how it begins, and how it ends (RFC 7845 §4). */
import { type OpusHead, parseOpusHead } from "../opus/head.js";
import type { PageColumns } from "./columns.js";
import type { RangesMark } from "./packet-ranges.js";
import type { Link } from "./page-index.js";

/** What is known of a link so far. */
export interface OpenLink {
  firstPage: number;
  firstAudioPage: number;
  serial: number;
  head: OpusHead;
  startPos: number;
  headerPackets: number;
  sequence: number;
  ended: boolean;
  initialGranule: number;
  /** Last granule position and the decoded position that it belongs to; undefined before the first. */
  anchor: { granule: number; pos: number } | undefined;
  /** Set after lost pages, until a granule position tells where we are. */
  lost:
    | {
        firstPage: number;
        ranges: RangesMark;
        hole: number;
        pages: number;
      }
    | undefined;
  endPos: number;
}

/** Opens a link on a page with `OpusHead`; undefined where the head of a link other than the first is broken. */
export function openLink(
  bytes: Uint8Array,
  page: number,
  pages: PageColumns,
  startPos: number,
  first: boolean,
): OpenLink | undefined {
  let head: OpusHead;
  try {
    head = parseOpusHead(bytes);
  } catch (error) {
    if (first) throw error;
    return undefined;
  }
  const sequence = ((pages.sequence[page] as number) - 1) >>> 0;
  return {
    firstPage: page,
    firstAudioPage: -1,
    serial: pages.serial[page] as number,
    head,
    startPos,
    headerPackets: 2,
    sequence,
    ended: false,
    initialGranule: 0,
    anchor: undefined,
    lost: undefined,
    endPos: startPos,
  };
}

/** End trimming: of the last page (last − previous granule) samples are kept (RFC 7845 §4.4). */
export function trimmedEnd(link: OpenLink, granule: number, start: number, pos: number): number {
  const end =
    link.anchor === undefined
      ? link.startPos + granule - link.initialGranule
      : link.anchor.pos + granule - link.anchor.granule;
  return Math.min(pos, Math.max(end, link.anchor === undefined ? start : link.anchor.pos));
}

/** The links of a file, and where each begins among the playable samples of all. */
export function closeLinks(open: readonly OpenLink[]): {
  readonly links: readonly Link[];
  readonly totalSamples: number;
  /** Playable sample at a decoded position of a link. */
  readonly sampleAt: (pos: number, link: number) => number;
} {
  let totalSamples = 0;
  const starts: number[] = [];
  const links = open.map((link): Link => {
    const { firstPage, serial, head, initialGranule, startPos } = link;
    const own = Math.max(0, link.endPos - startPos - head.preSkip);
    starts.push(totalSamples);
    totalSamples += own;
    const firstAudioPage = link.firstAudioPage < 0 ? firstPage : link.firstAudioPage;
    return {
      firstPage,
      firstAudioPage,
      serial,
      preSkip: head.preSkip,
      initialGranule,
      totalSamples: own,
      startPos,
      head,
    };
  });
  const sampleAt = (pos: number, l: number): number => {
    const of = links[l];
    if (of === undefined) return 0;
    const sample = pos - of.startPos - of.preSkip;
    return (starts[l] as number) + Math.min(Math.max(0, sample), of.totalSamples);
  };
  return { links, totalSamples, sampleAt };
}
