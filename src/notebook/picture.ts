/** Charts as static pictures, for where no script runs: GitHub, saved notebooks, nbconvert. */
import { layOutAxis, type Scale } from "./axis.js";
import { shadeAt, shadesOf } from "./colors.js";
import { fitText, LINE_PX, textWidth } from "./font.js";
import { drawTrace } from "./marks.js";
import { type HeatmapTrace, labelText, type Plot } from "./plot.js";
import { encodePng } from "./png.js";
import {
  type Box,
  type Canvas,
  drawText,
  fillBox,
  newCanvas,
  type Rgb,
  rgbOf,
  TEXT_MIDDLE_PX,
} from "./raster.js";

const INK: Rgb = [42, 63, 95];
const GRID: Rgb = [229, 233, 240];
const WHITE: Rgb = [255, 255, 255];
const FRAME: Rgb = [150, 160, 175];

/** Where the parts of a picture lie. */
interface Frame {
  readonly plot: Plot;
  readonly area: Box;
  readonly x: Scale;
  readonly y: Scale;
}

/**
 * A chart as a PNG file, drawn without a browser: lines, dots, bars, boxes and heatmaps with axes and labels.
 *
 * @param plot a chart made by one of the plot functions
 * @param options `widthPx` (default 900) and `heightPx` (default: the chart's own height)
 * @returns the bytes of the file, a few to some tens of kilobytes
 * @example
 * ```ts
 * const plot = sweepPlot([{ name: "a", points: [{ label: "4 MB", median: 3 }] }], { valueTitle: "time [s]" });
 * const png = plotPng(plot);
 * console.log(String.fromCharCode(...png.subarray(1, 4))); // "PNG"
 * ```
 */
export function plotPng(
  plot: Plot,
  options: { readonly widthPx?: number | undefined; readonly heightPx?: number | undefined } = {},
): Uint8Array {
  const width = options.widthPx ?? 900;
  const height = options.heightPx ?? plot.layout.height ?? 360;
  const canvas = newCanvas(width, height);
  const x = layOutAxis(plot.layout.xaxis, plot.data, "x");
  const y = layOutAxis(plot.layout.yaxis, plot.data, "y");
  const frame = { plot, x, y, area: areaOf(plot, y, { width, height }) };
  drawGrid(canvas, frame);
  plot.data.forEach((trace, index) => {
    drawTrace(canvas, trace, { ...frame, bars: barPlace(plot, index) });
  });
  drawFrame(canvas, frame);
  drawTitles(canvas, frame);
  drawLegend(canvas, frame);
  for (const trace of plot.data) if (trace.type === "heatmap") drawColorbar(canvas, trace, frame.area);
  return encodePng(canvas);
}

function areaOf(plot: Plot, y: Scale, size: { width: number; height: number }): Box {
  const widest = Math.max(0, ...y.ticks.map((tick) => textWidth(tick.label)));
  const heat = plot.data.some((trace) => trace.type === "heatmap");
  return {
    left: widest + 16 + (plot.layout.yaxis?.title ? LINE_PX + 4 : 0),
    top: (plot.layout.title ? LINE_PX + 16 : 12) + (legendNames(plot).length > 0 ? LINE_PX + 6 : 0),
    right: size.width - (heat ? 76 : 16),
    bottom: size.height - LINE_PX - 10 - (plot.layout.xaxis?.title ? LINE_PX + 4 : 0),
  };
}

/** Bars of a group stand side by side. */
function barPlace(plot: Plot, index: number): { readonly index: number; readonly count: number } {
  if (plot.layout.barmode !== "group") return { index: 0, count: 1 };
  const bars = plot.data.filter((trace) => trace.type === "bar");
  return {
    index: plot.data.slice(0, index).filter((trace) => trace.type === "bar").length,
    count: bars.length,
  };
}

function drawGrid(canvas: Canvas, { area, x, y }: Frame): void {
  for (const { at } of x.categories.length > 0 ? [] : x.ticks) {
    const left = area.left + at * (area.right - area.left);
    if (at >= 0 && at <= 1) fillBox(canvas, { ...area, left, right: left + 1 }, GRID);
  }
  for (const { at } of y.ticks) {
    const top = area.bottom - at * (area.bottom - area.top);
    if (at >= 0 && at <= 1) fillBox(canvas, { ...area, top, bottom: top + 1 }, GRID);
  }
}

function drawFrame(canvas: Canvas, { area, x, y }: Frame): void {
  fillBox(canvas, { ...area, right: area.left + 1 }, FRAME);
  fillBox(canvas, { ...area, top: area.bottom, bottom: area.bottom + 1 }, FRAME);
  const room = (area.right - area.left) / Math.max(1, x.ticks.length);
  for (const { at, label } of x.ticks) {
    if (at < -1e-6 || at > 1 + 1e-6) continue;
    const left = area.left + at * (area.right - area.left);
    fillBox(canvas, { left, right: left + 1, top: area.bottom, bottom: area.bottom + 4 }, FRAME);
    const text = fitText(label, Math.max(24, room - 4));
    drawText(canvas, text, { x: left, y: area.bottom + 6, color: INK, align: "center" });
  }
  for (const { at, label } of y.ticks) {
    if (at < -1e-6 || at > 1 + 1e-6) continue;
    const top = area.bottom - at * (area.bottom - area.top);
    fillBox(canvas, { left: area.left - 4, right: area.left, top, bottom: top + 1 }, FRAME);
    drawText(canvas, label, { x: area.left - 8, y: top - TEXT_MIDDLE_PX, color: INK, align: "right" });
  }
}

function drawTitles(canvas: Canvas, { plot, area }: Frame): void {
  const { title, xaxis, yaxis } = plot.layout;
  if (title) {
    const text = fitText(labelText(title.text), canvas.width - 32);
    drawText(canvas, text, { x: area.left, y: 8, color: INK });
  }
  if (xaxis?.title) {
    const x = (area.left + area.right) / 2;
    drawText(canvas, labelText(xaxis.title.text), {
      x,
      y: canvas.height - LINE_PX - 6,
      color: INK,
      align: "center",
    });
  }
  if (yaxis?.title) {
    const y = (area.top + area.bottom) / 2;
    const text = fitText(labelText(yaxis.title.text), canvas.height - 16);
    drawText(canvas, text, { x: 4, y, color: INK, align: "center", vertical: true });
  }
}

interface LegendEntry {
  readonly name: string;
  readonly color: Rgb;
  readonly open: boolean;
}

function legendNames(plot: Plot): readonly LegendEntry[] {
  if (plot.layout.showlegend !== true) return [];
  return plot.data.flatMap((trace) => {
    if (trace.type === "heatmap" || trace.showlegend === false || trace.name === undefined) return [];
    const line = trace.type === "scatter" ? (trace.line?.color ?? trace.marker?.color) : trace.marker.color;
    const open = trace.type === "scatter" && trace.marker?.symbol === "circle-open";
    return [{ name: labelText(trace.name), color: rgbOf(line ?? "#000000"), open }];
  });
}

function drawLegend(canvas: Canvas, { plot, area }: Frame): void {
  let left = area.left;
  const top = (plot.layout.title ? LINE_PX + 12 : 8) + 2;
  const names = legendNames(plot);
  for (const [i, { name, color, open }] of names.entries()) {
    const text = fitText(name, 240);
    if (left + 20 + textWidth(text) > canvas.width - 40) {
      drawText(canvas, `+ ${names.length - i}`, { x: left, y: top, color: INK });
      return;
    }
    const box = { left, right: left + 14, top: top + 4, bottom: top + 13 };
    fillBox(canvas, box, open ? color : [90, 90, 90]);
    const inner = { left: box.left + 1, right: box.right - 1, top: box.top + 1, bottom: box.bottom - 1 };
    fillBox(canvas, inner, open ? WHITE : color);
    drawText(canvas, text, { x: left + 20, y: top, color: INK });
    left += 20 + textWidth(text) + 22;
  }
}

function drawColorbar(canvas: Canvas, trace: HeatmapTrace, area: Box): void {
  const left = area.right + 12;
  const height = area.bottom - area.top;
  const shades = shadesOf(trace);
  for (let y = 0; y < height; y++) {
    const color = shadeAt(shades, 1 - y / Math.max(1, height - 1));
    fillBox(canvas, { left, right: left + 14, top: area.top + y, bottom: area.top + y + 1 }, color);
  }
  const title = labelText(trace.colorbar.title.text);
  drawText(canvas, title, { x: left, y: Math.max(0, area.top - LINE_PX - 2), color: INK });
  for (const value of [trace.zmin, (trace.zmin + trace.zmax) / 2, trace.zmax]) {
    const at = (value - trace.zmin) / (trace.zmax - trace.zmin || 1);
    const y = area.bottom - at * height - TEXT_MIDDLE_PX;
    drawText(canvas, String(Math.round(value)).replace("-", "−"), { x: left + 18, y, color: INK });
  }
}
