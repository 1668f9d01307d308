/** What a sweep finds: settings, timed runs, a row a setting. */
import type { IndexStrategy } from "../indexing/build.js";
import type { Measurement } from "./measurement.js";

/** One way to build an index; `sizeMb` (MiB) is null a page at a time, `workers` 0 where none are used. */
export interface SweepSetting {
  readonly sizeMb: number | null;
  readonly strategy: IndexStrategy;
  readonly workers: number;
}

/** Seconds that a build spent in each phase, summed over workers. */
export interface SweepPhases {
  readonly locate: number;
  readonly detail: number;
  readonly accumulate: number;
}

/** One timed build. */
export interface SweepRun extends SweepSetting {
  /** From 0; −1 for the run before the first round. */
  readonly round: number;
  /**
   * `first`: the first read by this sweep, cold only if no program had read the file before. `warm`: right after a
   * run that read the whole file. `cold`: right after `dropCache`.
   */
  readonly cache: "first" | "warm" | "cold";
  /** From call to result; worker threads that an earlier run started are used again. */
  readonly seconds: number;
  readonly pages: number;
  readonly batches: number;
  readonly accesses: number;
  readonly storeReads: number;
  readonly phases: SweepPhases;
}

/** The runs of one setting together; `seconds` is the median and `spreadSeconds` the scaled median deviation. */
export interface SweepRow extends Measurement, SweepSetting {
  readonly sizeMb: number | null;
  readonly strategy: IndexStrategy;
  readonly workers: number;
  readonly accesses: number;
  readonly batches: number;
  readonly storeReads: number;
  /** Warm runs that the figures stand for. */
  readonly runs: number;
  readonly spreadSeconds: number;
  readonly fastestSeconds: number;
  readonly slowestSeconds: number;
  readonly pagesPerSecond: number;
  /** MiB of the file a second. */
  readonly mbPerSecond: number;
  readonly phases: SweepPhases;
  /** Median of the cold runs; null without `dropCache`. */
  readonly coldSeconds: number | null;
  readonly coldSpreadSeconds: number | null;
}

/** What a sweep found. */
export interface Sweep {
  readonly recording: string;
  /** Bytes of the Ogg Opus file. */
  readonly bytes: number;
  readonly pages: number;
  readonly repeats: number;
  /** One a setting, in the order asked for. */
  readonly rows: readonly SweepRow[];
  /** Every run, in the order in which they ran. */
  readonly runs: readonly SweepRun[];
  /** What `warm` and `cold` mean here, and what they do not. */
  readonly cacheNote: string;
}
