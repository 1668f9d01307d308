/** What packets tell by where they stand: runs of coding modes, and the ranges that a pre-roll has to take care of. */
import { MODE_CELT } from "../opus/toc.js";
import { codeEmpty, codeInvalid, codeKind, codeMode, codeSamples, codeSteady } from "./packet-code.js";
import type { PageIndex } from "./page-index.js";
import { unsettledRanges } from "./unsettled.js";

/** Concealed ranges nearer than this are one: a pre-roll would reach from one into the other. */
const CONCEALED_JOIN_SAMPLES = 48_000;

/** How much has been noted. */
export interface RangesMark {
  readonly runs: number;
  readonly concealed: number;
}

/** Collects ranges while packets go by. */
export interface PacketRanges {
  /** A new link begins at this position. */
  restart(pos: number): void;
  /** Takes the packets `codes[first, end)`, the first of which begins at `pos`; gives where the last one ends. */
  place(codes: Uint16Array, first: number, end: number, pos: number): number;
  readonly mark: RangesMark;
  /** Moves what was noted since a mark by some samples. */
  shift(since: RangesMark, by: number): void;
  finish(pos: number): Pick<PageIndex, "runPos" | "runMode" | "concealed" | "unsettled">;
}

/**
 * Opens a collection.
 *
 * @param onInvalid told of packets that no decoder accepts
 */
export function packetRanges(onInvalid: (start: number, end: number) => void): PacketRanges {
  const runPos: number[] = [];
  const runMode: number[] = [];
  const concealed: { start: number; end: number }[] = [];
  const unsettled = unsettledRanges();
  let mode = -1;
  let heardMode = -1;
  /** Kind of the last packet, if the like of it needs no note but of where steady ones are. */
  let plain = -1;

  const placeOne = (code: number, pos: number, end: number): void => {
    if (codeMode(code) !== mode) {
      mode = codeMode(code);
      runPos.push(pos);
      runMode.push(mode);
    }
    if (!codeEmpty(code)) heardMode = mode;
    else if (mode === MODE_CELT || heardMode !== mode) noteConcealed(concealed, pos, end);
  };

  /** Packets of the kind that comes next need no note, unless they are invalid or empty: of those each does. */
  const noteKind = (code: number, pos: number, end: number): void => {
    plain = -1;
    if (codeInvalid(code)) onInvalid(pos, end);
    else if (end > pos) {
      placeOne(code, pos, end);
      if (!codeEmpty(code)) plain = codeKind(code);
    }
  };

  return {
    restart(pos) {
      mode = -1;
      heardMode = -1;
      plain = -1;
      unsettled.restart(pos);
    },
    place(codes, first, end, from) {
      let pos = from;
      for (let p = first; p < end; p++) {
        const code = codes[p] as number;
        const next = pos + codeSamples(code);
        if (codeKind(code) !== plain) noteKind(code, pos, next);
        if (codeSteady(code)) unsettled.steady(pos);
        pos = next;
      }
      return pos;
    },
    get mark() {
      return { runs: runPos.length, concealed: concealed.length };
    },
    shift(since, by) {
      for (let r = since.runs; r < runPos.length; r++) runPos[r] = (runPos[r] as number) + by;
      for (const range of concealed.slice(since.concealed)) {
        range.start += by;
        range.end += by;
      }
    },
    finish: (pos) => ({
      runPos: Float64Array.from(runPos),
      runMode: Uint8Array.from(runMode),
      concealed,
      unsettled: unsettled.finish(pos),
    }),
  };
}

function noteConcealed(ranges: { start: number; end: number }[], start: number, end: number): void {
  const last = ranges[ranges.length - 1];
  if (last !== undefined && start - last.end <= CONCEALED_JOIN_SAMPLES) last.end = end;
  else ranges.push({ start, end });
}
