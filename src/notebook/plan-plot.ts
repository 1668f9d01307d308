/** A chart of what an extraction will decode. */
import { type BarTrace, type Plot, plotText, seriesColor, titled } from "./plot.js";

/** A stretch of a recording, in seconds. */
export interface PlannedStretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label?: string | undefined;
}

/** One run of a decoder: the stretch that is kept, and where decoding starts before it. */
export interface PlannedBatch extends PlannedStretch {
  /** Where decoding starts, at most `startSeconds`: what lies between is thrown away. */
  readonly preRollStartSeconds: number;
}

/** The parts of a plan that the chart shows. */
export interface BatchPlanView {
  readonly segments: readonly PlannedStretch[];
  readonly batches: readonly PlannedBatch[];
}

/** Overlapping segments are stacked in as many rows as this; the rest share the last. */
const MAX_LANES = 6;

/**
 * A plan on a time axis: the segments asked for, the batches they were merged into, and each batch's pre-roll.
 *
 * @param plan segments and batches of one recording, in seconds
 * @param options `title`
 * @returns a chart of lying bars: segments on top (overlapping ones in rows of their own), batches beneath
 * @example
 * ```ts
 * const plot = batchPlanPlot({
 *   segments: [{ startSeconds: 10, endSeconds: 12 }, { startSeconds: 12.5, endSeconds: 14.5 }],
 *   batches: [{ preRollStartSeconds: 9, startSeconds: 10, endSeconds: 14.5 }],
 * });
 * console.log(plot.data.map((trace) => trace.name)); // [ "pre-roll", "decoded", "segments" ]
 * ```
 */
export function batchPlanPlot(
  plan: BatchPlanView,
  options: { readonly title?: string | undefined } = {},
): Plot {
  const lanes = stack(plan.segments);
  const laneCount = Math.max(1, ...lanes.map((lane) => lane + 1));
  const preRolls = plan.batches.map((batch) => ({
    startSeconds: batch.preRollStartSeconds,
    endSeconds: batch.startSeconds,
    label: "pre-roll",
  }));
  const ticks = ["decoded", ...Array.from({ length: laneCount }, (_, i) => (i === 0 ? "segments" : ""))];
  return {
    data: [
      bars(preRolls, () => 0, { name: "pre-roll", color: seriesColor(1), width: 0.6 }),
      bars(plan.batches, () => 0, { name: "decoded", color: seriesColor(5), width: 0.6 }),
      bars(plan.segments, (i) => 1 + (lanes[i] as number), {
        name: "segments",
        color: seriesColor(0),
        width: 0.8,
      }),
    ],
    layout: {
      ...titled(options.title),
      xaxis: { title: { text: "time [s]" } },
      yaxis: {
        range: [-0.6, laneCount + 0.6],
        tickmode: "array",
        tickvals: ticks.map((_, i) => i),
        ticktext: ticks,
        zeroline: false,
      },
      barmode: "overlay",
      showlegend: true,
      hovermode: "closest",
      height: 190 + 32 * laneCount,
      margin: { l: 80, r: 20, t: options.title === undefined ? 30 : 40, b: 45 },
    },
  };
}

function bars(
  stretches: readonly PlannedStretch[],
  row: (index: number) => number,
  { name, color, width }: { name: string; color: string; width: number },
): BarTrace {
  return {
    type: "bar",
    orientation: "h",
    x: stretches.map((stretch) => stretch.endSeconds - stretch.startSeconds),
    base: stretches.map((stretch) => stretch.startSeconds),
    y: stretches.map((_, i) => row(i)),
    width,
    name,
    marker: { color, line: { color: "#ffffff", width: 0.5 } },
    hoverinfo: "text",
    hovertext: stretches.map(
      ({ startSeconds, endSeconds, label }) =>
        `${plotText(label ?? name)}: ${startSeconds.toFixed(3)} to ${endSeconds.toFixed(3)} s`,
    ),
    textposition: "none",
  };
}

/** The row of each segment: the lowest in which it overlaps none before it. */
function stack(segments: readonly PlannedStretch[]): readonly number[] {
  const order = segments.map((_, i) => i).sort((a, b) => startOf(segments, a) - startOf(segments, b));
  const ends: number[] = [];
  const lanes = new Array<number>(segments.length).fill(0);
  for (const i of order) {
    const free = ends.findIndex((end) => end <= startOf(segments, i));
    const lane = Math.min(MAX_LANES - 1, free === -1 ? ends.length : free);
    ends[lane] = Math.max(ends[lane] ?? 0, segments[i]?.endSeconds ?? 0);
    lanes[i] = lane;
  }
  return lanes;
}

function startOf(segments: readonly PlannedStretch[], index: number): number {
  return segments[index]?.startSeconds ?? 0;
}
