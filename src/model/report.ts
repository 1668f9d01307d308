/** A fitted model in words: what is known, how well, and what is not. */
import type { Measurement } from "./measurement.js";
import { type ModelTerm, POOR_FIT, type ParameterCombination, type PerformanceModel } from "./model.js";

const NAMES: Readonly<Record<ModelTerm, string>> = {
  access: "time per access",
  overhead: "overhead",
  byte: "time per byte",
  page: "time per page",
};

/** Beyond this the columns are so alike that small noise moves much of one term's time to another. */
const HIGH_CONDITION = 100;

/** Warnings and summary of a model. */
export function describeModel(
  model: Omit<PerformanceModel, "warnings" | "summary">,
  weighting: readonly string[],
): Pick<PerformanceModel, "warnings" | "summary"> {
  const warnings = [...weighting, ...identityWarnings(model), ...valueWarnings(model)];
  const lines = [
    `${model.residuals.length} measurements, ${model.fit.solution.kept.length} of ${model.fit.terms.length} terms determined` +
      `${model.weighted ? ", weighted by spread" : ""}; R² ${model.rSquared.toFixed(4)}` +
      (model.residualSeconds === null ? "" : `, a residual is ${duration(model.residualSeconds)} on average`),
    ...model.parameters.flatMap((one) =>
      one.estimate === null
        ? []
        : [
            `${NAMES[one.term]}: ${valueText(one.estimate, one.standardError)}${bandwidthText(model, one.term)}`,
          ],
    ),
    ...model.combinations.map((one) => `${sumText(one)} = ${valueText(one.estimate, one.standardError)}`),
    ...model.heldOut.map(({ measurement, prediction }) => heldOutText(measurement, prediction.seconds)),
    ...warnings.map((warning) => `note: ${warning}`),
  ];
  return { warnings, summary: lines.join("\n") };
}

function identityWarnings(model: Omit<PerformanceModel, "warnings" | "summary">): string[] {
  const warnings = model.combinations.map((one) => {
    const names = Object.keys(one.factors).map((term) => NAMES[term as ModelTerm]);
    return (
      `${list(names)} cannot be told apart by these measurements, only ${sumText(one)} is known: ` +
      "measure recordings of other lengths and bitrates."
    );
  });
  const { condition } = model.fit.solution;
  if (condition > HIGH_CONDITION) {
    warnings.push(
      `The terms vary almost together (condition ${condition.toPrecision(2)}): single parameters are uncertain.`,
    );
  }
  if (model.degreesOfFreedom === 0) {
    warnings.push(
      "As many parameters as measurements: the fit is exact whatever is true, and has no errors.",
    );
  }
  return warnings;
}

function valueWarnings(model: Omit<PerformanceModel, "warnings" | "summary">): string[] {
  const { lackOfFit } = model;
  const misfit =
    lackOfFit !== null && lackOfFit > POOR_FIT
      ? [
          `The model misses the measurements by ${lackOfFit.toPrecision(2)} times their noise: time goes elsewhere too.`,
        ]
      : [];
  const values = model.parameters.flatMap(({ term, estimate, low, high }) => {
    if (estimate === null) return [];
    if (high !== null && high < 0) {
      return [`The ${NAMES[term]} came out below zero by more than noise: the model does not hold here.`];
    }
    if (estimate < 0) return [`The ${NAMES[term]} came out below zero: no such cost is seen.`];
    if (low !== null && low <= 0) return [`The ${NAMES[term]} cannot be told from zero.`];
    return [];
  });
  return [...misfit, ...values];
}

function bandwidthText(model: Pick<PerformanceModel, "bandwidth">, term: ModelTerm): string {
  const speed = model.bandwidth?.mbPerSecond;
  return term !== "byte" || speed === null || speed === undefined ? "" : ` (${speed.toPrecision(3)} MiB/s)`;
}

function heldOutText(measurement: Measurement, predicted: number | null): string {
  const which = typeof measurement.sizeMb === "number" ? `${measurement.sizeMb} MB` : "a measurement";
  if (predicted === null) return `held out, ${which}: not predictable from the others`;
  return `held out, ${which}: predicted ${duration(predicted)}, measured ${duration(measurement.seconds)}`;
}

function sumText({ factors }: ParameterCombination): string {
  const parts = Object.entries(factors).map(([term, factor]) => {
    const name = NAMES[term as ModelTerm];
    return Math.abs(factor - 1) < 1e-12 ? name : `${Number(factor.toPrecision(6))} × ${name}`;
  });
  return parts.join(" + ");
}

function valueText(estimate: number, error: number | null): string {
  return error === null ? duration(estimate) : `${duration(estimate)} ± ${duration(error)}`;
}

function list(names: readonly string[]): string {
  return names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** Seconds in the unit that gives a readable number. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  const [factor, unit] =
    size === 0 || size >= 1
      ? [1, "s"]
      : size >= 1e-3
        ? [1e3, "ms"]
        : size >= 1e-6
          ? [1e6, "µs"]
          : [1e9, "ns"];
  return `${Number((seconds * Number(factor)).toPrecision(3))} ${unit}`;
}
