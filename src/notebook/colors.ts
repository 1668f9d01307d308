/** Colours of heatmaps in static pictures. */
import type { HeatmapTrace } from "./plot.js";
import { type Rgb, rgbOf } from "./raster.js";

/** Shades of a heatmap in a picture: enough for the eye, few enough to pack well. */
const SHADES = 48;

/** A heatmap's colours from its least to its greatest value, ready for {@link shadeAt}. */
export function shadesOf(trace: HeatmapTrace): readonly Rgb[] {
  return Array.from({ length: SHADES }, (_, i) => colorAt(trace.colorscale, i / (SHADES - 1)));
}

/** The shade at `at`, which counts as 0 below 0 and as 1 above 1. */
export function shadeAt(shades: readonly Rgb[], at: number): Rgb {
  return shades[Math.round(Math.max(0, Math.min(1, at)) * (shades.length - 1))] ?? [0, 0, 0];
}

function colorAt(stops: HeatmapTrace["colorscale"], at: number): Rgb {
  const above = Math.max(
    1,
    stops.findIndex(([stop]) => stop >= at - 1e-9),
  );
  const [from, to] = [stops[above - 1], stops[above]];
  if (!from || !to) return rgbOf(stops[0]?.[1] ?? "#000000");
  const part = Math.max(0, Math.min(1, (at - from[0]) / (to[0] - from[0] || 1)));
  const [a, b] = [rgbOf(from[1]), rgbOf(to[1])];
  const mixed = [0, 1, 2].map((i) => Math.round((a[i] as number) * (1 - part) + (b[i] as number) * part));
  return mixed as unknown as Rgb;
}
