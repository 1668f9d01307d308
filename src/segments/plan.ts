/**
 * The segment plan: which stretches of a recording are decoded, once each, for which segments. Pure: it
 * looks at the index and decodes nothing.
 */
import type { Link, PageIndex } from "../pageindex/accumulate.js";
import { MAX_PACKET_SAMPLES, OPUS_RATE_HZ, positiveNumber } from "../units.js";
import { type Accuracy, type DecodeStart, decodeStart, lastAtOrBefore, positionOf } from "./preroll.js";

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

/** What a decoder's work costs, for the planner to weigh. */
export interface DecoderCosts {
  /** Setting a decoder on a new place, without the pre-roll, in seconds of wall time. */
  readonly startSeconds: number;
  /** Seconds of audio decoded in a second of wall time, by one worker. */
  readonly decodeRate: number;
}

/** Costs of the embedded decoder: measured, see docs/performance.md. */
export const LIBOPUS_COSTS: DecoderCosts = { startSeconds: 0.000_5, decodeRate: 280 };
/** Costs of an ffmpeg process a batch. */
export const FFMPEG_COSTS: DecoderCosts = { startSeconds: 0.16, decodeRate: 330 };

/** How segments are planned. */
export interface PlanOptions {
  /** `exact` unless said otherwise. */
  readonly accuracy?: Accuracy;
  /** Longest stretch that one batch decodes, in seconds; 30 by default. */
  readonly maxBatchSeconds?: number;
  /** Workers that batches are shared out to: with few segments batches get shorter, so that each has some. */
  readonly workers?: number;
  readonly costs?: DecoderCosts;
}

/** What is decoded, and what that is expected to take. */
export interface SegmentPlan {
  readonly accuracy: Accuracy;
  /** In the order of the recording. */
  readonly batches: readonly DecodeBatch[];
  readonly estimates: {
    /** Bytes of the blob that are read. */
    readonly bytes: number;
    /** Seconds of audio decoded, pre-roll included. */
    readonly decodedSeconds: number;
    /** Seconds of audio asked for, repeats counted. */
    readonly audioSeconds: number;
    /** Wall time of decoding with the given workers. */
    readonly seconds: number;
    /** Bytes of compressed data in memory at a time. */
    readonly memoryBytes: number;
  };
}

/** A range of playable samples at 48 kHz. */
export interface SampleRange {
  readonly startSample: number;
  readonly endSample: number;
}

/** More pre-roll than this share of a batch is not worth a cut. */
const CUT_PREROLL_SHARE = 0.1;
/** With few segments each worker gets at least this many batches, to end at about the same time. */
const BATCHES_A_WORKER = 4;
/** Shorter batches than this (s) are not made for the sake of balance. */
const MIN_BALANCED_SECONDS = 4;

/**
 * Plans the decoding of segments.
 *
 * Segments are sorted by place; those that overlap, touch, or lie nearer than a new start of the decoder
 * (its start-up and its pre-roll) would cost are decoded in one go. Longer stretches than `maxBatchSeconds`
 * are cut, so that workers share them — but not where a cut would need a long pre-roll, as inside a long
 * SILK run: that is decoded once, in order, for all its segments.
 *
 * @param index the recording's page index
 * @param segments playable samples at 48 kHz `[startSample, endSample)`, inside the recording or not: what
 * lies outside is not decoded
 * @returns batches in the order of the recording, and estimates
 * @example
 * ```ts
 * const plan = planSegments(await rec.index(), [{ startSample: 0, endSample: 96000 }]);
 * console.log(plan.batches.length, plan.estimates.decodedSeconds);
 * ```
 */
export function planSegments(
  index: PageIndex,
  segments: readonly SampleRange[],
  options: PlanOptions = {},
): SegmentPlan {
  const accuracy = options.accuracy ?? "exact";
  const costs = options.costs ?? LIBOPUS_COSTS;
  const maxSeconds = positiveNumber("maxBatchSeconds", options.maxBatchSeconds ?? 30);
  const workers = options.workers ?? 1;
  const batches: DecodeBatch[] = [];
  for (const [number, link] of index.links.entries()) {
    const pieces = piecesOf(index, link, segments);
    if (pieces.length === 0) continue;
    const maxSamples = balanced(pieces, maxSeconds, workers) * OPUS_RATE_HZ;
    const planner = { index, link, number, accuracy, maxSamples, costs };
    for (const group of groupPieces(planner, pieces)) batches.push(batchOf(planner, group));
  }
  return { accuracy, batches, estimates: estimate(batches, segments, { workers, costs }) };
}

interface Planner {
  readonly index: PageIndex;
  readonly link: Link;
  readonly number: number;
  readonly accuracy: Accuracy;
  readonly maxSamples: number;
  readonly costs: DecoderCosts;
}

/** What of each segment lies in the link, sorted by position. */
function piecesOf(index: PageIndex, link: Link, segments: readonly SampleRange[]): Piece[] {
  const first = positionOf(index, link, 0);
  const from = link.startPos + link.preSkip;
  const to = from + link.totalSamples;
  const pieces: Piece[] = [];
  segments.forEach(({ startSample, endSample }, segment) => {
    const fromPos = Math.max(from, first + startSample);
    const toPos = Math.min(to, first + endSample);
    if (fromPos < toPos) pieces.push({ segment, fromPos, toPos, offset: fromPos - first - startSample });
  });
  return pieces.sort((a, b) => a.fromPos - b.fromPos || a.toPos - b.toPos);
}

/** Seconds that a batch may span so that every worker has work. */
function balanced(pieces: readonly Piece[], maxSeconds: number, workers: number): number {
  let covered = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { fromPos, toPos } of pieces) {
    covered += Math.max(0, toPos - Math.max(fromPos, end));
    end = Math.max(end, toPos);
  }
  const share = covered / OPUS_RATE_HZ / (workers * BATCHES_A_WORKER);
  return Math.min(maxSeconds, Math.max(MIN_BALANCED_SECONDS, share));
}

interface Group {
  fromPos: number;
  toPos: number;
  pieces: Piece[];
}

function groupPieces(planner: Planner, pieces: readonly Piece[]): Group[] {
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

function startOf(planner: Planner, pos: number, endPos: number): DecodeStart {
  return decodeStart(planner.index, planner.link, { pos, endPos }, planner.accuracy);
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

function clip(piece: Piece, from: number, to: number): Piece {
  const fromPos = Math.max(piece.fromPos, from);
  return {
    segment: piece.segment,
    fromPos,
    toPos: Math.min(piece.toPos, to),
    offset: piece.offset + fromPos - piece.fromPos,
  };
}

function tight(pieces: Piece[]): Group {
  pieces.sort((a, b) => a.fromPos - b.fromPos || a.toPos - b.toPos);
  const toPos = pieces.reduce((end, piece) => Math.max(end, piece.toPos), 0);
  return { fromPos: (pieces[0] as Piece).fromPos, toPos, pieces };
}

function batchOf(planner: Planner, group: Group): DecodeBatch {
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

function estimate(
  batches: readonly DecodeBatch[],
  segments: readonly SampleRange[],
  with_: { readonly workers: number; readonly costs: DecoderCosts },
): SegmentPlan["estimates"] {
  const decoded =
    batches.reduce((sum, b) => sum + b.toPos - Math.min(b.fromPos, b.start.startPos), 0) / OPUS_RATE_HZ;
  const audio = segments.reduce((sum, s) => sum + s.endSample - s.startSample, 0) / OPUS_RATE_HZ;
  const bytes = batches.map((b) => b.endByte - b.startByte);
  const { costs, workers } = with_;
  return {
    bytes: bytes.reduce((sum, n) => sum + n, 0),
    decodedSeconds: decoded,
    audioSeconds: audio,
    seconds: (decoded / costs.decodeRate + batches.length * costs.startSeconds) / Math.max(1, workers),
    memoryBytes: bytes
      .sort((a, b) => b - a)
      .slice(0, 2 * Math.max(1, workers))
      .reduce((sum, n) => sum + n, 0),
  };
}
