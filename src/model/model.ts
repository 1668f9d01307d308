/** What a fitted performance model is. */
import type { LeastSquares } from "./least-squares.js";
import { accessesOf, type Measurement, type Workload } from "./measurement.js";

/** What time is spent on, in the order in which the fit takes them up. */
export type ModelTerm = "access" | "overhead" | "byte" | "page";

/** Above this `lackOfFit`, noise does not explain what the model misses. */
export const POOR_FIT = 2;

/** All terms: what varies in a sweep first, what is constant in it after the overhead. */
export const MODEL_TERMS: readonly ModelTerm[] = ["access", "overhead", "byte", "page"];

/** Seconds per access, per byte or per page; or seconds, for the overhead. */
export interface ModelParameter {
  readonly term: ModelTerm;
  readonly unit: "s/access" | "s/byte" | "s/page" | "s";
  /**
   * `identified`: the measurements give it a value. `combined`: they give one only to its sum with others, see
   * `combinations`. `absent`: not in the model, or zero in every measurement.
   */
  readonly status: "identified" | "combined" | "absent";
  /** Null unless identified. */
  readonly estimate: number | null;
  /** Null unless identified, and where no degree of freedom is left to tell. */
  readonly standardError: number | null;
  /** The confidence interval; null like `standardError`. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A sum of parameters that is known where the parameters alone are not. */
export interface ParameterCombination {
  /** How often each term goes into the sum. */
  readonly factors: Readonly<Partial<Record<ModelTerm, number>>>;
  readonly estimate: number;
  readonly standardError: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** One measurement beside what the model says of it. */
export interface ModelResidual {
  readonly measurement: Measurement;
  readonly fittedSeconds: number;
  /** Measured less fitted. */
  readonly residualSeconds: number;
}

/** A held-out measurement beside its prediction. */
export interface HeldOut {
  readonly measurement: Measurement;
  readonly prediction: TimePrediction;
  /** Measured less predicted; null where the model cannot predict it. */
  readonly errorSeconds: number | null;
}

/** Bandwidth in MiB/s; null ends are unbounded. */
export interface Bandwidth {
  readonly mbPerSecond: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A fitted model: plain data, to print, store or send. */
export interface PerformanceModel {
  readonly parameters: readonly ModelParameter[];
  readonly combinations: readonly ParameterCombination[];
  /** One over the time per byte; null unless that is identified. */
  readonly bandwidth: Bandwidth | null;
  /** Share of the variance that the model explains, 1 at best; NaN where there is no variance. */
  readonly rSquared: number;
  readonly adjustedRSquared: number;
  /** Standard deviation of a residual, in seconds (for a measurement of typical spread). */
  readonly residualSeconds: number | null;
  readonly degreesOfFreedom: number;
  /**
   * How many times larger the residuals are than the measurements' own noise: about 1 where the model holds. Null
   * without spreads or degrees of freedom.
   */
  readonly lackOfFit: number | null;
  readonly weighted: boolean;
  readonly confidence: number;
  readonly residuals: readonly ModelResidual[];
  readonly heldOut: readonly HeldOut[];
  /** What the reader should know before believing any of it. */
  readonly warnings: readonly string[];
  /** The fit in words, one line a fact. */
  readonly summary: string;
  /** What {@link predictSeconds} computes with. */
  readonly fit: ModelFit;
}

/** The linear algebra of a model. */
export interface ModelFit {
  readonly terms: readonly ModelTerm[];
  readonly solution: LeastSquares;
  /** Residual variance at weight 1; null without degrees of freedom. */
  readonly variance: number | null;
}

/** A predicted time. */
export interface TimePrediction {
  readonly workload: Workload;
  /** Null where the measurements do not determine it: see `predictable`. */
  readonly seconds: number | null;
  /** Between these a new measurement would lie, with the model's confidence; null where it cannot be told. */
  readonly low: number | null;
  readonly high: number | null;
  /** False where terms that the fit cannot tell apart stand in another proportion than in the measurements. */
  readonly predictable: boolean;
}

/** How much of a term a workload needs. */
export function amountOf(workload: Workload, term: ModelTerm): number {
  if (term === "access") return accessesOf(workload);
  if (term === "byte") return workload.bytes;
  return term === "page" ? workload.pages : 1;
}
