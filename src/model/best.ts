/** Which batch size is the best one, if any is. */
import { argumentError } from "../errors.js";
import type { IndexStrategy } from "../indexing/build.js";
import { dot, quadratic } from "./least-squares.js";
import { median } from "./measurement.js";
import { POOR_FIT, type PerformanceModel } from "./model.js";
import { keptAmounts } from "./predict.js";
import { duration } from "./report.js";
import { studentQuantile } from "./student.js";
import type { Sweep, SweepRow } from "./sweep-model.js";
import { isSetting } from "./sweep-rows.js";

/** What must hold for a size to win. */
export interface BestOptions {
  /** How much faster than each rival a winner must be, as a share; 0.02 unless given. */
  readonly minimumGain?: number | undefined;
  /** Of the intervals, between 0 and 1; 0.95 unless given. */
  readonly confidence?: number | undefined;
  /** Sizes of this strategy are compared; `batch` unless given. */
  readonly strategy?: IndexStrategy | undefined;
  /** And of this worker count; the highest that was measured unless given. */
  readonly workers?: number | undefined;
}

/** The verdict. */
export interface BestBatchSize {
  /** In MiB; null where no size is faster than all others by more than noise and `minimumGain`. */
  readonly winner: number | null;
  /** The fastest size and those that it does not beat, in MiB. */
  readonly tied: readonly number[];
  readonly reason: string;
}

/** How much slower a size is than the fastest: a share of the fastest's time, with its interval. */
interface Rival {
  readonly sizeMb: number;
  readonly slower: number;
  readonly low: number;
  readonly high: number;
}

interface Contest {
  readonly best: number;
  readonly seconds: number;
  readonly rivals: readonly Rival[];
  /** Why no verdict is possible at all. */
  readonly undecidable?: string;
}

/**
 * The batch size to use, by measurement or by model, or the finding that it does not matter.
 *
 * A size wins when it is faster than *every* other by at least `minimumGain`, and by more than noise: of a sweep, the
 * interval of the paired differences (of logarithms, round by round) excludes zero; of a model, the interval of the
 * difference of the two predictions does.
 *
 * @param source of `sweepBatchSizes` or `fitPerformanceModel`
 * @returns the winner or null, the sizes that cannot be told from the fastest, and why
 * @throws {OpusZarrError} of kind `argument` when no size was measured with this strategy and worker count
 * @example
 * ```ts
 * const { winner, reason } = bestBatchSize(await sweepBatchSizes(recording));
 * console.log(winner ?? "no size wins", reason);
 * ```
 */
export function bestBatchSize(source: Sweep | PerformanceModel, options: BestOptions = {}): BestBatchSize {
  const { minimumGain = 0.02, confidence = 0.95 } = options;
  if (!(confidence > 0 && confidence < 1)) throw argumentError("confidence", "between 0 and 1", confidence);
  if (!(minimumGain >= 0)) throw argumentError("minimumGain", "a share of at least 0", minimumGain);
  const contest =
    "runs" in source ? ofSweep(source, options, confidence) : ofModel(source, options, confidence);
  return verdict(contest, minimumGain, "runs" in source ? "measured" : "by the model");
}

function verdict({ best, seconds, rivals, undecidable }: Contest, gain: number, how: string): BestBatchSize {
  const unbeaten = rivals.filter((rival) => !(rival.low > 0 && rival.slower >= gain));
  const tied = undecidable === undefined ? unbeaten : rivals;
  const sizes = [best, ...tied.map((rival) => rival.sizeMb)].sort((a, b) => a - b);
  const fastest = `${best} MB is the fastest (${duration(seconds)}, ${how})`;
  if (undecidable !== undefined)
    return { winner: null, tied: sizes, reason: `${fastest}, but ${undecidable}` };
  if (rivals.length === 0) {
    return { winner: null, tied: sizes, reason: `${best} MB is the only size: nothing to compare it with` };
  }
  if (tied.length > 0) {
    const texts = tied.map((rival) => `${rival.sizeMb} MB (${slowerText(rival)})`);
    const reason = `no size wins: ${fastest}, but not by more than noise and ${percent(gain)} faster than ${texts.join(", ")}`;
    return { winner: null, tied: sizes, reason };
  }
  const next = rivals.reduce((a, b) => (b.slower < a.slower ? b : a));
  return {
    winner: best,
    tied: sizes,
    reason: `${fastest}; the next, ${next.sizeMb} MB, is ${slowerText(next)}`,
  };
}

function ofSweep(sweep: Sweep, options: BestOptions, confidence: number): Contest {
  const { strategy = "batch" } = options;
  const rows = candidates(sweep.rows, { ...options, strategy });
  const best = rows.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const rivals = rows.filter((row) => row !== best).map((row) => pairedRival(sweep, best, row, confidence));
  const contest = { best: best.sizeMb as number, seconds: best.seconds, rivals };
  if (sweep.repeats >= 3) return contest;
  return {
    ...contest,
    undecidable: `${sweep.repeats} rounds cannot show whether that is noise: 3 are needed`,
  };
}

function candidates<T extends Pick<SweepRow, "sizeMb" | "strategy" | "workers">>(
  rows: readonly T[],
  options: BestOptions,
): T[] {
  const sized = rows.filter((row) => row.sizeMb !== null && row.strategy === options.strategy);
  const workers = options.workers ?? Math.max(...sized.map((row) => row.workers));
  const chosen = sized.filter((row) => row.workers === workers);
  if (chosen.length > 0) return chosen;
  const asked = `sizes measured with strategy ${options.strategy} and ${options.workers ?? "any"} workers`;
  throw argumentError("source", asked, "none");
}

/** Rounds are paired: what slows the machine in one slows both. */
function pairedRival(sweep: Sweep, best: SweepRow, row: SweepRow, confidence: number): Rival {
  const times = (setting: SweepRow): Map<number, number> =>
    new Map(
      sweep.runs
        .filter((run) => isSetting(run, setting) && run.cache === "warm")
        .map((run) => [run.round, run.seconds]),
    );
  const ours = times(best);
  const logs = [...times(row)].map(([round, seconds]) => Math.log(seconds / (ours.get(round) as number)));
  const n = logs.length;
  const mean = logs.reduce((sum, value) => sum + value, 0) / n;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = n > 1 ? studentQuantile((1 + confidence) / 2, n - 1) * Math.sqrt(variance / n) : Infinity;
  return {
    sizeMb: row.sizeMb as number,
    slower: row.seconds / best.seconds - 1,
    low: Math.expm1(mean - half),
    high: Math.expm1(mean + half),
  };
}

function ofModel(model: PerformanceModel, options: BestOptions, confidence: number): Contest {
  const { solution, variance } = model.fit;
  const points = sizesOf(model, options).map(({ sizeMb, amounts }) => ({
    sizeMb,
    amounts,
    seconds: dot(amounts, solution.coefficients),
  }));
  const best = points.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const factor = variance === null ? 0 : studentQuantile((1 + confidence) / 2, solution.degreesOfFreedom);
  const rivals = points
    .filter((point) => point !== best)
    .map(({ sizeMb, amounts, seconds }): Rival => {
      const difference = amounts.map((amount, k) => amount - (best.amounts[k] as number));
      const half = factor * Math.sqrt((variance ?? 0) * quadratic(solution.inverse, difference));
      const more = seconds - best.seconds;
      const share = (value: number): number => value / best.seconds;
      return { sizeMb, slower: share(more), low: share(more - half), high: share(more + half) };
    });
  const contest = { best: best.sizeMb, seconds: best.seconds, rivals };
  const poor = model.lackOfFit !== null && model.lackOfFit > POOR_FIT;
  if (variance !== null && best.seconds > 0 && !poor) return contest;
  if (variance === null)
    return { ...contest, undecidable: "the fit has no degree of freedom to tell noise by" };
  const why = poor
    ? "the model misses the measurements by more than their noise: ask the sweep itself"
    : "the model gives no time above zero";
  return { ...contest, undecidable: why };
}

/** The sizes that were measured, fitted or held out, with the median workload of each. */
function sizesOf(model: PerformanceModel, options: BestOptions): { sizeMb: number; amounts: number[] }[] {
  const all = [...model.residuals, ...model.heldOut].map((one) => one.measurement);
  const matching = all.filter(
    ({ strategy, workers }) =>
      (strategy === undefined || strategy === (options.strategy ?? "batch")) &&
      (options.workers === undefined || workers === undefined || workers === options.workers),
  );
  const sizes = new Map<number, number[][]>();
  for (const measurement of matching) {
    const amounts = keptAmounts(model.fit, measurement);
    if (typeof measurement.sizeMb !== "number" || amounts === undefined) continue;
    sizes.set(measurement.sizeMb, [...(sizes.get(measurement.sizeMb) ?? []), amounts]);
  }
  if (sizes.size === 0) throw argumentError("source", "measurements with a sizeMb", "none");
  return [...sizes].map(([sizeMb, rows]) => ({
    sizeMb,
    amounts: (rows[0] as number[]).map((_, k) => median(rows.map((row) => row[k] as number))),
  }));
}

function slowerText({ slower, low, high }: Rival): string {
  return `${percent(slower)} slower, interval ${percent(low)} to ${percent(high)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
