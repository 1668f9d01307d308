/**
 * Where a decode has to begin so that what comes out later equals a sequential decode.
 *
 * A decoder that starts somewhere does not know what came before. CELT forgets that within a second;
 * SILK never does, but libopus starts it anew whenever the mode changes from CELT-only to it. So a decode
 * that must be exact from position p on begins
 *
 * 1. a second before p, if all packets in between are CELT-only;
 * 2. else a second before the packet that precedes the run of SILK and hybrid packets to which the
 *    earliest such packet of that second belongs;
 * 3. where the place that a second is counted from lies in an unsettled range, or less than 0.1 s after it (see
 *    `pageindex/unsettled.ts`: long runs of transients, through which CELT carries older levels): a second before it;
 * 4. where that reaches the link's start, or where empty packets outside SILK runs lie in between (the
 *    decoder conceals them from state that it keeps for long): at the link's start, with a fresh decoder.
 *
 * Lost data does not count: the second is one of packets that are there.
 */
import { countWhile } from "../bisect.js";
import type { Link, PageIndex, PosRange } from "../pageindex/page-index.js";
import { MODE_CELT } from "../opus/toc.js";
import { MAX_PACKET_SAMPLES } from "../units.js";

/**
 * Within this time a CELT decoder has nearly always forgotten what came before it: 1 s at 48 kHz (160 ms are not
 * enough). Whether it has, the decoder finds out as it goes.
 */
export const EXACT_PREROLL_SAMPLES = 48_000;

/** Once its levels are what they have to be, what it repeats of the last samples follows: in 0.1 s at 48 kHz. */
const AFTER_LEVELS_SAMPLES = 4_800;

/** `exact`: equal to a sequential decode, float for float. `fast`: 80 ms, as RFC 7845 §4.6 recommends. */
export type Accuracy = "exact" | "fast";

/** How much is decoded before what is wanted. */
export interface PreRoll {
  /** By the rule above; else so many samples, whatever the packets are. */
  readonly exact: boolean;
  /** At 48 kHz; `Infinity` for all from the link's start. */
  readonly samples: number;
}

/** Where a decode begins. */
export interface DecodeStart {
  /** Decoding starts `prerollSamples` of packets before the packet that holds this decoded position. */
  readonly anchorPos: number;
  readonly prerollSamples: number;
  /** No packet before this decoded position is needed; the link's start if `fresh`. */
  readonly startPos: number;
  /** At the link's start, with a decoder that has decoded nothing. */
  readonly fresh: boolean;
}

/** Finds where a decode begins that is to be exact from `pos` on, up to `endPos`, or that has some samples of pre-roll. */
export function decodeStart(
  index: PageIndex,
  link: Link,
  range: { pos: number; endPos: number },
  preRoll: PreRoll,
): DecodeStart {
  const { exact, samples } = preRoll;
  if (!exact) return startBefore(index, link, range.pos, samples);
  const plain = startBefore(index, link, settledBefore(index, range.pos), samples);
  const runStart = earliestRun(index, link, plain.startPos, range.pos);
  const beforeRun =
    runStart === undefined ? plain : startBefore(index, link, settledBefore(index, runStart - 1), samples);
  const start = beforeRun.startPos < plain.startPos ? beforeRun : plain;
  const conceals = index.concealed.some((c) => c.start < range.endPos && c.end > start.startPos);
  return conceals ? freshStart(link) : start;
}

/** From where on a decode has to be exact to be so from `pos` on: `pos`, or the start of an unsettled range. */
function settledBefore({ unsettled }: PageIndex, pos: number): number {
  const levelsPos = pos - AFTER_LEVELS_SAMPLES;
  const before = countWhile(unsettled.length, (i) => (unsettled[i] as PosRange).end <= levelsPos);
  return Math.min(pos, unsettled[before]?.start ?? pos);
}

function freshStart(link: Link): DecodeStart {
  return { anchorPos: link.startPos, prerollSamples: 0, startPos: link.startPos, fresh: true };
}

function startBefore(index: PageIndex, link: Link, anchorPos: number, prerollSamples: number): DecodeStart {
  // The packet that holds the anchor may begin this much before it.
  let startPos = anchorPos - prerollSamples - MAX_PACKET_SAMPLES;
  for (const hole of holePositions(index, link)) {
    if (hole.start < anchorPos && hole.end > startPos) startPos -= Math.min(hole.end, anchorPos) - hole.start;
  }
  return startPos <= link.startPos ? freshStart(link) : { anchorPos, prerollSamples, startPos, fresh: false };
}

/** Holes of a link in decoded positions, latest first. */
function holePositions(index: PageIndex, link: Link): { start: number; end: number }[] {
  const shift = positionOf(index, link, 0);
  const inLink = index.holes.filter((h) => h.endSample > h.startSample);
  return inLink.map((h) => ({ start: h.startSample + shift, end: h.endSample + shift })).reverse();
}

/** Decoded position of the file's playable sample `sample`, by the arithmetic of `link`. */
export function positionOf(index: PageIndex, link: Link, sample: number): number {
  let before = 0;
  for (const other of index.links) {
    if (other === link) break;
    before += other.totalSamples;
  }
  return link.startPos + link.preSkip + sample - before;
}

/**
 * Start of the run of SILK and hybrid packets that has the earliest packet in `[from, pos]`; undefined if
 * all is CELT-only there.
 */
function earliestRun(index: PageIndex, link: Link, from: number, pos: number): number | undefined {
  const { runPos, runMode } = index;
  let run = lastAtOrBefore(runPos, from);
  if (run < 0) run = 0;
  for (; run < runPos.length && (runPos[run] as number) <= pos; run++) {
    if (runMode[run] === MODE_CELT) continue;
    while (run > 0 && runMode[run - 1] !== MODE_CELT && (runPos[run] as number) > link.startPos) run--;
    return Math.max(link.startPos, runPos[run] as number);
  }
  return undefined;
}

/** Index of the last of the rising `values` that is at most `value`, −1 if none is. */
export function lastAtOrBefore(values: Float64Array, value: number): number {
  return countWhile(values.length, (i) => (values[i] as number) <= value) - 1;
}
