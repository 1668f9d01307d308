import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DatasetRecording, recordingGroups } from "../../src/training/groups.js";
import { capClasses, classCounts, limitBackground } from "../../src/training/limit.js";
import { shuffled } from "../../src/random.js";
import { namedRandom } from "../../src/training/random.js";
import { assignSplits, type GroupCounts } from "../../src/training/split.js";

const FRACTIONS = { train: 0.6, validation: 0.2, test: 0.2 };

const groupList = fc
  .array(fc.tuple(fc.nat(30), fc.nat(10), fc.nat(3)), { minLength: 3, maxLength: 9 })
  .map((rows): GroupCounts[] =>
    rows.map(([a, b, c], i) => ({
      group: `g${i}`,
      windows: a + b + c + 1,
      classes: new Map(
        [
          ["a", a],
          ["b", b],
          ["c", c],
        ].filter(([, n]) => (n as number) > 0) as [string, number][],
      ),
    })),
  );

/** Squared distance of all splits from their shares, by class and in all: written apart from the code tested. */
function cost(
  groups: readonly GroupCounts[],
  place: ReadonlyMap<string, string>,
  fractions: Readonly<Record<string, number>>,
): number {
  const of = (group: GroupCounts, key: string): number =>
    key === "*" ? group.windows : (group.classes.get(key) ?? 0);
  const keys = ["*", ...new Set(groups.flatMap(({ classes }) => [...classes.keys()]))];
  let sum = 0;
  for (const [split, share] of Object.entries(fractions)) {
    for (const key of keys) {
      const total = groups.reduce((n, group) => n + of(group, key), 0);
      const here = groups
        .filter(({ group }) => place.get(group) === split)
        .reduce((n, group) => n + of(group, key), 0);
      if (total > 0) sum += (here / total - share) ** 2;
    }
  }
  return sum;
}

/** Every way to put the groups into the splits with none empty. */
function* everyPlace(
  groups: readonly GroupCounts[],
  splits: readonly string[],
): Iterable<Map<string, string>> {
  for (let code = 0; code < splits.length ** groups.length; code++) {
    let rest = code;
    const place = new Map<string, string>();
    for (const { group } of groups) {
      place.set(group, splits[rest % splits.length] as string);
      rest = Math.floor(rest / splits.length);
    }
    if (new Set(place.values()).size === splits.length) yield place;
  }
}

describe("splits", () => {
  it("every group in one split, no split empty, the same for the same seed", () => {
    fc.assert(
      fc.property(groupList, fc.nat(1000), (groups, seed) => {
        const place = assignSplits(groups, { by: "site", fractions: FRACTIONS }, seed);
        expect([...place.keys()].sort()).toEqual(groups.map(({ group }) => group).sort());
        expect(new Set(place.values())).toEqual(new Set(Object.keys(FRACTIONS)));
        expect(assignSplits(groups, { by: "site", fractions: FRACTIONS }, seed)).toEqual(place);
      }),
    );
  });

  it("no move and no exchange would bring it nearer to its shares", () => {
    fc.assert(
      fc.property(groupList, (groups) => {
        const place = assignSplits(groups, { by: "site", fractions: FRACTIONS }, 1);
        const now = cost(groups, place, FRACTIONS);
        for (const [moved, from] of place) {
          for (const to of Object.keys(FRACTIONS)) {
            const other = new Map(place).set(moved, to);
            if (new Set(other.values()).size === 3)
              expect(cost(groups, other, FRACTIONS)).toBeGreaterThan(now - 1e-9);
          }
          for (const [partner, to] of place) {
            const other = new Map(place).set(moved, to).set(partner, from);
            expect(cost(groups, other, FRACTIONS)).toBeGreaterThan(now - 1e-9);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("near the best of all ways, tried one by one", () => {
    const excess: number[] = [];
    fc.assert(
      fc.property(
        groupList.filter((groups) => groups.length <= 6),
        (groups) => {
          const place = assignSplits(groups, { by: "site", fractions: FRACTIONS }, 1);
          const best = Math.min(
            ...[...everyPlace(groups, Object.keys(FRACTIONS))].map((one) => cost(groups, one, FRACTIONS)),
          );
          excess.push(cost(groups, place, FRACTIONS) - best);
          expect(excess.at(-1)).toBeGreaterThan(-1e-9);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
    expect(excess.filter((more) => more < 1e-9).length / excess.length).toBeGreaterThan(0.7);
  });

  it("what cannot be split says why, and what there is", () => {
    const one: GroupCounts[] = [{ group: "north", windows: 12, classes: new Map([["a", 12]]) }];
    expect(() => assignSplits(one, { by: "site", fractions: FRACTIONS }, 0)).toThrow(
      "split: expected at least 3 groups for 3 splits by site; there is one group: north (12 windows), got 1",
    );
    for (const fractions of [{ train: 0.8, test: 0.3 }, { train: -0.5, test: 1.5 }, { "a/b": 1 }, {}]) {
      expect(() =>
        assignSplits(one, { by: "site", fractions: fractions as Record<string, number> }, 0),
      ).toThrow(/^split: expected/);
    }
  });
});

function recording(id: string, more: Partial<DatasetRecording["attributes"]> = {}): DatasetRecording {
  const attributes = {
    source: { name: `${id}.wav`, sha256: id },
    start_time: null,
    user: {},
    recorder: null,
    tags: {},
    ...more,
  };
  return { id, sampleRate: 48_000, totalSamples: 1, channels: 1, attributes };
}

describe("groups", () => {
  const start = { utc: "2019-05-21T23:30:00Z", offset: "+02:00", local: "2019-05-22T01:30:00" };
  const a = recording("a", {
    user: { site: "north", plot: 3 },
    recorder: { serial: "S4A03895" },
    start_time: start,
  });
  const b = recording("b", {
    user: { site: "south" },
    recorder: { serial: "X" },
    start_time: { ...start, offset: null, local: undefined },
  });

  it("by site, recorder, file, any field, the day of the recorder's own clock, a column", () => {
    const by = (name: string, columns = new Map<string, Set<string>>()) => [
      ...recordingGroups([a, b], name, columns).values(),
    ];
    expect(by("site")).toEqual(["north", "south"]);
    expect(by("recorder")).toEqual(["S4A03895", "X"]);
    expect(by("file")).toEqual(["a", "b"]);
    expect(by("day")).toEqual(["2019-05-22", "2019-05-21"]);
    expect(
      by(
        "observer",
        new Map([
          ["a", new Set(["AB"])],
          ["b", new Set(["AB"])],
        ]),
      ),
    ).toEqual(["AB", "AB"]);
  });

  it("a recording under two names stays in one group, and chains of them too", () => {
    const same = { name: "x", sha256: "same" };
    const [x, y, z] = [recording("x", { source: same }), recording("y", { source: same }), recording("z")];
    expect([...recordingGroups([x, y, z], "file", new Map()).values()]).toEqual(["x", "x", "z"]);
  });

  it("a missing value names the recordings and what there is; a column with two values is no group", () => {
    expect(() => recordingGroups([a, b], "plot", new Map())).toThrow(
      /b \(of 2\) has no "plot".*file, day, site, plot, serial/,
    );
    const columns = new Map([
      ["a", new Set(["x", "y"])],
      ["b", new Set(["x"])],
    ]);
    expect(() => recordingGroups([a, b], "bird", columns)).toThrow(/recording a has 2 \(x, y\)/);
  });
});

describe("limits", () => {
  const windows = fc.array(
    fc.record({
      labels: fc.subarray(["a", "b", "c"]),
      background: fc.boolean(),
      split: fc.constantFrom("train", "test"),
    }),
    { maxLength: 40 },
  );

  it("cap: no class above it, nothing dropped that had room, order kept", () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 1, max: 6 }), fc.nat(99), (all, cap, seed) => {
        const kept = capClasses(all, cap, seed);
        const counts = classCounts(kept);
        for (const count of counts.values()) expect(count).toBeLessThanOrEqual(cap);
        expect(all.filter((window) => kept.includes(window))).toEqual(kept);
        for (const window of all) {
          if (!kept.includes(window))
            expect(window.labels.some((label) => counts.get(label) === cap)).toBe(true);
        }
        expect(capClasses(all, cap, seed)).toEqual(kept);
      }),
    );
  });

  it("background: as many as the ratio allows in each split, labelled windows untouched", () => {
    fc.assert(
      fc.property(windows, fc.constantFrom(0, 0.5, 1, 3), (all, ratio) => {
        const kept = limitBackground(all, ratio, 5);
        for (const split of ["train", "test"]) {
          const count = (list: typeof all, background: boolean): number =>
            list.filter((window) => window.split === split && window.background === background).length;
          expect(count(kept, false)).toBe(count(all, false));
          expect(count(kept, true)).toBe(Math.min(count(all, true), Math.floor(ratio * count(all, false))));
        }
      }),
    );
  });

  it("random numbers: the same for ever, even, and apart by name", () => {
    const random = namedRandom(42, "cap");
    expect(Array.from({ length: 6 }, () => Math.floor(1000 * random()))).toEqual(FIRST_SIX);
    const other = namedRandom(42, "split");
    expect(Array.from({ length: 6 }, () => Math.floor(1000 * other()))).not.toEqual(FIRST_SIX);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(["x", "y", "z"], random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    // Six orders, 1000 each; five standard deviations are 144.
    expect([...counts.values()].every((count) => Math.abs(count - 1000) < 144)).toBe(true);
    expect(() => namedRandom(-1, "cap")).toThrow(/^seed:/);
  });
});

/** Whatever they are, datasets that were made with them must be made again. */
const FIRST_SIX = [996, 512, 462, 714, 508, 459];
