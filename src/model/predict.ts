/** Predictions of a fitted model. */
import { dot, quadratic } from "./least-squares.js";
import { checkWorkload, type Workload } from "./measurement.js";
import { amountOf, type ModelFit, type PerformanceModel, type TimePrediction } from "./model.js";
import { studentQuantile } from "./student.js";

/**
 * What a model says of workloads that were not measured.
 *
 * @param model of {@link fitPerformanceModel}
 * @param workloads `accesses` (or `batches`), `bytes` and `pages` of each
 * @returns a prediction each, with the interval in which a new measurement would lie
 * @throws {OpusZarrError} of kind `argument` for negative or non-finite numbers
 * @example
 * ```ts
 * const [guess] = predictSeconds(model, [{ accesses: 5, bytes: 73.5e6, pages: 3655 }]);
 * ```
 * @see Draper and Smith, Applied Regression Analysis, 3rd edition, section 3.1
 */
export function predictSeconds(
  model: Pick<PerformanceModel, "fit" | "confidence">,
  workloads: readonly Workload[],
): TimePrediction[] {
  const { fit, confidence } = model;
  const { solution, variance } = fit;
  const factor = variance === null ? 0 : studentQuantile((1 + confidence) / 2, solution.degreesOfFreedom);
  return workloads.map((workload, row) => {
    checkWorkload(workload, row);
    const amounts = keptAmounts(fit, workload);
    if (amounts === undefined) return { workload, seconds: null, low: null, high: null, predictable: false };
    const seconds = dot(amounts, solution.coefficients);
    if (variance === null) return { workload, seconds, low: null, high: null, predictable: true };
    const half = factor * Math.sqrt(variance * (1 + quadratic(solution.inverse, amounts)));
    return { workload, seconds, low: seconds - half, high: seconds + half, predictable: true };
  });
}

/**
 * The amounts of the terms that were fitted; undefined where the others are not the sums of them that they were in
 * the measurements, so that no prediction follows.
 */
export function keptAmounts({ terms, solution }: ModelFit, workload: Workload): number[] | undefined {
  const all = terms.map((term) => amountOf(workload, term));
  const kept = solution.kept.map((column) => all[column] as number);
  const holds = solution.aliases.every(({ column, ofKept }) => {
    const amount = all[column] as number;
    const made = kept.map((value, k) => Math.abs(value * (ofKept[k] as number)));
    const size = Math.max(Math.abs(amount), ...made);
    return Math.abs(dot(kept, ofKept) - amount) <= 1e-6 * size;
  });
  return holds ? kept : undefined;
}
