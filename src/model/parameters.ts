/** From the solution of the least squares to parameters with their errors. */
import { BYTES_PER_MB } from "../units.js";
import { dot } from "./least-squares.js";
import {
  type Bandwidth,
  MODEL_TERMS,
  type ModelFit,
  type ModelParameter,
  type ModelTerm,
  type PerformanceModel,
} from "./model.js";
import { studentQuantile } from "./student.js";

const UNITS = { access: "s/access", byte: "s/byte", page: "s/page", overhead: "s" } as const;

/** The parameters that a solution determines, and the sums of those that it does not. */
export function partsOf(
  fit: ModelFit,
  columns: readonly (readonly number[])[],
  confidence: number,
): Pick<PerformanceModel, "parameters" | "combinations" | "bandwidth"> {
  const { solution, terms, variance } = fit;
  const factor = variance === null ? 0 : studentQuantile((1 + confidence) / 2, solution.degreesOfFreedom);
  const values = solution.kept.map((_, k) => {
    const estimate = solution.coefficients[k] as number;
    const unit = (solution.inverse[k] as readonly number[])[k] as number;
    const error = variance === null ? null : Math.sqrt(variance * unit);
    const range = error === null ? { low: null, high: null } : intervalOf(estimate, factor * error);
    return { estimate, standardError: error, ...range };
  });
  const sums = solution.kept.map((column, k) => factorsOf(fit, columns, column, k));
  const parameters = MODEL_TERMS.map((term): ModelParameter => {
    const k = solution.kept.findIndex((column) => terms[column] === term);
    const own = values[k];
    const alone = own !== undefined && Object.keys(sums[k] ?? {}).length === 1;
    if (alone) return { term, unit: UNITS[term], status: "identified", ...own };
    const status = sums.some((factors) => term in factors) ? "combined" : "absent";
    return { term, unit: UNITS[term], status, estimate: null, standardError: null, low: null, high: null };
  });
  const combinations = values.flatMap((value, k) => {
    const factors = sums[k] ?? {};
    return Object.keys(factors).length > 1 ? [{ factors, ...value }] : [];
  });
  return { parameters, combinations, bandwidth: bandwidthOf(parameters) };
}

/** A kept term, and the left-out ones that its coefficient stands for as well. */
function factorsOf(
  { solution, terms }: ModelFit,
  columns: readonly (readonly number[])[],
  column: number,
  k: number,
): Partial<Record<ModelTerm, number>> {
  const size = (index: number): number => Math.sqrt(dot(columns[index] ?? [], columns[index] ?? []));
  const factors: Partial<Record<ModelTerm, number>> = { [terms[column] as ModelTerm]: 1 };
  for (const alias of solution.aliases) {
    const share = alias.ofKept[k] ?? 0;
    // Rounding leaves shares of 1e-16 where there is none.
    if (Math.abs(share) * size(column) > 1e-9 * size(alias.column))
      factors[terms[alias.column] as ModelTerm] = share;
  }
  return factors;
}

function intervalOf(estimate: number, half: number): { low: number; high: number } {
  return { low: estimate - half, high: estimate + half };
}

function bandwidthOf(parameters: readonly ModelParameter[]): Bandwidth | null {
  const byte = parameters.find((one) => one.term === "byte");
  if (byte === undefined || byte.estimate === null) return null;
  const speed = (perByte: number | null): number | null =>
    perByte !== null && perByte > 0 ? 1 / perByte / BYTES_PER_MB : null;
  return { mbPerSecond: speed(byte.estimate), low: speed(byte.high), high: speed(byte.low) };
}
