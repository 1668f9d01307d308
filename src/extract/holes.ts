/** What of the segments is lost. */
import type { DecodeBatch } from "../segments/batches.js";
import type { Segment } from "../segments/select.js";
import type { SegmentHole } from "../tensor/tensor.js";
import type { Job } from "./job.js";
import { outputLength, type RatePlan } from "./rates.js";

/** A hole, and the row of the segment that it is in. */
export interface HoleInSegment {
  readonly segment: number;
  readonly hole: SegmentHole;
}

/** Holes of a recording that lie in segments, in samples from each segment's start. */
export function holesOf(job: Job, segments: readonly Segment[]): HoleInSegment[] {
  const found: HoleInSegment[] = [];
  for (const hole of job.index.holes) {
    if (hole.endSample <= hole.startSample) continue;
    for (const row of job.rows) {
      const { startSample, endSample } = segments[row] as Segment;
      if (hole.startSample >= endSample || hole.endSample <= startSample) continue;
      const from = Math.max(hole.startSample, startSample) - startSample;
      const to = Math.min(hole.endSample, endSample) - startSample;
      found.push({ segment: row, hole: { startSample: from, endSample: to, reason: hole.reason } });
    }
  }
  return found;
}

/** What of a range that the decoder refused lies in which segments. */
export function refusedHoles(
  job: Job,
  batch: DecodeBatch,
  range: { start: number; end: number },
): HoleInSegment[] {
  const reason = "packet that the decoder refused";
  return batch.pieces
    .filter((piece) => piece.fromPos < range.end && piece.toPos > range.start)
    .map((piece) => {
      const from = Math.max(range.start, piece.fromPos) - piece.fromPos + piece.offset;
      const to = Math.min(range.end, piece.toPos) - piece.fromPos + piece.offset;
      return {
        segment: job.rows[piece.segment] as number,
        hole: { startSample: from, endSample: to, reason },
      };
    });
}

/** Holes counted in samples of the output, out of holes counted from where the decoded ranges start. */
export function outputHoles(
  found: readonly HoleInSegment[],
  of: {
    readonly segments: readonly Segment[];
    readonly decoded: readonly Segment[];
    readonly rate: RatePlan;
  },
): HoleInSegment[] {
  const { fromHz, toHz } = of.rate;
  return found.flatMap(({ segment: row, hole }) => {
    const segment = of.segments[row] as Segment;
    const shift = (of.decoded[row] as Segment).startSample - segment.startSample;
    const from = Math.max(0, hole.startSample + shift);
    const to = Math.min(segment.endSample - segment.startSample, hole.endSample + shift);
    if (from >= to) return [];
    const startSample = Math.floor((from * toHz) / fromHz);
    const endSample = Math.min(outputLength(segment, of.rate), Math.ceil((to * toHz) / fromHz));
    return startSample < endSample ? [{ segment: row, hole: { ...hole, startSample, endSample } }] : [];
  });
}

/** Holes of each row that has any. */
export function holesByRow(holes: readonly HoleInSegment[]): ReadonlyMap<number, readonly SegmentHole[]> {
  const byRow = new Map<number, SegmentHole[]>();
  for (const { segment, hole } of holes) {
    const row = byRow.get(segment);
    if (row === undefined) byRow.set(segment, [hole]);
    else row.push(hole);
  }
  return byRow;
}
