/** Stages whose bench gives single figures, as `STAGE.bench.mjs` does, in the form of the others. */
import type { BenchResult, Target } from "./result.js";
import type { BenchResult as FlatResult } from "./results.d.mts";

/** One result out of single figures; what has the common form already stays as it is. */
export function commonForm(stage: string, results: readonly (FlatResult | BenchResult)[]): BenchResult[] {
  const whole = results.filter((one): one is BenchResult => "measures" in one);
  const flat = results.filter((one): one is FlatResult => !("measures" in one));
  if (flat.length === 0) return whole;
  const measures = flat.map(({ name, unit, value }) => ({ name, unit, values: [value] }));
  return [...whole, { title: stage, measures, targets: flat.flatMap(targetsOf), missing: [] }];
}

function targetsOf({ name, value, unit, target }: FlatResult): Target[] {
  const { min, max } = target ?? {};
  const of = (sense: Target["sense"], limit: number | undefined): Target[] =>
    limit === undefined ? [] : [{ target: name, value, unit, sense, limit }];
  return [...of("at least", min), ...of("at most", max)];
}
