/**
 * The segment plan: which stretches of a recording are decoded, once each, for which segments. Pure: it
 * looks at the index and decodes nothing.
 */
import type { Link, PageIndex } from "../pageindex/page-index.js";
import { OPUS_RATE_HZ, positiveNumber, SEEK_PREROLL_SAMPLES } from "../units.js";
import { batchOf, type DecodeBatch } from "./batches.js";
import { type DecoderCosts, LIBOPUS_COSTS } from "./costs.js";
import { groupPieces, type DecodeStrategy } from "./groups.js";
import { type Piece, piecesOf, type SampleRange, sorted } from "./pieces.js";
import { type Accuracy, EXACT_PREROLL_SAMPLES, type PreRoll } from "./preroll.js";

/** How segments are planned. */
export interface PlanOptions {
  /** `exact` unless said otherwise. */
  readonly accuracy?: Accuracy;
  /** Pre-roll in seconds: 0.08 by default for `fast`, 1 for `exact`; `Infinity` for all from the stream's start. */
  readonly preRollSeconds?: number;
  /** `batch` (default), or `segment`: a decode for each segment by itself, uncut, however near others lie. */
  readonly strategy?: DecodeStrategy;
  /** Longest stretch that one batch decodes, in seconds; 30 by default, longer for decoders that start slowly. */
  readonly maxBatchSeconds?: number;
  /** Workers that batches are shared out to, 1 by default. */
  readonly workers?: number;
  /** With few segments batches get shorter, so that there are about as many as this: 4 a worker by default. */
  readonly leastBatches?: number;
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

/** A batch is cut at this length (s), unless starting the decoder costs a good part of it. */
const MAX_BATCH_SECONDS = 30;
/** A batch that others are cut from for the sake of balance takes this many times what its start does. */
const START_SHARE = 4;
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
  const settings = planSettings(options);
  const batches = index.links.flatMap((link, number) =>
    planPieces(index, { link, number, pieces: piecesOf(index, link, segments) }, settings),
  );
  return { accuracy: settings.accuracy, batches, estimates: estimate(batches, segments, settings) };
}

/**
 * Plans batches once more, with other options: what extraction does with those whose pre-roll turned out to be too
 * short.
 *
 * @param batches of one plan of that index, in its order
 */
export function planAgain(
  index: PageIndex,
  batches: readonly DecodeBatch[],
  options: PlanOptions,
): readonly DecodeBatch[] {
  const settings = planSettings(options);
  return index.links.flatMap((link, number) => {
    const pieces = batches.filter((batch) => batch.link === number).flatMap((batch) => batch.pieces);
    return planPieces(index, { link, number, pieces: sorted(pieces) }, settings);
  });
}

interface PlanSettings extends BatchLengths {
  readonly accuracy: Accuracy;
  readonly preRoll: PreRoll;
  readonly strategy: DecodeStrategy;
  readonly costs: DecoderCosts;
  readonly workers: number;
}

function planSettings(options: PlanOptions): PlanSettings {
  const accuracy = options.accuracy ?? "exact";
  const costs = options.costs ?? LIBOPUS_COSTS;
  const workers = options.workers ?? 1;
  const leastSeconds = START_SHARE * costs.startSeconds * costs.decodeRate;
  const longest = options.maxBatchSeconds ?? Math.max(MAX_BATCH_SECONDS, leastSeconds);
  return {
    accuracy,
    costs,
    leastSeconds,
    maxSeconds: positiveNumber("maxBatchSeconds", longest),
    preRoll: preRollOf(accuracy, options.preRollSeconds),
    strategy: options.strategy ?? "batch",
    workers,
    leastBatches: options.leastBatches ?? workers * BATCHES_A_WORKER,
  };
}

function preRollOf(accuracy: Accuracy, seconds: number | undefined): PreRoll {
  const exact = accuracy === "exact";
  if (seconds !== undefined) return { exact, samples: Math.round(seconds * OPUS_RATE_HZ) };
  return { exact, samples: exact ? EXACT_PREROLL_SAMPLES : SEEK_PREROLL_SAMPLES };
}

function planPieces(
  index: PageIndex,
  of: { readonly link: Link; readonly number: number; readonly pieces: readonly Piece[] },
  settings: PlanSettings,
): DecodeBatch[] {
  const { link, number, pieces } = of;
  if (pieces.length === 0) return [];
  const { preRoll, strategy, costs } = settings;
  const maxSamples = balanced(pieces, settings) * OPUS_RATE_HZ;
  const planner = { index, link, number, preRoll, strategy, maxSamples, costs };
  return groupPieces(planner, pieces).map((group) => batchOf(planner, group));
}

interface BatchLengths {
  readonly maxSeconds: number;
  readonly leastSeconds: number;
  readonly leastBatches: number;
}

/** Seconds that a batch may span so that every worker has work. */
function balanced(
  pieces: readonly Piece[],
  { maxSeconds, leastSeconds, leastBatches }: BatchLengths,
): number {
  let covered = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { fromPos, toPos } of pieces) {
    covered += Math.max(0, toPos - Math.max(fromPos, end));
    end = Math.max(end, toPos);
  }
  const share = covered / OPUS_RATE_HZ / leastBatches;
  return Math.min(maxSeconds, Math.max(MIN_BALANCED_SECONDS, leastSeconds, share));
}

function estimate(
  batches: readonly DecodeBatch[],
  segments: readonly SampleRange[],
  { costs, workers }: { readonly workers: number; readonly costs: DecoderCosts },
): SegmentPlan["estimates"] {
  const decoded =
    batches.reduce((sum, b) => sum + b.toPos - Math.min(b.fromPos, b.start.startPos), 0) / OPUS_RATE_HZ;
  const audio = segments.reduce((sum, s) => sum + s.endSample - s.startSample, 0) / OPUS_RATE_HZ;
  const bytes = batches.map((b) => b.endByte - b.startByte);
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
