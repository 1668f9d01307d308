/** Charts of measurements: sizes against each other, and a model against what was measured. */
import {
  type BarTrace,
  type ErrorBars,
  type LineTrace,
  type Plot,
  type PlotLayout,
  plotText,
  seriesColor,
  titled,
} from "./plot.js";

/** A value measured several times. */
export interface SweepPoint {
  /** What was tried, such as `page` or `8 MB`. */
  readonly label: string;
  readonly median: number;
  /** Ends of the spread, in the unit of the median; left out where there is only one value. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** Measurements that belong together, such as those of one strategy. */
export interface SweepSeries {
  readonly name: string;
  readonly points: readonly SweepPoint[];
}

/** Options of {@link sweepPlot}. */
export interface SweepPlotOptions {
  /** What the values are, with their unit, such as `pages per second`. */
  readonly valueTitle: string;
  /** What was varied. Default `chunk size`. */
  readonly labelTitle?: string | undefined;
  readonly title?: string | undefined;
  /** A logarithmic value axis, for values that lie far apart. */
  readonly logarithmic?: boolean | undefined;
}

/**
 * Medians side by side with their spread: which size, strategy or worker count does better, if any.
 *
 * @param series measurements; those of one label stand together
 * @param options `valueTitle` with the unit, `labelTitle`, `title`, `logarithmic`
 * @returns a chart of bars grouped by label, with error bars from `low` to `high`
 * @example
 * ```ts
 * const plot = sweepPlot(
 *   [{ name: "batched", points: [{ label: "4 MB", median: 350, low: 340, high: 366 }, { label: "8 MB", median: 458 }] }],
 *   { valueTitle: "pages per second", title: "Index of one hour" },
 * );
 * console.log(plot.data.length); // 1
 * ```
 */
export function sweepPlot(series: readonly SweepSeries[], options: SweepPlotOptions): Plot {
  const bars = series.map(
    ({ name, points }, i): BarTrace => ({
      type: "bar",
      x: points.map((point) => plotText(point.label)),
      y: points.map((point) => point.median),
      name: plotText(name),
      marker: { color: seriesColor(i) },
      error_y: spread(points),
    }),
  );
  const type = options.logarithmic ? "log" : "linear";
  return {
    data: bars,
    layout: {
      ...titled(options.title),
      xaxis: { title: { text: plotText(options.labelTitle ?? "chunk size") }, type: "category" },
      yaxis: { title: { text: plotText(options.valueTitle) }, type },
      barmode: "group",
      showlegend: series.length > 1,
      height: 380,
    },
  };
}

/** One measurement and what a model says of it. */
export interface ModelPoint {
  /** What was varied, such as the batch size in MB. */
  readonly x: number;
  readonly measured: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly predicted: number;
  /** True for measurements that the fit did not see. */
  readonly heldOut?: boolean | undefined;
}

/** A line to lay beside the measurements, such as another model. */
export interface ModelCurve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Options of {@link modelPlot} and {@link residualPlot}. */
export interface ModelPlotOptions {
  /** What `x` is, with its unit. Default `batch size [MB]`. */
  readonly xTitle?: string | undefined;
  /** What was measured, with its unit. Default `time [s]`. */
  readonly yTitle?: string | undefined;
  readonly title?: string | undefined;
  /** Name of the model's own line. Default `model`. */
  readonly modelName?: string | undefined;
  /** Other models to lay on the same axes. */
  readonly curves?: readonly ModelCurve[] | undefined;
  readonly logX?: boolean | undefined;
  readonly logY?: boolean | undefined;
}

/**
 * A model against what was measured: points with their spread, the model's line, and other models beside it.
 *
 * @param points measurements with the model's value for each; those held out of the fit are drawn open
 * @param options `xTitle`, `yTitle`, `title`, `curves`, `logX`, `logY`
 * @returns a chart with one trace of measurements, one of those held out (if any), one of the model, one a curve
 * @example
 * ```ts
 * const plot = modelPlot([{ x: 4, measured: 0.52, predicted: 0.5 }, { x: 8, measured: 0.4, predicted: 0.41 }]);
 * console.log(plot.data.map((trace) => trace.name)); // [ "measured", "model" ]
 * ```
 */
export function modelPlot(points: readonly ModelPoint[], options: ModelPlotOptions = {}): Plot {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const line: LineTrace = {
    type: "scatter",
    mode: "lines",
    x: sorted.map((point) => point.x),
    y: sorted.map((point) => point.predicted),
    name: plotText(options.modelName ?? "model"),
    line: { color: seriesColor(1), width: 2 },
  };
  const curves = (options.curves ?? []).map(
    (curve, i): LineTrace => ({
      type: "scatter",
      mode: "lines",
      x: curve.x,
      y: curve.y,
      name: plotText(curve.name),
      line: { color: seriesColor(i + 2), width: 2, dash: "dash" },
    }),
  );
  const measured = measuredTraces(sorted, (point) => point.measured);
  return {
    data: [...measured, line, ...curves],
    layout: { ...modelLayout(sorted, options, options.yTitle ?? "time [s]"), showlegend: true },
  };
}

/**
 * What the model leaves unexplained: measured minus predicted, with the spread of the measurement.
 *
 * @param points measurements with the model's value for each
 * @param options `xTitle`, `yTitle`, `title`, `logX`
 * @returns a chart of residuals over `x`, zero being a perfect prediction
 * @example
 * ```ts
 * const plot = residualPlot([{ x: 4, measured: 0.52, predicted: 0.5 }]);
 * console.log(plot.data.length); // 1
 * ```
 */
export function residualPlot(points: readonly ModelPoint[], options: ModelPlotOptions = {}): Plot {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const data = measuredTraces(sorted, (point) => point.measured - point.predicted);
  const title = options.yTitle ?? "measured − predicted [s]";
  const layout = modelLayout(sorted, { ...options, logY: false }, title);
  return {
    data,
    layout: {
      ...layout,
      yaxis: { ...layout.yaxis, zeroline: true },
      showlegend: data.length > 1,
      height: 280,
    },
  };
}

function modelLayout(points: readonly ModelPoint[], options: ModelPlotOptions, yTitle: string): PlotLayout {
  // On a logarithmic axis the sizes that were tried say more than powers of ten.
  const tried = [...new Set(points.map((point) => point.x))];
  const ticks = { tickmode: "array", tickvals: tried, ticktext: tried.map(String) } as const;
  const xTitle = plotText(options.xTitle ?? "batch size [MB]");
  return {
    ...titled(options.title),
    xaxis: { title: { text: xTitle }, type: options.logX ? "log" : "linear", ...(options.logX && ticks) },
    yaxis: { title: { text: plotText(yTitle) }, type: options.logY ? "log" : "linear" },
    height: 400,
  };
}

function measuredTraces(
  points: readonly ModelPoint[],
  value: (point: ModelPoint) => number,
): readonly LineTrace[] {
  const groups = [
    { name: "measured", members: points.filter((p) => p.heldOut !== true), symbol: "circle" as const },
    {
      name: "measured, held out",
      members: points.filter((p) => p.heldOut === true),
      symbol: "circle-open" as const,
    },
  ];
  return groups
    .filter(({ members }) => members.length > 0)
    .map(({ name, members, symbol }) => ({
      type: "scatter",
      mode: "markers",
      x: members.map((point) => point.x),
      y: members.map(value),
      name,
      marker: { color: seriesColor(0), size: 9, symbol },
      error_y: spread(members.map((point) => ({ ...point, median: point.measured }))),
    }));
}

function spread(
  points: readonly {
    readonly median: number;
    readonly low?: number | undefined;
    readonly high?: number | undefined;
  }[],
): ErrorBars | undefined {
  if (points.every((point) => point.low === undefined && point.high === undefined)) return undefined;
  return {
    type: "data",
    symmetric: false,
    array: points.map(({ median, high }) => Math.max(0, (high ?? median) - median)),
    arrayminus: points.map(({ median, low }) => Math.max(0, median - (low ?? median))),
    color: "#333333",
    thickness: 1.5,
  };
}
