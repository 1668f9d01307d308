/** Which pieces are decoded in one go: near ones together, long stretches cut. */
import type { Link, PageIndex } from "../pageindex/page-index.js";
import { OPUS_RATE_HZ } from "../units.js";
import type { DecoderCosts } from "./costs.js";
import { clip, type Piece, sorted } from "./pieces.js";
import { type DecodeStart, decodeStart, type PreRoll } from "./preroll.js";

/** More pre-roll than this share of a batch is not worth a cut. */
const CUT_PREROLL_SHARE = 0.1;

/** `batch`: near segments are decoded in one go. `segment`: each by itself, whatever lies near. */
export type DecodeStrategy = "batch" | "segment";

/** What grouping looks at. */
export interface Planner {
  readonly index: PageIndex;
  readonly link: Link;
  readonly number: number;
  readonly preRoll: PreRoll;
  readonly strategy: DecodeStrategy;
  readonly maxSamples: number;
  readonly costs: DecoderCosts;
}

/** Pieces that are decoded in one go. */
export interface Group {
  fromPos: number;
  toPos: number;
  pieces: Piece[];
}

/** Groups sorted pieces. */
export function groupPieces(planner: Planner, pieces: readonly Piece[]): Group[] {
  if (planner.strategy === "segment") return pieces.map((piece) => tight([piece]));
  const groups: Group[] = [];
  let group: Group | undefined;
  for (const piece of pieces) {
    if (group === undefined || !joins(planner, group, piece)) {
      group = { fromPos: piece.fromPos, toPos: piece.toPos, pieces: [] };
      groups.push(group);
    }
    group.pieces.push(piece);
    group.toPos = Math.max(group.toPos, piece.toPos);
  }
  return groups.flatMap((whole) => cutGroup(planner, whole));
}

/** Whether decoding on to a piece costs less than starting anew before it. */
function joins(planner: Planner, group: Group, piece: Piece): boolean {
  const gap = piece.fromPos - group.toPos;
  if (gap <= 0) return true;
  const { costs } = planner;
  return gap <= preRollSamples(planner, piece) + costs.startSeconds * costs.decodeRate * OPUS_RATE_HZ;
}

function preRollSamples(planner: Planner, piece: { fromPos: number; toPos: number }): number {
  return piece.fromPos - startOf(planner, piece.fromPos, piece.toPos).startPos;
}

/** Where the decode of a range begins. */
export function startOf(planner: Planner, pos: number, endPos: number): DecodeStart {
  return decodeStart(planner.index, planner.link, { pos, endPos }, planner.preRoll);
}

/** Cuts a long stretch where a new start is cheap. */
function cutGroup(planner: Planner, group: Group): Group[] {
  const { maxSamples } = planner;
  if (group.toPos - group.fromPos <= maxSamples) return [group];
  const parts = Math.ceil((group.toPos - group.fromPos) / maxSamples);
  const step = Math.ceil((group.toPos - group.fromPos) / parts);
  const groups: Group[] = [];
  let from = group.fromPos;
  let next = 0;
  let open: Piece[] = [];
  for (let part = 1; part <= parts; part++) {
    const to = part === parts ? group.toPos : group.fromPos + part * step;
    if (part < parts && !cheapCut(planner, to, Math.min(to + step, group.toPos))) continue;
    while (next < group.pieces.length && (group.pieces[next] as Piece).fromPos < to)
      open.push(group.pieces[next++] as Piece);
    const here = open.map((piece) => clip(piece, from, to)).filter((piece) => piece.fromPos < piece.toPos);
    if (here.length > 0) groups.push(tight(here));
    open = open.filter((piece) => piece.toPos > to);
    from = to;
  }
  return groups;
}

function cheapCut(planner: Planner, at: number, endPos: number): boolean {
  return (
    preRollSamples(planner, { fromPos: at, toPos: endPos }) <=
    Math.max(planner.maxSamples * CUT_PREROLL_SHARE, 2 * OPUS_RATE_HZ)
  );
}

function tight(open: readonly Piece[]): Group {
  const pieces = sorted(open);
  const toPos = pieces.reduce((end, piece) => Math.max(end, piece.toPos), 0);
  return { fromPos: (pieces[0] as Piece).fromPos, toPos, pieces };
}
