/** Where a decode begins, by the rule that makes it exact. */
import { describe, expect, it } from "vitest";
import { MODE_CELT, MODE_HYBRID, MODE_SILK } from "../../src/opus/toc.js";
import type { Link, PageIndex } from "../../src/pageindex/page-index.js";
import {
  decodeStart,
  EXACT_PREROLL_SAMPLES,
  lastAtOrBefore,
  type PreRoll,
  positionOf,
} from "../../src/segments/preroll.js";
import { SEEK_PREROLL_SAMPLES } from "../../src/units.js";
import { madeIndex } from "./made-index.js";

const S = 48_000;
const EXACT: PreRoll = { exact: true, samples: EXACT_PREROLL_SAMPLES };
const FAST: PreRoll = { exact: false, samples: SEEK_PREROLL_SAMPLES };
/** A second, and the longest packet: the one that holds the anchor may begin so much before it. */
const BEFORE = 48_000 + 5760;

function start(
  index: PageIndex,
  pos: number,
  preRoll: PreRoll = EXACT,
  link = 0,
): ReturnType<typeof decodeStart> {
  return decodeStart(index, index.links[link] as Link, { pos, endPos: pos + S }, preRoll);
}

describe("where all is CELT", () => {
  const index = madeIndex([60]);

  it("a second of packets before, or 80 ms for a fast one", () => {
    expect(start(index, 30 * S)).toEqual({
      anchorPos: 30 * S,
      prerollSamples: S,
      startPos: 30 * S - BEFORE,
      fresh: false,
    });
    expect(start(index, 30 * S, FAST)).toEqual({
      anchorPos: 30 * S,
      prerollSamples: 3840,
      startPos: 30 * S - 3840 - 5760,
      fresh: false,
    });
  });

  it("longer where it is asked for, at the link's start where all is", () => {
    expect(start(index, 30 * S, { exact: true, samples: 8 * S })).toMatchObject({
      prerollSamples: 8 * S,
      startPos: 22 * S - 5760,
    });
    expect(start(index, 30 * S, { exact: true, samples: Number.POSITIVE_INFINITY }).fresh).toBe(true);
  });

  it("at the link's start, with a fresh decoder, where that is not further away", () => {
    const fresh = { anchorPos: 0, prerollSamples: 0, startPos: 0, fresh: true };
    expect(start(index, BEFORE)).toEqual(fresh);
    expect(start(index, 0)).toEqual(fresh);
    expect(start(index, BEFORE + 1)).toMatchObject({ startPos: 1, fresh: false });
    const two = madeIndex([10, 10]);
    expect(start(two, 10 * S + 100, EXACT, 1)).toEqual({ ...fresh, anchorPos: 10 * S, startPos: 10 * S });
  });
});

describe("where voice is coded", () => {
  const index = madeIndex([100], {
    runs: [
      [0, MODE_CELT],
      [30 * S, MODE_HYBRID],
      [34 * S, MODE_SILK],
      [40 * S, MODE_CELT],
      [60 * S, MODE_SILK],
      [61 * S, MODE_CELT],
    ],
  });

  it("a second before the run began, whichever of its modes the place is in", () => {
    for (const second of [31, 36, 39, 40.5]) {
      expect(start(index, second * S).startPos, `${second} s`).toBe(30 * S - 1 - BEFORE);
    }
    expect(start(index, 60.5 * S).startPos).toBe(60 * S - 1 - BEFORE);
    expect(start(index, 30 * S).startPos).toBe(30 * S - 1 - BEFORE);
  });

  it("a second before, where the run is over for longer, or not begun", () => {
    for (const second of [29, 42, 55, 63]) {
      expect(start(index, second * S).startPos, `${second} s`).toBe(second * S - BEFORE);
    }
  });

  it("at the start, where the link starts with it", () => {
    const voice = madeIndex([20, 20], {
      runs: [
        [0, MODE_SILK],
        [20 * S, MODE_SILK],
      ],
    });
    expect(start(voice, 15 * S).fresh).toBe(true);
    expect(start(voice, 35 * S, EXACT, 1)).toMatchObject({ fresh: true, startPos: 20 * S });
    expect(start(voice, 15 * S, FAST).fresh).toBe(false);
  });
});

describe("where a decoder keeps more", () => {
  it("a second before an unsettled range", () => {
    const index = madeIndex([100], {
      unsettled: [
        { start: 10 * S, end: 11 * S },
        { start: 50 * S, end: 55 * S },
        { start: 70 * S, end: 71 * S },
      ],
    });
    expect(start(index, 52 * S).startPos).toBe(50 * S - BEFORE);
    expect(start(index, 50 * S).startPos).toBe(50 * S - BEFORE);
    // Samples are equal a tenth of a second after levels are.
    expect(start(index, 55 * S).startPos).toBe(50 * S - BEFORE);
    expect(start(index, 55.1 * S - 1).startPos).toBe(50 * S - BEFORE);
    expect(start(index, 55.1 * S).startPos).toBe(55.1 * S - BEFORE);
    expect(start(index, 49 * S).startPos).toBe(49 * S - BEFORE);
    expect(start(index, 90 * S).startPos).toBe(90 * S - BEFORE);
  });

  it("at the link's start where packets were concealed on the way, or are within", () => {
    const index = madeIndex([100], { concealed: [{ start: 40 * S, end: 41 * S }] });
    expect(start(index, 41.5 * S).fresh).toBe(true);
    expect(start(index, 39.5 * S).fresh).toBe(true);
    expect(start(index, 39 * S).fresh).toBe(false);
    expect(start(index, 41 * S + BEFORE).fresh).toBe(false);
    expect(start(index, 41 * S + BEFORE - 1).fresh).toBe(true);
  });

  it("further back by what was lost on the way", () => {
    const hole = {
      startByte: 0,
      endByte: 1,
      reason: "lost",
      startSample: 40 * S - 312,
      endSample: 42 * S - 312,
    };
    const index = madeIndex([100], { holes: [hole] });
    expect(start(index, 42.5 * S).startPos).toBe(40.5 * S - BEFORE);
    expect(start(index, 41 * S).startPos).toBe(40 * S - BEFORE);
    expect(start(index, 44 * S).startPos).toBe(44 * S - BEFORE);
    expect(start(index, 40 * S).startPos).toBe(40 * S - BEFORE);
  });
});

it("positions count from the link's start, with the samples of the links before taken off", () => {
  const index = madeIndex([10, 20]);
  const [first, second] = index.links as [Link, Link];
  expect(positionOf(index, first, 5)).toBe(317);
  expect(positionOf(index, second, first.totalSamples)).toBe(10 * S + 312);
});

it("finds the last value at or before", () => {
  const values = Float64Array.of(0, 5, 5, 9);
  expect([-1, 0, 4, 5, 8, 9, 99].map((value) => lastAtOrBefore(values, value))).toEqual([
    -1, 0, 0, 2, 2, 3, 3,
  ]);
});
