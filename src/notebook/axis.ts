/** Axes of static pictures: from values to pixels, and where the ticks stand. */
import { labelText, type PlotAxis, type PlotTrace, unpackArray } from "./plot.js";

/** An axis laid out: `toUnit` gives 0 at its start and 1 at its end. */
export interface Scale {
  readonly toUnit: (value: number | string) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Names of a category axis in order; none of a numeric one. */
  readonly categories: readonly string[];
}

/** Lays out one axis for what is drawn along it. */
export function layOutAxis(
  axis: PlotAxis | undefined,
  traces: readonly PlotTrace[],
  along: "x" | "y",
): Scale {
  const values = traces.flatMap((trace) => valuesAlong(trace, along));
  const names = values.filter((value): value is string => typeof value === "string");
  if (axis?.type === "category" || names.length > 0) return categoryScale([...new Set(names)]);
  const numbers = values.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  if (axis?.type === "log") return withOwnTicks(logScale(axis, numbers), axis);
  const [low, high] = axis?.range ?? paddedRange(numbers, traces);
  const span = high - low || 1;
  const toUnit = (value: number | string): number => (Number(value) - low) / span;
  return withOwnTicks({ toUnit, ticks: evenTicks(low, high, along), categories: [] }, axis);
}

function evenTicks(low: number, high: number, along: "x" | "y"): Scale["ticks"] {
  const span = high - low || 1;
  const step = niceStep(span / (along === "x" ? 8 : 5));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const value = (first + i) * step;
    return { at: (value - low) / span, label: tickLabel(value, step) };
  });
}

function withOwnTicks(scale: Scale, axis: PlotAxis | undefined): Scale {
  if (!axis?.tickvals) return scale;
  const label = (value: number, i: number): string => labelText(axis.ticktext?.[i] ?? String(value));
  return {
    ...scale,
    ticks: axis.tickvals.map((value, i) => ({ at: scale.toUnit(value), label: label(value, i) })),
  };
}

function categoryScale(categories: readonly string[]): Scale {
  const toUnit = (value: number | string): number =>
    ((typeof value === "number" ? value : categories.indexOf(value)) + 0.5) / Math.max(1, categories.length);
  const ticks = categories.map((name) => ({ at: toUnit(name), label: labelText(name) }));
  return { toUnit, ticks, categories };
}

function logScale(axis: PlotAxis, numbers: readonly number[]): Scale {
  const positive = numbers.filter((value) => value > 0).map(Math.log10);
  const least = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = positive.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const ends = positive.length === 0 ? ([0, 1] as const) : ([least - 0.1, most + 0.1] as const);
  const [low, high] = axis.range ?? ends;
  const toUnit = (value: number | string): number =>
    Number(value) > 0 ? (Math.log10(Number(value)) - low) / (high - low || 1) : -1;
  const ticks: { at: number; label: string }[] = [];
  const steps = high - low > 3 ? [1] : [1, 2, 5];
  for (let power = Math.floor(low); power <= high; power++) {
    for (const step of steps) {
      const value = step * 10 ** power;
      const at = toUnit(value);
      if (at >= 0 && at <= 1) ticks.push({ at, label: tickLabel(value, value) });
    }
  }
  return { toUnit, ticks, categories: [] };
}

/** What a trace takes up along an axis. */
function valuesAlong(trace: PlotTrace, along: "x" | "y"): readonly (number | string | null)[] {
  if (trace.type === "heatmap") {
    const [rows, columns] = (trace.z.shape ?? "0, 0").split(",").map(Number) as [number, number];
    const [first, step, count] = along === "x" ? [trace.x0, trace.dx, columns] : [trace.y0, trace.dy, rows];
    return [first - step / 2, first + (count - 0.5) * step];
  }
  if (trace.type === "bar" && trace.orientation === "h" && along === "x") {
    return trace.x.flatMap((length, i) => [trace.base?.[i] ?? 0, (trace.base?.[i] ?? 0) + Number(length)]);
  }
  const values = listOf(trace[along]);
  if (along === "x" || trace.error_y === undefined) return values;
  const { array, arrayminus } = trace.error_y;
  return values.flatMap((value, i): (number | string | null)[] =>
    typeof value === "number" ? [value - (arrayminus[i] ?? 0), value + (array[i] ?? 0)] : [value],
  );
}

/** Values of a trace as a list, unpacked if need be. */
export function listOf(
  values: readonly (number | string | null)[] | Parameters<typeof unpackArray>[0],
): readonly (number | string | null)[] {
  return "bdata" in values ? Array.from(unpackArray(values)) : values;
}

/** All values with a little room; bars stand on zero. */
function paddedRange(numbers: readonly number[], traces: readonly PlotTrace[]): readonly [number, number] {
  let least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  let most = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (least > most) return [0, 1];
  const upright = traces.some((trace) => trace.type === "bar" && trace.orientation !== "h");
  if (upright) [least, most] = [Math.min(0, least), Math.max(0, most)];
  const room = (most - least || Math.abs(most) || 1) * 0.05;
  return [upright && least === 0 ? 0 : least - room, upright && most === 0 ? 0 : most + room];
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * 0.999) ?? 10;
  return factor * power;
}

const PREFIXES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** A number as plotly writes it: `20k` from ten thousand on, and no more digits than the step needs. */
function tickLabel(value: number, step: number): string {
  const size = Math.abs(value);
  const [unit, prefix] = size >= 1e4 ? (PREFIXES.find(([u]) => size >= u) ?? [1, ""]) : [1, ""];
  const digits = Math.max(0, Math.min(9, -Math.floor(Math.log10(step / unit) + 1e-9)));
  const text = (value / unit).toFixed(digits);
  const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return `${Number(trimmed) === 0 ? "0" : trimmed.replace("-", "−")}${prefix}`;
}
