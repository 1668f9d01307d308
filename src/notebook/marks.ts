/** The traces of a chart, drawn on a canvas. */
import { listOf, type Scale } from "./axis.js";
import { shadeAt, shadesOf } from "./colors.js";
import { poolGrid } from "./decimate.js";
import { fitText, LINE_PX, textWidth } from "./font.js";
import {
  type BarTrace,
  type ErrorBars,
  type HeatmapTrace,
  type LineTrace,
  labelText,
  type PlotTrace,
  unpackArray,
} from "./plot.js";
import { type Box, type Canvas, drawDot, drawPolyline, drawText, fillBox, rgbOf } from "./raster.js";

/** Where a trace is drawn. */
export interface MarkPlace {
  readonly area: Box;
  readonly x: Scale;
  readonly y: Scale;
  /** Which of how many bars side by side. */
  readonly bars: { readonly index: number; readonly count: number };
}

/** Draws one trace. */
export function drawTrace(canvas: Canvas, trace: PlotTrace, place: MarkPlace): void {
  if (trace.type === "heatmap") drawHeatmap(canvas, trace, place);
  else if (trace.type === "bar") drawBars(canvas, trace, place);
  else drawLine(canvas, trace, place);
}

type Point = readonly [x: number, y: number];

function pixel(place: MarkPlace, x: number | string, y: number | string): Point {
  const { left, right, top, bottom } = place.area;
  return [left + place.x.toUnit(x) * (right - left), bottom - place.y.toUnit(y) * (bottom - top)];
}

function inside({ left, right, top, bottom }: Box, [x, y]: Point): boolean {
  return x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1;
}

function drawLine(canvas: Canvas, trace: LineTrace, place: MarkPlace): void {
  const ys = listOf(trace.y);
  const points = listOf(trace.x).map((x, i): Point | null => {
    const y = ys[i] ?? null;
    return x === null || y === null ? null : pixel(place, x, y);
  });
  if (trace.mode.includes("lines") && trace.line) {
    const { color, width, dash } = trace.line;
    drawPolyline(canvas, points, {
      color: rgbOf(color),
      width,
      clip: place.area,
      dashPx: dash === "dash" ? 7 : undefined,
    });
  }
  if (trace.error_y) drawErrors(canvas, trace.error_y, { place, xs: listOf(trace.x), ys, points });
  const radius = (trace.marker?.size ?? 6) / 2;
  const open = trace.marker?.symbol === "circle-open";
  const color = rgbOf(trace.marker?.color ?? "#000000");
  for (const point of trace.mode.includes("markers") ? points : []) {
    if (point && inside(place.area, point)) drawDot(canvas, point, { color, radius, open });
  }
  if (trace.mode === "text") drawLabels(canvas, trace, points, place.area);
}

/** Labels on dark grounds of their own: legible on any heatmap, and kept inside the picture. */
function drawLabels(canvas: Canvas, trace: LineTrace, points: readonly (Point | null)[], area: Box): void {
  points.forEach((point, i) => {
    const text = fitText(labelText(trace.text?.[i] ?? ""), 200);
    if (!point || text === "" || !inside(area, point)) return;
    const x = Math.max(area.left + 3, Math.min(point[0] + 2, area.right - textWidth(text) - 3));
    const above = trace.textposition?.[i] === "top right";
    const y = Math.min(
      area.bottom - LINE_PX - 1,
      Math.max(area.top + 2, above ? point[1] - LINE_PX - 2 : point[1] + 2),
    );
    drawText(canvas, text, { x, y, color: rgbOf(trace.textfont?.color ?? "#000000"), ground: [20, 14, 54] });
  });
}

interface ErrorPlace {
  readonly place: MarkPlace;
  readonly xs: readonly (number | string | null)[];
  readonly ys: readonly (number | string | null)[];
  readonly points: readonly (Point | null)[];
}

function drawErrors(canvas: Canvas, bars: ErrorBars, { place, xs, ys, points }: ErrorPlace): void {
  const color = rgbOf(bars.color ?? "#333333");
  points.forEach((point, i) => {
    const y = ys[i];
    const x = xs[i];
    if (!point || typeof y !== "number" || x === null || x === undefined) return;
    const [plus, minus] = [bars.array[i] ?? 0, bars.arrayminus[i] ?? 0];
    if (plus === 0 && minus === 0) return;
    const { top: least, bottom: most } = place.area;
    const top = Math.max(least, pixel(place, x, y + plus)[1]);
    const bottom = Math.min(most, pixel(place, x, y - minus)[1]);
    fillBox(canvas, { left: point[0] - 0.5, right: point[0] + 0.5, top, bottom }, color);
    for (const end of [top, bottom]) {
      fillBox(canvas, { left: point[0] - 4, right: point[0] + 5, top: end - 0.5, bottom: end + 0.5 }, color);
    }
  });
}

function drawBars(canvas: Canvas, trace: BarTrace, place: MarkPlace): void {
  const color = rgbOf(trace.marker.color);
  if (trace.orientation === "h") {
    drawLyingBars(canvas, trace, place);
    return;
  }
  const slot = (place.area.right - place.area.left) / Math.max(1, place.x.categories.length);
  const width = (slot * 0.8) / place.bars.count;
  const middles = trace.x.map((x, i): Point | null => {
    const y = trace.y[i];
    if (x === null || typeof y !== "number") return null;
    const [center, top] = pixel(place, x, y);
    return [center + (place.bars.index - (place.bars.count - 1) / 2) * width, top];
  });
  // On a logarithmic axis there is no zero: bars stand on the frame.
  const floor = Math.min(place.area.bottom, pixel(place, 0, 0)[1]);
  for (const point of middles) {
    if (!point) continue;
    const [left, right] = [point[0] - width / 2 + 1, point[0] + width / 2 - 1];
    const ends = [Math.max(place.area.top, point[1]), floor].sort((a, b) => a - b) as [number, number];
    fillBox(canvas, { left, right, top: ends[0], bottom: ends[1] }, color);
  }
  if (trace.error_y) drawErrors(canvas, trace.error_y, { place, xs: trace.x, ys: trace.y, points: middles });
}

function drawLyingBars(canvas: Canvas, trace: BarTrace, place: MarkPlace): void {
  const color = rgbOf(trace.marker.color);
  const half = (trace.width ?? 0.8) / 2;
  trace.x.forEach((length, i) => {
    const start = trace.base?.[i] ?? 0;
    const row = Number(trace.y[i]);
    const [left, top] = pixel(place, start, row + half);
    const [right, bottom] = pixel(place, start + Number(length), row - half);
    if (right <= left) return;
    // A gap to the next one, where there is room for it.
    fillBox(canvas, { left, right: right - left > 4 ? right - 1 : right, top, bottom }, color);
  });
}

/** Pixels of a cell of a heatmap in a picture: half the sharpness, a quarter of the bytes. */
const CELL_PX = 2;

function drawHeatmap(canvas: Canvas, trace: HeatmapTrace, place: MarkPlace): void {
  const [rows, columns] = (trace.z.shape ?? "0, 0").split(",").map(Number) as [number, number];
  const { area } = place;
  const pooled = poolGrid(unpackArray(trace.z), {
    rows,
    columns,
    rowStride: columns,
    columnStride: 1,
    maxRows: Math.max(1, (area.bottom - area.top) / CELL_PX),
    maxColumns: Math.max(1, (area.right - area.left) / CELL_PX),
  });
  const { values, rowsPerCell, columnsPerCell } = pooled;
  const shades = shadesOf(trace);
  for (let row = 0; row < pooled.rows; row++) {
    const low = trace.y0 + (row * rowsPerCell - 0.5) * trace.dy;
    for (let column = 0; column < pooled.columns; column++) {
      const start = trace.x0 + (column * columnsPerCell - 0.5) * trace.dx;
      const [left, bottom] = pixel(place, start, low);
      const [right, top] = pixel(place, start + columnsPerCell * trace.dx, low + rowsPerCell * trace.dy);
      const value = values[row * pooled.columns + column] as number;
      const color = shadeAt(shades, (value - trace.zmin) / (trace.zmax - trace.zmin || 1));
      fillClipped(canvas, { left, right, top, bottom }, area, color);
    }
  }
}

function fillClipped(canvas: Canvas, box: Box, clip: Box, color: ReturnType<typeof rgbOf>): void {
  const left = Math.max(clip.left, box.left);
  const right = Math.min(clip.right, box.right);
  const top = Math.max(clip.top, box.top);
  const bottom = Math.min(clip.bottom, box.bottom);
  if (right > left && bottom > top) fillBox(canvas, { left, right, top, bottom }, color);
}
