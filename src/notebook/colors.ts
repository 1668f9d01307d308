/** Colours of heatmaps in static pictures. */
import type { HeatmapTrace } from "./plot.js";
import { type Rgb, rgbOf } from "./raster.js";

/** Shades of a heatmap in a picture: enough for the eye, few enough to pack well. */
const SHADES = 48;

/** The colour of a heatmap at `at` from 0 to 1. */
export function colorAt(trace: HeatmapTrace, at: number): Rgb {
  const place = Math.round(Math.max(0, Math.min(1, at)) * (SHADES - 1)) / (SHADES - 1);
  const stops = trace.colorscale;
  const above = Math.max(
    1,
    stops.findIndex(([stop]) => stop >= place - 1e-9),
  );
  const [from, to] = [stops[above - 1], stops[above]];
  if (!from || !to) return rgbOf(stops[0]?.[1] ?? "#000000");
  const part = Math.max(0, Math.min(1, (place - from[0]) / (to[0] - from[0] || 1)));
  const [a, b] = [rgbOf(from[1]), rgbOf(to[1])];
  return [0, 1, 2].map((i) =>
    Math.round((a[i] as number) + ((b[i] as number) - (a[i] as number)) * part),
  ) as unknown as Rgb;
}
