/** Plans, without decoding: that every sample asked for is decoded once, and what is decoded together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MODE_CELT, MODE_SILK } from "../../src/opus/toc.js";
import { FFMPEG_COSTS, LIBOPUS_COSTS } from "../../src/segments/costs.js";
import { planAgain, planSegments, type SegmentPlan } from "../../src/segments/plan.js";
import { madeIndex, PAGE_BYTES } from "./made-index.js";

const S = 48_000;
const range = (startSeconds: number, endSeconds: number): { startSample: number; endSample: number } => ({
  startSample: startSeconds * S,
  endSample: endSeconds * S,
});
const spans = (plan: SegmentPlan): [number, number][] => plan.batches.map((b) => [b.fromPos, b.toPos]);

describe("any list of segments", () => {
  const index = madeIndex([100, 60], {
    runs: [
      [0, MODE_CELT],
      [20 * S, MODE_SILK],
      [50 * S, MODE_CELT],
    ],
  });
  const segment = fc
    .tuple(fc.integer({ min: -5 * S, max: 165 * S }), fc.integer({ min: 1, max: 90 * S }))
    .map(([startSample, length]) => ({ startSample, endSample: startSample + length }));
  const options = fc.record({
    accuracy: fc.constantFrom("exact" as const, "fast" as const),
    maxBatchSeconds: fc.constantFrom(1, 7, 30, 1000),
    workers: fc.constantFrom(1, 2, 8),
    costs: fc.constantFrom(LIBOPUS_COSTS, FFMPEG_COSTS),
  });

  it("is decoded whole, each sample of it once, by batches that have the pages for it", () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), options, (segments, given) => {
        const { batches } = planSegments(index, segments, given);
        segments.forEach(({ startSample, endSample }, number) => {
          const pieces = batches.flatMap((b) => b.pieces.filter((piece) => piece.segment === number));
          const ranges = pieces.map((p) => [p.offset, p.offset + p.toPos - p.fromPos] as const);
          ranges.sort(([a], [b]) => a - b);
          const from = Math.max(0, -startSample);
          const to = Math.min(endSample, index.totalSamples) - startSample;
          let at = from;
          for (const [start, end] of ranges) {
            expect(start).toBe(at);
            at = end;
          }
          expect(at).toBe(Math.max(from, to));
        });
        for (const batch of batches) {
          const link = index.links[batch.link];
          if (link === undefined) throw new Error("no such link");
          for (const piece of batch.pieces) {
            expect(piece.fromPos).toBeGreaterThanOrEqual(batch.fromPos);
            expect(piece.toPos).toBeLessThanOrEqual(batch.toPos);
            expect(piece.fromPos).toBeLessThan(piece.toPos);
          }
          expect(batch.start.startPos).toBeLessThanOrEqual(batch.fromPos);
          expect(batch.start.startPos).toBeGreaterThanOrEqual(link.startPos);
          expect(index.samplePos[batch.firstPage]).toBeLessThanOrEqual(batch.start.startPos);
          expect(batch.firstPage).toBeGreaterThanOrEqual(link.firstAudioPage);
          expect(batch.endPage * S).toBeGreaterThanOrEqual(batch.toPos);
          expect(batch.startByte).toBe(batch.firstPage * PAGE_BYTES);
          expect(batch.endByte).toBe(batch.endPage * PAGE_BYTES);
        }
        const order = batches.map((b) => b.fromPos);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});

describe("segments near each other", () => {
  const index = madeIndex([600]);
  /** Where a new start costs as much as decoding on: pre-roll, and what starting takes. */
  const reach = S + 5760 + LIBOPUS_COSTS.startSeconds * LIBOPUS_COSTS.decodeRate * S;

  it("are decoded in one go, up to where a new start costs less", () => {
    const first = range(100, 101);
    const at = (gap: number): { startSample: number; endSample: number } => ({
      startSample: 101 * S + gap,
      endSample: 101.5 * S + gap,
    });
    const options = { maxBatchSeconds: 60 } as const;
    expect(planSegments(index, [first, at(Math.floor(reach))], options).batches).toHaveLength(1);
    expect(planSegments(index, [first, at(Math.floor(reach) + 1)], options).batches).toHaveLength(2);
    expect(planSegments(index, [first, at(2 * S)], { ...options, costs: FFMPEG_COSTS }).batches).toHaveLength(
      1,
    );
    expect(
      planSegments(index, [first, at(Math.floor(reach))], { ...options, accuracy: "fast" }).batches,
    ).toHaveLength(2);
  });

  it("and overlapping ones, whatever their order, make one batch of sorted pieces", () => {
    const plan = planSegments(index, [range(102, 103), range(100, 103.5), range(100, 101)]);
    expect(spans(plan)).toEqual([[100 * S + 312, 103.5 * S + 312]]);
    expect(plan.batches[0]?.pieces.map((piece) => piece.segment)).toEqual([2, 1, 0]);
  });
});

describe("a long stretch", () => {
  it("is cut into equal parts of the longest length at most", () => {
    const plan = planSegments(madeIndex([600]), [range(100, 250)], { maxBatchSeconds: 30 });
    const starts = [100, 130, 160, 190, 220];
    expect(spans(plan)).toEqual(starts.map((at) => [at * S + 312, (at + 30) * S + 312]));
    const offsets = plan.batches.map((b) => b.pieces.map((piece) => piece.offset));
    expect(offsets).toEqual(starts.map((at) => [(at - 100) * S]));
  });

  it("is shared out among workers, in no less than 4 s each", () => {
    const lengths = (workers: number, seconds: number): number[] =>
      spans(planSegments(madeIndex([600]), [range(100, 100 + seconds)], { workers })).map(
        ([a, b]) => (b - a) / S,
      );
    expect(lengths(2, 80)).toEqual(new Array(8).fill(10));
    expect(lengths(8, 16)).toEqual([4, 4, 4, 4]);
    expect(lengths(1, 100)).toEqual([25, 25, 25, 25]);
  });

  it("is cut into so many at least, where that is asked for", () => {
    const count = (leastBatches: number): number =>
      planSegments(madeIndex([600]), [range(100, 160)], { workers: 4, leastBatches }).batches.length;
    expect([1, 2, 3, 5].map(count)).toEqual([2, 2, 3, 5]);
  });

  it("is shared out by what it covers, overlapping segments counted once", () => {
    // 40 s in all: four batches of 10 s. The second segment lies in the first.
    const plan = planSegments(madeIndex([600]), [range(100, 130), range(110, 115), range(120, 140)]);
    expect(spans(plan).map(([from, to]) => (to - from) / S)).toEqual([10, 10, 10, 10]);
  });

  it("is not cut for the workers' sake where a start costs a good part of it", () => {
    const plan = planSegments(madeIndex([600]), [range(100, 300)], { workers: 8, costs: FFMPEG_COSTS });
    // 4 × 0.16 s × 330 s/s: 211 s.
    expect(plan.batches).toHaveLength(1);
  });

  it("is not cut inside a run of voice, which is decoded once", () => {
    const index = madeIndex([300], {
      runs: [
        [0, MODE_CELT],
        [100 * S, MODE_SILK],
        [200 * S, MODE_CELT],
      ],
    });
    const plan = planSegments(index, [range(110, 195)], { maxBatchSeconds: 10 });
    // A cut is cheap in the run's first second alone, and 1 s of pre-roll then reaches before it.
    expect(spans(plan)).toEqual([[110 * S + 312, 195 * S + 312]]);
    expect(plan.batches[0]?.start.startPos).toBe(100 * S - 1 - S - 5760);
  });
});

it("estimates are the sums of what the batches read and decode", () => {
  const index = madeIndex([600]);
  const plan = planSegments(index, [range(100, 102), range(300, 303), range(300, 303)], { workers: 2 });
  expect(plan.batches).toHaveLength(2);
  const decoded = 2 + 3 + (2 * (S + 5760)) / S;
  const pages = plan.batches.map((b) => b.endPage - b.firstPage);
  expect(plan.accuracy).toBe("exact");
  expect(plan.estimates.audioSeconds).toBe(8);
  expect(plan.estimates.decodedSeconds).toBeCloseTo(decoded, 9);
  expect(plan.estimates.bytes).toBe((pages[0] as number) * PAGE_BYTES + (pages[1] as number) * PAGE_BYTES);
  expect(plan.estimates.memoryBytes).toBe(plan.estimates.bytes);
  const seconds = (decoded / LIBOPUS_COSTS.decodeRate + 2 * LIBOPUS_COSTS.startSeconds) / 2;
  expect(plan.estimates.seconds).toBeCloseTo(seconds, 12);
});

it("memory is that of the two largest batches a worker", () => {
  const plan = planSegments(madeIndex([600]), [range(50, 51), range(200, 220), range(400, 430)]);
  const bytes = plan.batches.map((b) => b.endByte - b.startByte).sort((a, b) => b - a);
  expect(bytes.length).toBeGreaterThan(2);
  expect(plan.estimates.memoryBytes).toBe((bytes[0] as number) + (bytes[1] as number));
});

it("memory is that of as many as the workers hold", () => {
  const plan = planSegments(madeIndex([600]), [range(50, 51), range(200, 220), range(400, 430)], {
    workers: 8,
  });
  expect(plan.batches.length).toBeGreaterThan(2);
  expect(plan.estimates.memoryBytes).toBe(plan.estimates.bytes);
});

it("by strategy segment, each segment is a batch of its own, uncut", () => {
  const segments = [range(100, 101), range(100.5, 180), range(100, 101)];
  const batches = planSegments(madeIndex([600]), segments, { strategy: "segment" }).batches;
  expect(batches.map((b) => b.pieces.map((piece) => piece.segment))).toEqual([[0], [2], [1]]);
  expect(
    planSegments(madeIndex([600]), segments, { strategy: "batch", maxBatchSeconds: 600 }).batches,
  ).toHaveLength(4);
});

it("a pre-roll of so many seconds is taken instead of the usual one", () => {
  const starts = [0.5, 3].map((preRollSeconds) => {
    const [batch] = planSegments(madeIndex([600]), [range(100, 101)], {
      accuracy: "fast",
      preRollSeconds,
    }).batches;
    return batch?.start.startPos;
  });
  // And the longest packet more, for the one that holds the place may have begun earlier.
  expect(starts).toEqual([99.5 * S + 312 - 5760, 97 * S + 312 - 5760]);
});

describe("batches planned again", () => {
  const index = madeIndex([100, 100]);
  const segments = [range(50, 51), range(54, 55), range(150, 151), range(154, 155)];
  const { batches } = planSegments(index, segments);

  it("keep their pieces, link by link, with the pre-roll asked for", () => {
    expect(batches.map(({ link }) => link)).toEqual([0, 0, 1, 1]);
    const again = planAgain(
      index,
      [batches[1], batches[2]].flatMap((b) => b ?? []),
      { preRollSeconds: 2.5 },
    );
    expect(again.map((b) => [b.link, b.pieces.map(({ segment }) => segment)])).toEqual([
      [0, [1]],
      [1, [2]],
    ]);
    for (const { fromPos, start } of again) expect(fromPos - start.startPos).toBe(2.5 * S + 5760);
  });

  it("are decoded in one go where the longer pre-roll reaches from one to the other", () => {
    const again = planAgain(index, batches, { preRollSeconds: 8 });
    expect(again.map((b) => b.pieces.map(({ segment }) => segment))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it("are none where none are given", () => {
    expect(planAgain(index, [], { preRollSeconds: 2.5 })).toEqual([]);
  });
});

it("nothing inside the recording is no batch", () => {
  expect(planSegments(madeIndex([10]), [range(20, 30), range(-3, 0)]).batches).toEqual([]);
  expect(planSegments(madeIndex([10]), []).batches).toEqual([]);
});

it.each([0, -1, Number.NaN])("a batch of at most %s s is refused", (maxBatchSeconds) => {
  expect(() => planSegments(madeIndex([10]), [], { maxBatchSeconds })).toThrow(/maxBatchSeconds/);
});
