import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  bestBatchSize,
  dropFileCache,
  fitPerformanceModel,
  importRecordings,
  isOpusZarrError,
  openArchive,
  type Sweep,
  type SweepRun,
  type SweepSource,
  sweepBatchSizes,
} from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { sweepRows } from "../../src/model/sweep-rows.js";
import { noise } from "./noise.js";

const BYTES = 77_000_000;
const source: SweepSource = { id: "day", blob: async () => ({ byteLength: BYTES }) };

/** An index build that does nothing but count, and takes no time. */
const counting =
  (log: string[] = []) =>
  async (_: SweepSource, options: { batchSizeMb?: number; strategy: string; workers: number }) => {
    log.push(`${options.strategy}/${options.batchSizeMb ?? "-"}/${options.workers}`);
    const batches =
      options.batchSizeMb === undefined ? 3655 : Math.ceil(BYTES / (options.batchSizeMb * 2 ** 20));
    const phases = { locate: 0.01, detail: 0.02, accumulate: 0.03 };
    return {
      report: { pages: 3655, batches, accesses: batches, storeReads: 2 * batches, seconds: 0, phases },
    };
  };

/** A sweep with times made up: `times(setting)` of each round. */
function sweepOf(
  sizes: readonly number[],
  repeats: number,
  time: (sizeMb: number, round: number) => number,
): Sweep {
  const settings = sizes.map((sizeMb) => ({ sizeMb, strategy: "batch" as const, workers: 2 }));
  const phases = { locate: 0, detail: 0, accumulate: 0 };
  const runs = Array.from({ length: repeats }, (_, round) =>
    settings.map((setting): SweepRun => {
      const accesses = Math.ceil(BYTES / (setting.sizeMb * 2 ** 20));
      const seconds = time(setting.sizeMb, round);
      return {
        ...setting,
        round,
        cache: "warm",
        seconds,
        pages: 3655,
        batches: accesses,
        accesses,
        storeReads: accesses,
        phases,
      };
    }),
  ).flat();
  const rows = settings.map((setting) => sweepRows(setting, BYTES, runs));
  return { recording: "day", bytes: BYTES, pages: 3655, repeats, rows, runs, cacheNote: "" };
}

describe("sweepBatchSizes", () => {
  it("runs every setting once a round, in changing order, after one first read", async () => {
    const log: string[] = [];
    const sweep = await sweepBatchSizes(source, {
      sizesMb: [4, 8, 16],
      workers: [1, 2],
      repeats: 4,
      build: counting(log),
    });
    expect(log).toHaveLength(1 + 4 * 7);
    const rounds = [0, 1, 2, 3].map((round) => log.slice(1 + 7 * round, 8 + 7 * round));
    const all = ["page/-/0", ...[4, 8, 16].flatMap((mb) => [`batch/${mb}/1`, `batch/${mb}/2`])].sort();
    for (const round of rounds) expect([...round].sort()).toEqual(all);
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
    expect(sweep.rows.map((row) => [row.strategy, row.sizeMb, row.workers, row.accesses, row.runs])).toEqual([
      ["page", null, 0, 3655, 4],
      ["batch", 4, 1, 19, 4],
      ["batch", 4, 2, 19, 4],
      ["batch", 8, 1, 10, 4],
      ["batch", 8, 2, 10, 4],
      ["batch", 16, 1, 5, 4],
      ["batch", 16, 2, 5, 4],
    ]);
    expect(sweep.runs.filter((run) => run.cache === "first")).toHaveLength(1);
    expect(sweep.rows.every((row) => row.coldSeconds === null && row.bytes === BYTES)).toBe(true);
    expect(sweep.cacheNote).toContain("cold only if nothing had read the file before");
  });

  it("gives the same order for the same seed", async () => {
    const orders = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const log: string[] = [];
        await sweepBatchSizes(source, { repeats: 3, seed, build: counting(log) });
        return log.join();
      }),
    );
    expect(orders[0]).toBe(orders[1]);
    expect(orders[0]).not.toBe(orders[2]);
  });

  it("pairs each warm run with a cold one where the cache can be dropped", async () => {
    const log: string[] = [];
    const dropCache = async () => log.push("drop") > 0;
    const sweep = await sweepBatchSizes(source, {
      sizesMb: [8],
      strategies: ["batch"],
      workers: 2,
      repeats: 2,
      dropCache,
      build: counting(log),
    });
    const run = "batch/8/2";
    expect(log).toEqual(["drop", run, "drop", run, run, "drop", run, run]);
    expect(sweep.rows[0]).toMatchObject({ runs: 2, coldSeconds: expect.any(Number) });
    expect(sweep.cacheNote).toContain("asked to forget");
    const unable = await sweepBatchSizes(source, {
      repeats: 1,
      dropCache: async () => false,
      build: counting(),
    });
    expect(unable.runs.some((one) => one.cache === "cold")).toBe(false);
    expect(unable.cacheNote).toContain("could not be asked");
  });

  it("has one setting a page at a time, and in sequence, without workers", async () => {
    const { rows } = await sweepBatchSizes(source, {
      sizesMb: [8, 8],
      strategies: ["sequential", "page"],
      workers: [1, 4],
      repeats: 1,
      build: counting(),
    });
    expect(rows.map((row) => [row.strategy, row.sizeMb, row.workers])).toEqual([
      ["sequential", 8, 0],
      ["page", null, 0],
    ]);
  });

  it("reports progress and stops when told", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const sweeping = sweepBatchSizes(source, {
      build: counting(),
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        seen.push(done);
        expect(total).toBe(26);
        if (done === 3) controller.abort(new Error("enough"));
      },
    });
    await expect(sweeping).rejects.toThrow("enough");
    expect(seen).toEqual([1, 2, 3]);
  });

  it.each([
    ["sizesMb", { sizesMb: [0] }],
    ["sizesMb", { sizesMb: [], strategies: ["batch" as const] }],
    ["strategies", { strategies: ["fast" as "page"] }],
    ["workers", { workers: -1 }],
    ["repeats", { repeats: 0 }],
  ])("refuses %s that are none", async (field, options) => {
    await expect(sweepBatchSizes(source, { ...options, build: counting() })).rejects.toSatisfy(
      (error: unknown) => isOpusZarrError(error, "argument") && error.place.field === field,
    );
  });
});

describe("bestBatchSize of a sweep", () => {
  it("names a size that is faster in every round", () => {
    const random = noise(11);
    const sweep = sweepOf([4, 8, 16], 5, (size) => (size === 8 ? 0.2 : 0.25) * (1 + 0.01 * random()));
    const best = bestBatchSize(sweep);
    expect(best).toMatchObject({ winner: 8, tied: [8] });
    expect(best.reason).toMatch(
      /^8 MB is the fastest \(.* ms, measured\); the next, (4|16) MB, is .*% slower/,
    );
  });

  it("sees through a drift that slows whole rounds", () => {
    const random = noise(13);
    const sweep = sweepOf(
      [4, 8],
      6,
      (size, round) => (1 + round) * (size === 8 ? 1 : 1.1) * (1 + 0.005 * random()),
    );
    expect(bestBatchSize(sweep).winner).toBe(8);
  });

  it("seldom names a winner where all sizes are alike: less than one time in twenty", () => {
    const random = noise(17);
    let winners = 0;
    for (let i = 0; i < 500; i++) {
      const sweep = sweepOf([4, 8, 16, 32], 5, () => 0.2 * (1 + 0.05 * random()));
      if (bestBatchSize(sweep, { minimumGain: 0 }).winner !== null) winners++;
    }
    expect(winners).toBeLessThan(25);
  });

  it("names none for a gain that is real but too small to matter", () => {
    const sweep = sweepOf([4, 8], 5, (size, round) => (size === 8 ? 1 : 1.01) + round * 1e-6);
    expect(bestBatchSize(sweep)).toMatchObject({ winner: null, tied: [4, 8] });
    expect(bestBatchSize(sweep, { minimumGain: 0.005 }).winner).toBe(8);
  });

  it("names none after two rounds, nor with one size", () => {
    expect(bestBatchSize(sweepOf([4, 8], 2, (size) => 1 / size)).reason).toContain("3 are needed");
    expect(bestBatchSize(sweepOf([4], 5, () => 1))).toMatchObject({ winner: null, tied: [4] });
  });

  it("refuses a strategy or worker count that was not measured", () => {
    const sweep = sweepOf([4, 8], 3, () => 1);
    expect(() => bestBatchSize(sweep, { strategy: "sequential" })).toThrow(/sequential/);
    expect(() => bestBatchSize(sweep, { workers: 7 })).toThrow(/7 workers/);
  });

  it("can be fitted: rows of a sweep are measurements", () => {
    const sweep = sweepOf([4, 8, 16, 32], 3, (size) => 0.1 + Math.ceil(BYTES / (size * 2 ** 20)) * 0.01);
    const model = fitPerformanceModel(sweep.rows);
    expect(model.parameters[0]?.estimate).toBeCloseTo(0.01, 9);
  });
});

describe("a sweep of a real archive", () => {
  it("counts accesses, finds the same pages each way, and can be fitted and judged", async () => {
    const folder = await mkdtemp(join(tmpdir(), "opus-zarr-sweep-"));
    try {
      const place = join(folder, "a.zarr");
      const archive = await openArchive(place, { mode: "a" });
      const { recordings } = await importRecordings(archive, [bundledDataset().opus], {});
      const recording = await archive.recording(recordings[0]?.id as string);
      const { byteLength } = await recording.blob();
      const dropCache = () => dropFileCache(place);
      const sweep = await sweepBatchSizes(recording, {
        sizesMb: [0.25, 0.5, 1],
        repeats: 3,
        workers: 1,
        dropCache,
      });
      const { pages } = await recording.index();
      expect(sweep).toMatchObject({ bytes: byteLength, pages });
      expect(new Set(sweep.runs.map((run) => run.pages))).toEqual(new Set([pages]));
      expect(sweep.rows.map((row) => row.accesses)).toEqual([
        pages,
        ...[0.25, 0.5, 1].map((size) => Math.ceil(byteLength / (size * 2 ** 20))),
      ]);
      for (const row of sweep.rows) {
        expect(row.pagesPerSecond).toBeCloseTo(pages / row.seconds, 6);
        expect(row.coldSeconds === null || row.coldSeconds > 0).toBe(true);
      }
      const model = fitPerformanceModel(sweep.rows);
      expect(model.combinations).toHaveLength(1);
      expect([null, 0.25, 0.5, 1]).toContain(bestBatchSize(sweep).winner);
      expect([null, 0.25, 0.5, 1]).toContain(bestBatchSize(model).winner);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const tools = ((): boolean => {
  try {
    execFileSync("fincore", ["--version"]);
    return execFileSync("dd", ["--version"]).toString().includes("coreutils");
  } catch {
    return false;
  }
})();

describe("dropFileCache", () => {
  it.skipIf(!tools)("makes the system forget a file (needs GNU dd, and fincore to see it)", async () => {
    // Not under /tmp, which may be held in memory only.
    const folder = await mkdtemp(join(import.meta.dirname, "../../dist/cache-"));
    try {
      const path = join(folder, "file");
      await writeFile(path, new Uint8Array(4 << 20), { flush: true });
      const cached = (): number =>
        Number(execFileSync("fincore", ["-n", "-b", "-o", "RES", path]).toString());
      expect(cached()).toBeGreaterThan(0);
      expect(await dropFileCache(folder)).toBe(true);
      expect(cached()).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says no for an empty folder, and throws for what is not there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "opus-zarr-cache-"));
    expect(await dropFileCache(folder)).toBe(false);
    await rm(folder, { recursive: true });
    await expect(dropFileCache(folder)).rejects.toThrow(/ENOENT/);
  });
});
