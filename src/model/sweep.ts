/** Index builds with several batch sizes, strategies and worker counts, repeated in turn and timed. */
import { availableParallelism } from "node:os";
import type { Recording } from "../archive/open.js";
import { argumentError } from "../errors.js";
import { buildPageIndex, type IndexStrategy } from "../indexing/build.js";
import type { PageCheck } from "../ogg/page.js";
import { positiveNumber, wholeNumber } from "../units.js";
import { seededRandom, shuffled } from "../random.js";
import type { Sweep, SweepRun, SweepSetting } from "./sweep-model.js";
import { sweepRows } from "./sweep-rows.js";

/** What a sweep needs of a recording. */
export interface SweepSource {
  readonly id: string;
  /** Opens the bytes to be indexed, of which a sweep needs the number. */
  blob(): Promise<{ readonly byteLength: number }>;
}

/** What a sweep needs of an index build: `buildPageIndex`, or a stand-in. */
export type SweepBuild<R> = (
  recording: R,
  options: {
    readonly batchSizeMb?: number;
    readonly strategy: IndexStrategy;
    readonly workers: number;
    readonly verify: PageCheck;
    readonly signal?: AbortSignal;
  },
) => Promise<{ readonly report: Omit<SweepRun, keyof SweepSetting | "round" | "cache"> }>;

/** How far a sweep is. */
export interface SweepProgress extends SweepSetting {
  readonly done: number;
  readonly total: number;
}

/** What {@link sweepBatchSizes} tries. */
export interface SweepOptions<R = Recording> {
  /** Batch sizes in MiB; 4, 8, 16 and 32 unless given. */
  readonly sizesMb?: readonly number[] | undefined;
  /** `page` is one setting whatever the sizes; it and `sequential` use no workers. `page` and `batch` unless given. */
  readonly strategies?: readonly IndexStrategy[] | undefined;
  /** Worker threads of `batch`, one count or several to compare; one a core unless given. */
  readonly workers?: number | readonly number[] | undefined;
  /** Pages are confirmed by their checksum (default), or by their headers. */
  readonly verify?: PageCheck | undefined;
  /** Rounds, each of which runs every setting once, in a new order; 5 unless given. */
  readonly repeats?: number | undefined;
  /** Seed of the orders; 1 unless given. */
  readonly seed?: number | undefined;
  /** Throws the file out of the system's cache: adds a cold run to each warm one. See {@link dropFileCache}. */
  readonly dropCache?: (() => Promise<boolean>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after every run. */
  readonly onProgress?: ((progress: SweepProgress) => void) | undefined;
  /** Builds the index; `buildPageIndex` unless given. */
  readonly build?: SweepBuild<R> | undefined;
}

/**
 * Builds a recording's index with each batch size, strategy and worker count, and times it.
 *
 * The settings take turns (every round runs each once, in a shuffled order), so that a machine that slows down in the
 * meantime slows all of them alike. Runs are `warm`: the file was just read whole, and lies in the system's cache
 * if it fits. What a disk costs, only `cold` runs show; no program can be sure of those, since disks and virtual
 * machines have caches of their own.
 *
 * @param recording of `archive.recording(id)`
 * @returns medians and spreads a setting, and every run; feed `rows` to `fitPerformanceModel`
 * @throws {OpusZarrError} of kind `argument` for sizes, strategies or counts that are none; the signal's reason when
 *   it is aborted
 * @example
 * ```ts
 * const sweep = await sweepBatchSizes(await archive.recording("site1__20190522"), { repeats: 7 });
 * for (const row of sweep.rows) console.log(row.sizeMb ?? "page", row.accesses, row.pagesPerSecond);
 * console.log(bestBatchSize(sweep).reason);
 * ```
 */
export async function sweepBatchSizes<R extends SweepSource = Recording>(
  recording: R,
  options: SweepOptions<R> = {},
): Promise<Sweep> {
  const settings = settingsOf(options);
  const repeats = wholeNumber("repeats", options.repeats ?? 5, 1);
  // Where no build is given, R is a Recording.
  const build = options.build ?? (buildPageIndex as unknown as SweepBuild<R>);
  const bytes = (await recording.blob()).byteLength;
  const runs: SweepRun[] = [];
  const cold = options.dropCache !== undefined && (await options.dropCache());
  const total = 1 + repeats * settings.length * (cold ? 2 : 1);
  const run = async (setting: SweepSetting, round: number, cache: SweepRun["cache"]): Promise<void> => {
    options.signal?.throwIfAborted();
    runs.push(await timed(recording, build, { setting, round, cache, options }));
    options.onProgress?.({ ...setting, done: runs.length, total });
  };
  await run(settings[0] as SweepSetting, -1, cold ? "cold" : "first");
  const random = seededRandom(options.seed ?? 1);
  for (let round = 0; round < repeats; round++) {
    for (const setting of shuffled(settings, random)) {
      if (cold) {
        await options.dropCache?.();
        await run(setting, round, "cold");
      }
      await run(setting, round, "warm");
    }
  }
  const rows = settings.map((setting) => sweepRows(setting, bytes, runs));
  const pages = runs[0]?.pages ?? 0;
  return { recording: recording.id, bytes, pages, repeats, rows, runs, cacheNote: cacheNote(cold, options) };
}

function settingsOf<R>(options: SweepOptions<R>): SweepSetting[] {
  const sizes = (options.sizesMb ?? [4, 8, 16, 32]).map((size) => positiveNumber("sizesMb", size));
  const strategies = options.strategies ?? ["page", "batch"];
  const given = options.workers ?? availableParallelism();
  const workers = (typeof given === "number" ? [given] : given).map((one) => wholeNumber("workers", one));
  const unknown = strategies.find((one) => !["batch", "page", "sequential"].includes(one));
  if (unknown !== undefined) throw argumentError("strategies", "batch, page or sequential", unknown);
  const settings = strategies.flatMap((strategy) =>
    (strategy === "page" ? [null] : sizes).flatMap((sizeMb) =>
      (strategy === "batch" ? workers : [0]).map((count) => ({ sizeMb, strategy, workers: count })),
    ),
  );
  const distinct = new Map(settings.map((one) => [JSON.stringify(one), one]));
  if (distinct.size === 0)
    throw argumentError("sizesMb", "at least one size, strategy and worker count", sizes);
  return [...distinct.values()];
}

async function timed<R>(
  recording: R,
  build: SweepBuild<R>,
  job: {
    setting: SweepSetting;
    round: number;
    cache: SweepRun["cache"];
    options: Pick<SweepOptions<R>, "signal" | "verify">;
  },
): Promise<SweepRun> {
  const { setting, round, cache } = job;
  const { signal, verify = "crc" } = job.options;
  const { strategy, workers, sizeMb } = setting;
  const started = performance.now();
  const { report } = await build(recording, {
    strategy,
    workers,
    verify,
    ...(sizeMb === null ? {} : { batchSizeMb: sizeMb }),
    ...(signal === undefined ? {} : { signal }),
  });
  const seconds = (performance.now() - started) / 1000;
  const { pages, batches, accesses, storeReads, phases } = report;
  return { ...setting, round, cache, seconds, pages, batches, accesses, storeReads, phases };
}

function cacheNote<R>(cold: boolean, options: SweepOptions<R>): string {
  const warm =
    "Warm runs read a file that this program had just read: from the system's cache, as far as it fits there.";
  if (cold) {
    return `${warm} Before cold runs the system was asked to forget the file; caches of the disk or of a host machine remain.`;
  }
  const why = options.dropCache === undefined ? "" : " The system could not be asked to forget the file.";
  return `${warm} The first run found the cache as it was: cold only if nothing had read the file before.${why}`;
}
