/**
 * Where CELT carries old levels on.
 *
 * Beside what a second of audio washes out, a CELT decoder keeps the band levels of the last two frames
 * that were no transients; transients only lower the later of them. It fills collapsed bands of transients
 * by these levels ("anti-collapse", RFC 6716 §4.3.5). In a long run of transients — chirping insects, rain —
 * they are seconds old, and a decode that began a second ago has others. So what counts for a position is
 * where the second-last steady packet before it lies.
 */

/** A half-open range of decoded positions. */
interface PosRange {
  start: number;
  end: number;
}

/** Collects ranges while packets go by. */
export interface UnsettledRanges {
  /** A new link begins at this position, with a fresh decoder. */
  restart(pos: number): void;
  /** A steady packet begins at this position. */
  steady(pos: number): void;
  /** All ranges; `pos` is where the last packet ends. */
  finish(pos: number): readonly PosRange[];
}

/**
 * Levels are equal once they and all before them were for 750 ms: of the second of pre-roll that is taken
 * anyway, so much is left where the second-last steady packet lies within this time (250 ms at 48 kHz).
 */
const SETTLED_WITHIN_SAMPLES = 12_000;

/** Overlapping ranges are one up to this length (1 s at 48 kHz): there are fewer, each hardly longer. */
const JOIN_SAMPLES = 48_000;

/** Opens a collection. */
export function unsettledRanges(): UnsettledRanges {
  const ranges: PosRange[] = [];
  let beforeLast = 0;
  let last = 0;
  const unsettledAt = (pos: number): boolean => pos - beforeLast > SETTLED_WITHIN_SAMPLES;
  // Between `last` and `end`, the second-last steady packet is the one at `beforeLast`.
  const note = (end: number): void => {
    const range = ranges[ranges.length - 1];
    const joins = range !== undefined && beforeLast < range.end && end - range.start <= JOIN_SAMPLES;
    if (joins) range.end = end;
    else ranges.push({ start: beforeLast, end });
  };
  return {
    restart(pos) {
      if (unsettledAt(pos)) note(pos);
      beforeLast = pos;
      last = pos;
    },
    steady(pos) {
      if (unsettledAt(pos)) note(pos);
      beforeLast = last;
      last = pos;
    },
    finish(pos) {
      if (unsettledAt(pos)) note(pos);
      return ranges;
    },
  };
}
