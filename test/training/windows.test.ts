import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backgroundSpans } from "../../src/training/background.js";
import { type LabelRule, labelWindows } from "../../src/training/labels.js";
import { ceilShare, nearestSamples } from "../../src/training/rational.js";
import { centredSpans, slidingSpans, windowGrid } from "../../src/training/windows.js";

describe("exact decimals", () => {
  it("share of a length, where floating point would be one off", () => {
    expect(ceilShare(0.07, 100)).toBe(7);
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(ceilShare(0.1, 144_001)).toBe(14_401);
    expect(ceilShare(1e-7, 48_000)).toBe(1);
    expect(ceilShare(0, 5)).toBe(0);
  });

  it("any decimal of up to six digits, against whole numbers", () => {
    fc.assert(
      fc.property(fc.nat(3_000_000), fc.integer({ min: 1, max: 400_000 }), (micros, rate) => {
        const seconds = Number(`${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`);
        const product = BigInt(micros) * BigInt(rate);
        expect(BigInt(ceilShare(seconds, rate))).toBe((product + 999_999n) / 1_000_000n);
        expect(BigInt(nearestSamples(seconds, rate))).toBe((product + 500_000n) / 1_000_000n);
      }),
    );
  });

  it("bad lengths are refused by name", () => {
    for (const [options, field] of [
      [{}, "windowSeconds"],
      [{ windowSeconds: 0 }, "windowSeconds"],
      [{ windowSeconds: Number.NaN }, "windowSeconds"],
      [{ windowSeconds: 1e-9 }, "windowSeconds"],
      [{ windowSeconds: 1, hopSeconds: -1 }, "hopSeconds"],
      [{ windowSeconds: 1, paddingSeconds: 1 }, "paddingSeconds"],
      [{ anchor: "annotation", paddingSeconds: -1 }, "paddingSeconds"],
      [{ anchor: "elsewhere" }, "anchor"],
    ] as const) {
      expect(() => windowGrid(options as object, 48_000), field).toThrow(new RegExp(`^${field}:`));
    }
  });
});

const small = fc.integer({ min: 1, max: 12 });
const span = fc
  .tuple(fc.nat(40), fc.nat(15))
  .map(([a, length]) => ({ startSample: a, endSample: a + length }));

/** Samples of a span, a point label standing on one. */
function samples({ startSample, endSample }: { startSample: number; endSample: number }): Set<number> {
  const all = new Set<number>();
  for (let i = startSample; i < Math.max(endSample, startSample + 1); i++) all.add(i);
  return all;
}

describe("against brute force", () => {
  it("sliding windows: every multiple of the hop whose window ends in time", () => {
    fc.assert(
      fc.property(fc.nat(60), small, small, (total, window, hop) => {
        const expected = [];
        for (let start = 0; start + window <= total; start += hop) expected.push([start, start + window]);
        expect(slidingSpans(total, window, hop).map((s) => [s.startSample, s.endSample])).toEqual(expected);
      }),
    );
  });

  it("centred windows: right length, inside, holding the annotation with its padding wherever there is room", () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 4 }),
        small,
        fc.tuple(small, fc.nat(6)),
        (annotations, window, [hop, padding]) => {
          const total = 64;
          const spans = centredSpans(annotations, total, {
            windowSamples: window,
            hopSamples: hop,
            paddingSamples: padding,
          });
          const keys = spans.map((s) => `${s.startSample}`);
          expect(new Set(keys).size).toBe(keys.length);
          expect(
            spans.every(
              (s) => s.startSample >= 0 && s.endSample <= total && s.endSample - s.startSample === window,
            ),
          ).toBe(true);
          for (const annotation of annotations) {
            const from = annotation.startSample - padding;
            const to = annotation.endSample + padding;
            if (to - from <= window) {
              // The one sample by which an odd rest cannot be centred goes before the annotation.
              const best = spans.find((s) => {
                const before = from - s.startSample;
                const after = s.endSample - to;
                return (
                  before - after === 0 || before - after === 1 || s.startSample === 0 || s.endSample === total
                );
              });
              expect(best).toBeDefined();
            } else if (hop <= window) {
              const covered = new Set(spans.flatMap((s) => [...samples(s)]));
              for (const i of samples({ startSample: Math.max(0, from), endSample: Math.min(total, to) })) {
                if (i < total) expect(covered.has(i)).toBe(true);
              }
            }
          }
        },
      ),
    );
  });

  it("windows without a length are the annotations with their padding, cut at the ends", () => {
    const grid = { windowSamples: undefined, hopSamples: 1, paddingSamples: 5 };
    const cut = centredSpans(
      [
        { startSample: 2, endSample: 10 },
        { startSample: 55, endSample: 60 },
        { startSample: 20, endSample: 20 },
      ],
      60,
      grid,
    );
    expect(cut.map((s) => [s.startSample, s.endSample])).toEqual([
      [0, 15],
      [15, 25],
      [50, 60],
    ]);
  });

  const rules = fc.record({
    overlap: fc.constantFrom(0, 0.07, 0.1, 0.3, 0.5, 0.7, 1),
    unit: fc.constantFrom("fraction" as const, "seconds" as const),
    of: fc.constantFrom("window" as const, "annotation" as const, "shorter" as const),
    mode: fc.constantFrom("multi" as const, "single" as const),
  });
  const annotations = fc.array(
    fc.tuple(span, fc.constantFrom("a", "b", "c", undefined)).map(([s, label]) => ({ ...s, label })),
    { maxLength: 8 },
  );

  it("labels: counted sample by sample", () => {
    const windows = fc.array(
      span.filter((s) => s.endSample > s.startSample),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(windows, annotations, rules, (unsorted, found, rule) => {
        const sorted = [...unsorted].sort(
          (x, y) => x.startSample - y.startSample || x.endSample - y.endSample,
        );
        const rate = 10;
        const result = labelWindows(sorted, found, { rule, sampleRate: rate });
        expect(result.map(({ labels, touched }) => ({ labels, touched }))).toEqual(
          sorted.map((window) => bruteLabels(window, found, { rule, rate })),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("background: no sample of the window within the margin of any annotation", () => {
    fc.assert(
      fc.property(small, small, annotations, fc.nat(6), (window, hop, found, margin) => {
        const rate = 10;
        const all = slidingSpans(64, window, hop);
        const quiet = backgroundSpans(all, found, { marginSeconds: margin / rate, sampleRate: rate });
        const expected = all.filter((one) =>
          found.every((annotation) => {
            const near = samples(annotation);
            return [...samples(one)].every((i) => {
              for (let d = -margin; d <= margin; d++) if (near.has(i + d)) return false;
              return true;
            });
          }),
        );
        expect(quiet).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

interface BruteRule {
  readonly rule: LabelRule;
  readonly rate: number;
}

/** Labels by counting samples; thresholds compared as whole numbers of hundredths. */
function bruteLabels(
  window: { startSample: number; endSample: number },
  annotations: readonly { startSample: number; endSample: number; label: string | undefined }[],
  { rule, rate }: BruteRule,
) {
  const inside = samples(window);
  const best = new Map<string, number>();
  let touched = false;
  for (const annotation of annotations) {
    const covered = samples(annotation);
    const overlap = [...covered].filter((i) => inside.has(i)).length;
    if (overlap === 0) continue;
    touched = true;
    const lengths = {
      window: inside.size,
      annotation: covered.size,
      shorter: Math.min(inside.size, covered.size),
    };
    const whole = rule.unit === "seconds" ? rate : lengths[rule.of];
    const enough = overlap * 100 >= Math.round(rule.overlap * 100) * whole;
    if (!enough || annotation.label === undefined) continue;
    best.set(annotation.label, Math.max(best.get(annotation.label) ?? 0, overlap));
  }
  const labels = [...best].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rule.mode === "multi") return { labels: labels.map(([label]) => label), touched };
  const winner = labels.reduce<[string, number] | undefined>(
    (top, one) => (top === undefined || one[1] > top[1] ? one : top),
    undefined,
  );
  return { labels: winner === undefined ? [] : [winner[0]], touched };
}
