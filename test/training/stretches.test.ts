import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DatasetRecording } from "../../src/training/groups.js";
import type { DatasetLayout, Part, PlacedWindow } from "../../src/training/layout.js";
import { planStretches } from "../../src/training/stretches.js";

const STRETCH_SAMPLES = (16 * 1024 * 1024) / 4;

const windowsOf = fc.array(
  fc.record({
    recording: fc.constantFrom("a", "b"),
    start: fc.integer({ min: 0, max: 20_000_000 }),
    length: fc.oneof(fc.integer({ min: 1, max: 500_000 }), fc.constant(5_000_000)),
  }),
  { maxLength: 40 },
);

function layoutOf(
  windows: readonly { recording: string; start: number; length: number }[],
  size: number,
): DatasetLayout {
  const placed = windows.map(
    ({ recording, start, length }, row): PlacedWindow => ({
      recording,
      startSample: start,
      endSample: start + length,
      labels: [],
      background: false,
      split: "train",
      group: recording,
      file: "train/00000.npy",
      row,
    }),
  );
  const parts: Part[] = [];
  for (let first = 0; first < placed.length; first += size) {
    const end = Math.min(first + size, placed.length);
    parts.push({ index: parts.length, split: "train", first, end });
  }
  return { windows: placed, parts, shape: undefined };
}

function recordingOf(id: string): [string, DatasetRecording] {
  const source = { name: `${id}.opus`, sha256: id };
  const attributes = { source, start_time: null, user: {}, recorder: null, tags: {} };
  return [id, { id, sampleRate: 48_000, totalSamples: 30_000_000, channels: 1, attributes }];
}

const recordings = new Map([recordingOf("a"), recordingOf("b")]);

describe("planStretches", () => {
  it("every window lies on its stretch, in order; none is longer than it must be", () => {
    fc.assert(
      fc.property(
        windowsOf,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 48_000, 16_000),
        (all, size, rate) => {
          const layout = layoutOf(all, size);
          const stretches = planStretches(layout, layout.parts, { recordings, sampleRate: rate });
          expect(stretches.flatMap(({ windows }) => windows)).toEqual(layout.windows);
          for (const { recording, startSample, endSample, windows } of stretches) {
            const starts = windows.map((window) => window.startSample);
            const ends = windows.map((window) => window.endSample);
            expect(windows.every((window) => window.recording === recording)).toBe(true);
            expect([Math.min(...starts), Math.max(...ends)]).toEqual([startSample, endSample]);
            const longest = Math.max(...ends.map((end, i) => end - (starts[i] as number)));
            expect(endSample - startSample).toBeLessThanOrEqual(Math.max(STRETCH_SAMPLES, longest));
            if (rate === 16_000) expect(windows).toHaveLength(1);
          }
        },
      ),
    );
  });

  it("a part is decoded the same whether or not others are", () => {
    fc.assert(
      fc.property(windowsOf, fc.integer({ min: 1, max: 9 }), (all, size) => {
        const layout = layoutOf(all, size);
        const plan = (parts: readonly Part[]) =>
          planStretches(layout, parts, { recordings, sampleRate: undefined });
        expect(layout.parts.flatMap((part) => plan([part]))).toEqual(plan(layout.parts));
        expect(plan(layout.parts).filter(({ opensPart }) => opensPart)).toHaveLength(layout.parts.length);
      }),
    );
  });

  it("windows that overlap or touch are decoded once", () => {
    const layout = layoutOf(
      [0, 500, 1_500, 2_501].map((start) => ({ recording: "a", start, length: 1_000 })),
      9,
    );
    const stretches = planStretches(layout, layout.parts, { recordings, sampleRate: undefined });
    expect(stretches.map(({ startSample, endSample }) => [startSample, endSample])).toEqual([
      [0, 2_500],
      [2_501, 3_501],
    ]);
  });
});
