/** The performance model: time = accesses × access time + bytes ÷ bandwidth + pages × time per page + overhead. */
import { argumentError } from "../errors.js";
import { dot, leastSquares } from "./least-squares.js";
import { checkMeasurements, type Measurement, median } from "./measurement.js";
import {
  amountOf,
  type HeldOut,
  MODEL_TERMS,
  type ModelFit,
  type ModelResidual,
  type ModelTerm,
  type PerformanceModel,
  type TimePrediction,
} from "./model.js";
import { partsOf } from "./parameters.js";
import { predictSeconds } from "./predict.js";
import { describeModel } from "./report.js";

/** How {@link fitPerformanceModel} fits. */
export interface FitOptions {
  /** Terms of the model; all four unless given. */
  readonly terms?: readonly ModelTerm[] | undefined;
  /** Probability that an interval holds the truth, between 0 and 1; 0.95 unless given. */
  readonly confidence?: number | undefined;
  /** Weigh by 1 / spread²; on unless `false`, where every measurement has a spread. */
  readonly weighted?: boolean | undefined;
  /** Sizes in MiB to leave out of the fit and predict, or a test of one measurement. */
  readonly holdOut?: readonly number[] | ((measurement: Measurement) => boolean) | undefined;
}

/**
 * Fits `seconds = accesses·a + bytes/bandwidth + pages·p + overhead` by (weighted) least squares.
 *
 * A sweep of batch sizes over *one* recording reads the same bytes and pages at each size. No arithmetic can then
 * tell the time per byte, the time per page and the overhead apart: the fit gives the sum of the three that is known
 * (`combinations`), leaves each of them null, and predicts other sizes of that recording, but not other recordings.
 * Measure recordings of several lengths and bitrates to have all four.
 *
 * @param measurements rows of `sweepBatchSizes`, or your own: `accesses` (or `batches`), `bytes`, `pages`, `seconds`
 *   and, to weigh them, `spreadSeconds`
 * @returns parameters with standard errors and intervals, R², residuals, predictions of what was held out
 * @throws {OpusZarrError} of kind `argument` for no measurements, negative or non-finite numbers, unknown terms
 * @example
 * ```ts
 * const sweep = await sweepBatchSizes(recording, { sizesMb: [4, 8, 16, 32] });
 * const model = fitPerformanceModel(sweep.rows, { holdOut: [16] });
 * console.log(model.summary);
 * ```
 * @see Draper and Smith, Applied Regression Analysis, 3rd edition, chapters 5 and 9 (weights), 20 (rank)
 */
export function fitPerformanceModel(
  measurements: readonly Measurement[],
  options: FitOptions = {},
): PerformanceModel {
  checkMeasurements(measurements);
  const terms = checkTerms(options.terms ?? MODEL_TERMS);
  const { confidence = 0.95 } = options;
  if (!(confidence > 0 && confidence < 1)) throw argumentError("confidence", "between 0 and 1", confidence);
  const isHeldOut = holdOutTest(options.holdOut);
  const used = measurements.filter((one) => !isHeldOut(one));
  if (used.length === 0) throw argumentError("holdOut", "some measurements left to fit", "all held out");
  const weighting = weightsOf(used, options.weighted ?? true);
  const columns = terms.map((term) => used.map((one) => amountOf(one, term)));
  const seconds = used.map((one) => one.seconds);
  const solution = leastSquares(columns, seconds, weighting.weights);
  const degrees = solution.degreesOfFreedom;
  const variance = degrees > 0 ? solution.residualSum / degrees : null;
  const fit: ModelFit = { terms, solution, variance };
  const parts = partsOf(fit, columns, confidence);
  const quality = qualityOf(fit, seconds, weighting.weights);
  const model = {
    ...parts,
    ...quality,
    residualSeconds: variance === null ? null : Math.sqrt(variance),
    degreesOfFreedom: degrees,
    lackOfFit: lackOfFit(
      used,
      seconds.map((value, row) => value - (solution.fitted[row] as number)),
      degrees,
    ),
    weighted: weighting.weighted,
    confidence,
    residuals: used.map((measurement, row) => residualOf(measurement, solution.fitted[row] as number)),
    fit,
  };
  const heldOut = measurements.filter(isHeldOut).map((one) => heldOutOf(model, one));
  return { ...model, heldOut, ...describeModel({ ...model, heldOut }, weighting.warnings) };
}

function checkTerms(terms: readonly ModelTerm[]): readonly ModelTerm[] {
  const unknown = terms.find((term) => !MODEL_TERMS.includes(term));
  if (unknown !== undefined || terms.length === 0) {
    throw argumentError("terms", `some of ${MODEL_TERMS.join(", ")}`, unknown ?? terms);
  }
  return MODEL_TERMS.filter((term) => terms.includes(term));
}

function holdOutTest(holdOut: FitOptions["holdOut"]): (measurement: Measurement) => boolean {
  if (holdOut === undefined) return () => false;
  if (typeof holdOut === "function") return holdOut;
  return ({ sizeMb }) => typeof sizeMb === "number" && holdOut.includes(sizeMb);
}

interface Weighting {
  readonly weights: readonly number[];
  readonly weighted: boolean;
  readonly warnings: readonly string[];
}

/** A spread below this share of the typical one is luck: five runs that happened to agree. */
const LEAST_SPREAD = 0.1;

function weightsOf(measurements: readonly Measurement[], wanted: boolean): Weighting {
  const spreads = measurements.flatMap((one) => one.spreadSeconds ?? []);
  const typical = median(spreads.filter((spread) => spread > 0));
  const some = spreads.length > 0;
  const usable = spreads.length === measurements.length && typical > 0;
  if (!wanted || !usable) {
    const warnings =
      wanted && some ? ["Not weighted: some measurements have no spread, or none has one above zero."] : [];
    return { weights: measurements.map(() => 1), weighted: false, warnings };
  }
  const floored = spreads.map((spread) => Math.max(spread, LEAST_SPREAD * typical));
  const raised = spreads.filter((spread) => spread < LEAST_SPREAD * typical).length;
  return {
    // Relative to the typical spread, so that the residual variance stays in s² of a typical measurement.
    weights: floored.map((spread) => (typical / spread) ** 2),
    weighted: true,
    warnings: raised === 0 ? [] : [`${raised} spreads below a tenth of the median one were raised to that.`],
  };
}

/** Standard error of a median of normal noise, of that of a mean. */
const MEDIAN_ERROR = Math.sqrt(Math.PI / 2);

function lackOfFit(
  measurements: readonly Measurement[],
  residuals: readonly number[],
  degrees: number,
): number | null {
  const spreads = measurements.map((one) => one.spreadSeconds ?? Number.NaN);
  const least = LEAST_SPREAD * median(spreads.filter((spread) => spread > 0));
  if (degrees === 0 || !(least > 0) || spreads.some(Number.isNaN)) return null;
  const squares = residuals.map((residual, row) => {
    const runs = measurements[row]?.runs ?? 1;
    const error = Math.max(spreads[row] as number, least) * (runs > 1 ? MEDIAN_ERROR / Math.sqrt(runs) : 1);
    return (residual / error) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / degrees);
}

function qualityOf(
  { solution }: ModelFit,
  seconds: readonly number[],
  weights: readonly number[],
): Pick<PerformanceModel, "rSquared" | "adjustedRSquared"> {
  const mean = dot(weights, seconds) / weights.reduce((sum, weight) => sum + weight, 0);
  const total = dot(
    weights,
    seconds.map((value) => (value - mean) ** 2),
  );
  if (!(total > 0)) return { rSquared: Number.NaN, adjustedRSquared: Number.NaN };
  const rSquared = 1 - solution.residualSum / total;
  const { degreesOfFreedom: degrees } = solution;
  const adjusted = degrees > 0 ? 1 - ((1 - rSquared) * (seconds.length - 1)) / degrees : Number.NaN;
  return { rSquared, adjustedRSquared: adjusted };
}

function residualOf(measurement: Measurement, fittedSeconds: number): ModelResidual {
  return { measurement, fittedSeconds, residualSeconds: measurement.seconds - fittedSeconds };
}

function heldOutOf(model: Pick<PerformanceModel, "fit" | "confidence">, measurement: Measurement): HeldOut {
  const [prediction] = predictSeconds(model, [measurement]) as [TimePrediction];
  const { seconds } = prediction;
  return { measurement, prediction, errorSeconds: seconds === null ? null : measurement.seconds - seconds };
}
