/** From the runs of a setting to one row. */
import { BYTES_PER_MB } from "../units.js";
import { median, medianDeviation } from "./measurement.js";
import type { SweepPhases, SweepRow, SweepRun, SweepSetting } from "./sweep-model.js";

/** Whether a run or row is of this setting. */
export function isSetting(one: SweepSetting, setting: SweepSetting): boolean {
  return (
    one.sizeMb === setting.sizeMb && one.strategy === setting.strategy && one.workers === setting.workers
  );
}

/** Medians and spreads of one setting's warm runs, and of its cold ones if there are any. */
export function sweepRows(setting: SweepSetting, bytes: number, runs: readonly SweepRun[]): SweepRow {
  const own = runs.filter((run) => isSetting(run, setting) && run.round >= 0);
  const warm = own.filter((run) => run.cache === "warm");
  const times = warm.map((run) => run.seconds);
  const cold = own.filter((run) => run.cache === "cold").map((run) => run.seconds);
  const seconds = median(times);
  const middle = (pick: (run: SweepRun) => number): number => median(warm.map(pick));
  const pages = middle((run) => run.pages);
  const phases: SweepPhases = {
    locate: middle((run) => run.phases.locate),
    detail: middle((run) => run.phases.detail),
    accumulate: middle((run) => run.phases.accumulate),
  };
  return {
    sizeMb: setting.sizeMb,
    strategy: setting.strategy,
    workers: setting.workers,
    accesses: middle((run) => run.accesses),
    batches: middle((run) => run.batches),
    storeReads: middle((run) => run.storeReads),
    bytes,
    pages,
    runs: warm.length,
    seconds,
    spreadSeconds: medianDeviation(times),
    fastestSeconds: Math.min(...times),
    slowestSeconds: Math.max(...times),
    pagesPerSecond: pages / seconds,
    mbPerSecond: bytes / BYTES_PER_MB / seconds,
    phases,
    coldSeconds: cold.length === 0 ? null : median(cold),
    coldSpreadSeconds: cold.length === 0 ? null : medianDeviation(cold),
  };
}
