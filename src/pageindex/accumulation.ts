/** What accumulating an index keeps while pages go by: the page that is looked at, the link it is of, and what was lost. */
import { NO_GRANULE, PAGE_BOS, PAGE_EOS } from "../ogg/page.js";
import type { PageColumns } from "./columns.js";
import type { ByteRange } from "./locate.js";
import type { OpenLink } from "./open-link.js";
import type { PacketRanges } from "./packet-ranges.js";
import type { PageScan } from "./scan.js";

export interface OpenHole {
  bytes: ByteRange;
  start: number;
  end: number;
  link: number;
  reason: string;
}

/** What is known when some pages have gone by. */
export interface Accumulation {
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
export interface PageRow {
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

/** Before the first page. */
export const NO_PAGE: PageRow = {
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

/** The page of that number. */
export function rowOf({ scan, packet, gap }: Accumulation, number: number): PageRow {
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

/** The gap before a page, once. */
export function takeGap(state: Accumulation, page: PageRow): ByteRange | undefined {
  if (page.gapBefore !== undefined) state.gap++;
  return page.gapBefore;
}

/** Where the next packet begins, as an empty range. */
export function here({ pos }: Accumulation): ByteRange {
  return { start: pos, end: pos };
}

/** Notes lost bytes, and the decoded positions that are missing for them; gives the hole's number. */
export function addHole(
  state: Accumulation,
  bytes: ByteRange,
  at: { start: number; end: number },
  reason: string,
): number {
  return state.holes.push({ bytes, ...at, link: state.links.length - 1, reason }) - 1;
}

function pageBytes(pages: PageColumns, page: number): ByteRange {
  const start = pages.byteOffset[page] as number;
  return { start, end: start + (pages.size[page] as number) };
}
