/** Groups of pieces as batches: the pages that a decode needs. */
import type { Link, PageIndex } from "../pageindex/page-index.js";
import { MAX_PACKET_SAMPLES } from "../units.js";
import { type Group, type Planner, startOf } from "./groups.js";
import type { Piece } from "./pieces.js";
import { type DecodeStart, lastAtOrBefore, positionOf } from "./preroll.js";

/** One decode: a run of pages, decoded once, in order, for all its pieces. */
export interface DecodeBatch {
  /** Index of the link. */
  readonly link: number;
  readonly start: DecodeStart;
  /** Decoded positions that are wanted, `[fromPos, toPos)`. */
  readonly fromPos: number;
  readonly toPos: number;
  /** Pages `[firstPage, endPage)` of the index. */
  readonly firstPage: number;
  readonly endPage: number;
  /** Their bytes in the blob. */
  readonly startByte: number;
  readonly endByte: number;
  /** Sorted by position. */
  readonly pieces: readonly Piece[];
}

/** The batch that decodes a group. */
export function batchOf(planner: Planner, group: Group): DecodeBatch {
  const { index, link, number } = planner;
  const start = startOf(planner, group.fromPos, group.toPos);
  const firstPage = firstPageFor(index, link, start);
  const next = index.links[number + 1];
  const endPage = Math.min(
    lastAtOrBefore(index.samplePos, group.toPos - 1) + 1,
    next?.firstPage ?? index.pages,
  );
  return {
    link: number,
    start,
    fromPos: group.fromPos,
    toPos: group.toPos,
    ...pageBytes(index, firstPage, endPage),
    pieces: group.pieces,
  };
}

function pageBytes(
  index: PageIndex,
  firstPage: number,
  endPage: number,
): Pick<DecodeBatch, "firstPage" | "endPage" | "startByte" | "endByte"> {
  const last = endPage - 1;
  const startByte = index.byteOffset[firstPage] as number;
  const endByte = (index.byteOffset[last] as number) + (index.pageSize[last] as number);
  return { firstPage, endPage, startByte, endByte };
}

/**
 * The page to read from on, so that every packet from `start` on is there whole and its position known:
 * the first packet on it may have begun before it and is then lost, which takes 120 ms at most; it must not
 * be followed by lost data, for its packets are then counted back from the page after it.
 */
function firstPageFor(index: PageIndex, link: Link, start: DecodeStart): number {
  if (start.fresh) return link.firstAudioPage;
  const { samplePos } = index;
  let page = Math.max(link.firstAudioPage, lastAtOrBefore(samplePos, start.startPos - MAX_PACKET_SAMPLES));
  const shift = positionOf(index, link, 0);
  const lossAfter = (at: number): boolean =>
    index.holes.some((h) => {
      const pos = h.startSample + shift;
      return pos >= (samplePos[at] as number) && pos <= (samplePos[at + 1] ?? Number.POSITIVE_INFINITY);
    });
  const placed = (at: number): boolean => at + 1 < index.pages && samplePos[at] !== samplePos[at + 1];
  while (page > link.firstAudioPage && (lossAfter(page) || !placed(page))) page--;
  return page;
}
