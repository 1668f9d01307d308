/** Granule positions against the samples that were counted (RFC 7845 §4): where packets stand after lost data. */
import { formatError } from "../errors.js";
import { MAX_PAGE_SAMPLES } from "../units.js";
import { type Accumulation, addHole } from "./accumulation.js";
import type { OpenLink } from "./open-link.js";

/** A forward jump of granule positions without a missing page counts as lost data from 2.5 ms on. */
const MIN_JUMP_SAMPLES = 120;
/** A granule position that jumps by more than this (a year) is not believed. */
const MAX_JUMP_SAMPLES = 48_000 * 86_400 * 366;

/** Where the first packet of a page with a granule position stands, lost data before it counted. */
export function settle(state: Accumulation, link: OpenLink, samples: number): number {
  const { pos, page } = state;
  const { granule, ends, bytes } = page;
  const { lost } = link;
  link.lost = undefined;
  if (link.anchor === undefined) {
    // Samples of earlier pages count too: they carried no granule position.
    const before = granule - samples - (pos - link.startPos);
    if (lost === undefined) {
      if (before < 0 && !ends) {
        throw formatError(
          `first granule position: expected ${granule - before} or more, the samples so far, got ${granule}`,
          { page: page.number, byteOffset: bytes.start },
        );
      }
      link.initialGranule = Math.max(0, before);
      return pos;
    }
    // More than lost pages can hold: the stream began later, by how much exactly cannot be told.
    if (before > lost.pages * MAX_PAGE_SAMPLES) link.initialGranule = before;
    return shift(state, lost, believable(before - link.initialGranule));
  }
  const missing = believable(granule - link.anchor.granule - (pos + samples - link.anchor.pos));
  if (lost !== undefined) return shift(state, lost, missing);
  if (ends || missing < MIN_JUMP_SAMPLES) return pos;
  const nowhere = { start: bytes.start, end: bytes.start };
  addHole(state, nowhere, { start: pos, end: pos + missing }, "granule positions jump");
  return pos + missing;
}

/** Moves everything since the loss to where a granule position now says that it is. */
function shift(state: Accumulation, lost: NonNullable<OpenLink["lost"]>, by: number): number {
  const { samplePos, page, holes } = state;
  for (let i = lost.firstPage; i < page.number; i++) samplePos[i] = (samplePos[i] as number) + by;
  state.ranges.shift(lost.ranges, by);
  const hole = holes[lost.hole];
  if (hole !== undefined) hole.end = hole.start + by;
  return state.pos + by;
}

function believable(samples: number): number {
  return samples > 0 && samples <= MAX_JUMP_SAMPLES ? samples : 0;
}
