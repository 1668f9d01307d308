import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type MatchedAnnotation, matchAnnotations } from "../../src/annotations/match.js";
import { readAnnotations } from "../../src/annotations/read.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import type { DatasetRecording } from "../../src/training/groups.js";
import type { DatasetPlanOptions } from "../../src/training/model.js";
import { planDataset } from "../../src/training/plan.js";

const RATE = 48_000;

function recording(id: string, seconds: number, user: Record<string, unknown> = {}): DatasetRecording {
  const attributes = {
    source: { name: `${id}.opus`, sha256: id },
    start_time: null,
    user,
    recorder: null,
    tags: {},
  };
  return { id, sampleRate: RATE, totalSamples: seconds * RATE, channels: 1, attributes };
}

/** The bundled ground truth, read without our reader: milliseconds as whole numbers. */
interface Truth {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
}
const truth: Truth[] = readFileSync(bundledDataset().labels, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","))
  .map(([label = "", start = "", end = ""]) => ({
    label,
    startMs: Math.round(Number(start) * 1000),
    endMs: Math.round(Number(end) * 1000),
  }));

/** All windows by going through every one of them and every annotation, in samples (48 a millisecond). */
function bruteWindows(
  { windowMs, hopMs, percent }: { windowMs: number; hopMs: number; percent: number },
  of: "window" | "annotation" | "shorter",
) {
  const found: { startSample: number; labels: string[] }[] = [];
  for (let start = 0; start + windowMs <= 80_000; start += hopMs) {
    const labels = new Set<string>();
    for (const one of truth) {
      const overlap = Math.min(start + windowMs, one.endMs) - Math.max(start, one.startMs);
      const whole = {
        window: windowMs,
        annotation: one.endMs - one.startMs,
        shorter: Math.min(windowMs, one.endMs - one.startMs),
      }[of];
      if (overlap > 0 && overlap * 100 >= percent * whole) labels.add(one.label);
    }
    if (labels.size > 0) found.push({ startSample: start * 48, labels: [...labels].sort() });
  }
  return found;
}

describe("the bundled soundscape", () => {
  let annotations: readonly MatchedAnnotation[] = [];
  const soundscape = recording("soundscape", 80);
  beforeAll(async () => {
    const report = matchAnnotations([await readAnnotations(bundledDataset().raven)], [soundscape]);
    expect(report.unmatched).toEqual([]);
    annotations = report.matched;
  });

  it("ground truth: as many annotations as the table says, on the right samples", () => {
    expect(annotations.map(({ label, startSample, endSample }) => [label, startSample, endSample])).toEqual(
      truth.map(({ label, startMs, endMs }) => [label, startMs * 48, endMs * 48]),
    );
  });

  it("windows and labels equal a count of every window against every annotation", () => {
    const rules = fc.record({
      windowMs: fc.integer({ min: 20, max: 6000 }),
      hopMs: fc.integer({ min: 100, max: 4000 }),
      percent: fc.integer({ min: 0, max: 100 }),
      of: fc.constantFrom("window" as const, "annotation" as const, "shorter" as const),
    });
    fc.assert(
      fc.property(rules, ({ windowMs, hopMs, percent, of }) => {
        const expected = bruteWindows({ windowMs, hopMs, percent }, of);
        const options: DatasetPlanOptions = {
          windowSeconds: windowMs / 1000,
          hopSeconds: hopMs / 1000,
          labels: { overlap: percent / 100, of },
        };
        if (expected.length === 0) {
          expect(() => planDataset({ recordings: [soundscape], annotations }, options)).toThrow(
            /no window is left/,
          );
          return;
        }
        const plan = planDataset({ recordings: [soundscape], annotations }, options);
        expect(plan.windows.map(({ startSample, labels }) => ({ startSample, labels }))).toEqual(expected);
        expect(plan.windows.every((w) => w.endSample - w.startSample === windowMs * 48)).toBe(true);
      }),
    );
  });

  it("background: the windows that no annotation comes near, and labelled ones as before", () => {
    const options = { windowSeconds: 0.4, hopSeconds: 0.1, background: { marginSeconds: 0.25 } };
    const plan = planDataset({ recordings: [soundscape], annotations }, options);
    const quiet = [];
    for (let start = 0; start + 400 <= 80_000; start += 100) {
      if (truth.every((one) => one.startMs - 250 >= start + 400 || one.endMs + 250 <= start))
        quiet.push(start * 48);
    }
    expect(quiet.length).toBeGreaterThan(0);
    expect(plan.windows.filter((w) => w.background).map((w) => w.startSample)).toEqual(quiet);
    expect(plan.windows.filter((w) => w.background).every((w) => w.labels.join() === "background")).toBe(
      true,
    );
    expect(plan.windows.filter((w) => !w.background)).toHaveLength(
      bruteWindows({ windowMs: 400, hopMs: 100, percent: 50 }, "shorter").length,
    );
  });

  it("classes: others leave their windows unclear, and no background", () => {
    const all = planDataset({ recordings: [soundscape], annotations }, { windowSeconds: 1 });
    const some = planDataset(
      { recordings: [soundscape], annotations },
      { windowSeconds: 1, classes: ["rain"], background: {} },
    );
    expect(some.classes).toEqual(["background", "rain"]);
    expect(some.windows.filter((w) => w.labels.includes("rain"))).toHaveLength(
      all.splits[0]?.classes["rain"] as number,
    );
    const touched = some.windows
      .filter((w) => w.background)
      .filter((w) =>
        annotations.some((one) => one.startSample < w.endSample && one.endSample > w.startSample),
      );
    expect(touched).toEqual([]);
  });
});

describe("several sites", () => {
  const sites = ["north", "east", "south", "west", "hill", "lake"];
  const recordings = Array.from({ length: 24 }, (_, i) => recording(`r${i}`, 20, { site: sites[i % 6] }));
  const annotations = recordings.flatMap(({ id }, i): MatchedAnnotation[] =>
    Array.from({ length: 1 + (i % 4) }, (_, k) => {
      const startSample = (4 * k + 1) * RATE;
      const label = ["a", "b", "c"][(i + k) % 3] as string;
      const annotation = {
        startSeconds: 4 * k + 1,
        endSeconds: 4 * k + 2,
        timesFrom: "file" as const,
        line: 0,
        cells: [],
      };
      return {
        recording: id,
        startSample,
        endSample: startSample + RATE,
        label,
        via: "file",
        clipped: false,
        annotation,
        table: 0,
      };
    }),
  );
  const input = { recordings, annotations };
  const split = { by: "site", fractions: { train: 0.6, validation: 0.2, test: 0.2 } };

  it("split by site: no site in two splits, every class in each, reported as it is", () => {
    const plan = planDataset(input, { windowSeconds: 2, split });
    expect(plan.groupsInSeveralSplits).toEqual([]);
    const places = new Map<string, Set<string>>();
    for (const { recording: id, split: name } of plan.windows) {
      const site = recordings.find((one) => one.id === id)?.attributes.user["site"] as string;
      places.set(site, (places.get(site) ?? new Set()).add(name));
    }
    expect([...places.values()].every((names) => names.size === 1)).toBe(true);
    for (const report of plan.splits) {
      const windows = plan.windows.filter((w) => w.split === report.name);
      expect(report.windows).toBe(windows.length);
      expect(report.groups).toEqual([...new Set(windows.map((w) => w.group))].sort());
      for (const label of ["a", "b", "c"]) {
        expect(report.classes[label]).toBe(windows.filter((w) => w.labels.includes(label)).length);
        expect(report.classes[label]).toBeGreaterThan(0);
      }
    }
  });

  it("the same seed gives the same plan, cap and balance touch the training split alone", () => {
    const plain = planDataset(input, { windowSeconds: 2, split, seed: 3 });
    const capped = planDataset(input, { windowSeconds: 2, split, seed: 3, cap: 4 });
    expect(planDataset(input, { windowSeconds: 2, split, seed: 3, cap: 4 })).toEqual(capped);
    const rest = (plan: typeof plain) => plan.windows.filter((w) => w.split !== "train");
    expect(rest(capped)).toEqual(rest(plain));
    expect(Math.max(...Object.values(capped.splits[0]?.classes ?? {}))).toBe(4);
    const even = planDataset(input, { windowSeconds: 2, split, seed: 3, balance: true });
    expect(rest(even)).toEqual(rest(plain));
    const before = Object.values(plain.splits[0]?.classes ?? {});
    const after = Object.values(even.splits[0]?.classes ?? {});
    expect(Math.max(...after)).toBeLessThanOrEqual(Math.min(...before));
    expect(even.dropped.cap).toBe(plain.windows.length - even.windows.length);
  });

  it("recordings without annotations are left out, unless they are said to be background", () => {
    const more = { recordings: [...recordings, recording("unheard", 20)], annotations };
    expect(planDataset(more, { windowSeconds: 2, background: {} }).unannotated).toEqual(["unheard"]);
    const heard = planDataset(more, { windowSeconds: 2, background: {}, unannotated: "background" });
    expect(heard.windows.filter((w) => w.recording === "unheard" && w.background)).toHaveLength(10);
    const nocall = { ...annotations[0], recording: "unheard", label: "nocall" } as MatchedAnnotation;
    const said = planDataset(
      { ...more, annotations: [...annotations, nocall] },
      { windowSeconds: 2, background: {} },
    );
    expect(said.windows.filter((w) => w.recording === "unheard")).toHaveLength(10);
  });

  it("centred windows with padding, each annotation inside its window", () => {
    const plan = planDataset(input, { anchor: "annotation", windowSeconds: 3, paddingSeconds: 0.5 });
    expect(plan.windows).toHaveLength(annotations.length);
    for (const one of annotations) {
      const window = plan.windows.find(
        (w) => w.recording === one.recording && w.startSample === Math.max(0, one.startSample - RATE),
      );
      expect(window?.labels).toContain(one.label);
    }
    const bare = planDataset(input, { anchor: "annotation", paddingSeconds: 0.5 });
    expect(bare.windows.every((w) => w.endSample - w.startSample === 2 * RATE)).toBe(true);
  });

  it("says why nothing is left, and what there is", () => {
    expect(() => planDataset(input, { windowSeconds: 30 })).toThrow(
      "no window is left for the dataset: 60 annotations on 24 recordings, labels: a, b, c; 0 windows overlap one too little, 0 touch none; 24 recordings have no room for a window",
    );
    expect(() => planDataset(input, { windowSeconds: 2, classes: ["a", "owl"] })).toThrow(
      'classes: expected labels of the annotations: a, b, c, got "owl"',
    );
    expect(() => planDataset(input, { windowSeconds: 2, split: { ...split, by: "plot" } })).toThrow(
      /r0, r1, r2 and 21 more \(of 24\) have no "plot"\. Their metadata has: file, site/,
    );
    for (const [options, field] of [
      [{}, "windowSeconds"],
      [{ windowSeconds: 2, cap: 0 }, "cap"],
      [{ windowSeconds: 2, seed: -1, cap: 1 }, "seed"],
      [{ windowSeconds: 2, background: { marginSeconds: -1 } }, "marginSeconds"],
      [{ windowSeconds: 2, unannotated: "background" }, "background"],
      [{ windowSeconds: 2, labels: { overlap: 2 } }, "overlap"],
      [{ anchor: "annotation", background: {} }, "windowSeconds"],
    ] as const) {
      expect(() => planDataset(input, options as DatasetPlanOptions), field).toThrow(
        new RegExp(`^${field}:`),
      );
    }
  });
});
