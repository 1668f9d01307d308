/** Segments in decoded positions, link by link. */
import type { Link, PageIndex } from "../pageindex/page-index.js";
import { positionOf } from "./preroll.js";

/** A stretch of one segment, in decoded positions. */
export interface Piece {
  /** Which segment, by its place in the list. */
  readonly segment: number;
  /** Decoded positions `[fromPos, toPos)`. */
  readonly fromPos: number;
  readonly toPos: number;
  /** Where in the segment the stretch begins, in samples. */
  readonly offset: number;
}

/** A range of playable samples at 48 kHz. */
export interface SampleRange {
  readonly startSample: number;
  readonly endSample: number;
}

/** What of each segment lies in the link, sorted by position. */
export function piecesOf(index: PageIndex, link: Link, segments: readonly SampleRange[]): Piece[] {
  const first = positionOf(index, link, 0);
  const from = link.startPos + link.preSkip;
  const to = from + link.totalSamples;
  const pieces: Piece[] = [];
  segments.forEach(({ startSample, endSample }, segment) => {
    const fromPos = Math.max(from, first + startSample);
    const toPos = Math.min(to, first + endSample);
    if (fromPos < toPos) pieces.push({ segment, fromPos, toPos, offset: fromPos - first - startSample });
  });
  return sorted(pieces);
}

/** Pieces by where they begin, of those the shortest first. */
export function sorted(pieces: readonly Piece[]): Piece[] {
  return [...pieces].sort((a, b) => a.fromPos - b.fromPos || a.toPos - b.toPos);
}

/** What of a piece lies in `[from, to)`. */
export function clip(piece: Piece, from: number, to: number): Piece {
  const fromPos = Math.max(piece.fromPos, from);
  return {
    segment: piece.segment,
    fromPos,
    toPos: Math.min(piece.toPos, to),
    offset: piece.offset + fromPos - piece.fromPos,
  };
}
