/** A picture in memory, and what can be drawn on it. */
import { ASCENT_PX, glyphsOf, LINE_PX, textWidth } from "./font.js";

/** Pixels as red, green, blue, row by row from the top. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A part of a canvas, in pixels; half-open. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A white canvas. */
export function newCanvas(width: number, height: number): Canvas {
  return { width, height, pixels: new Uint8Array(width * height * 3).fill(255) };
}

/** `#rrggbb` as numbers; black for anything else. */
export function rgbOf(color: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) return [0, 0, 0];
  return [1, 2, 3].map((i) => Number.parseInt(match[i] as string, 16)) as unknown as Rgb;
}

/** Lays a colour over a pixel; `coverage` from 0 to 1. Outside the canvas nothing happens. */
function blend(canvas: Canvas, x: number, y: number, color: Rgb, coverage: number): void {
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height || coverage <= 0) return;
  const at = (y * canvas.width + x) * 3;
  const amount = Math.min(1, coverage);
  for (let i = 0; i < 3; i++) {
    const under = canvas.pixels[at + i] as number;
    canvas.pixels[at + i] = Math.round(under + ((color[i] as number) - under) * amount);
  }
}

/** Fills a box, to the nearest pixels; at least one pixel wide and high. */
export function fillBox(canvas: Canvas, box: Box, color: Rgb): void {
  const left = Math.max(0, Math.round(box.left));
  const top = Math.max(0, Math.round(box.top));
  const right = Math.min(canvas.width, Math.max(left + 1, Math.round(box.right)));
  const bottom = Math.min(canvas.height, Math.max(top + 1, Math.round(box.bottom)));
  const [red, green, blue] = color;
  for (let y = top; y < bottom; y++) {
    for (let at = (y * canvas.width + left) * 3; at < (y * canvas.width + right) * 3; at += 3) {
      canvas.pixels[at] = red;
      canvas.pixels[at + 1] = green;
      canvas.pixels[at + 2] = blue;
    }
  }
}

/** How a line is drawn. */
export interface LineStyle {
  readonly color: Rgb;
  /** Width in pixels. */
  readonly width: number;
  readonly clip: Box;
  /** Pixels drawn, then as many left out, along the line. */
  readonly dashPx?: number | undefined;
}

/** Draws a smooth line through points; `null` breaks it. */
export function drawPolyline(
  canvas: Canvas,
  points: readonly (readonly [x: number, y: number] | null)[],
  style: LineStyle,
): void {
  // The greatest coverage of all parts counts, or joints would be darker than the rest.
  const coverage = new Uint8Array(canvas.width * canvas.height);
  let walked = 0;
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i], points[i + 1]];
    if (!from || !to) continue;
    coverSegment(coverage, canvas, { from, to, walked, style });
    walked += Math.hypot(to[0] - from[0], to[1] - from[1]);
  }
  for (let at = 0; at < coverage.length; at++) {
    const amount = coverage[at] as number;
    if (amount > 0) {
      blend(canvas, at % canvas.width, Math.floor(at / canvas.width), style.color, amount / 255);
    }
  }
}

interface LinePart {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly walked: number;
  readonly style: LineStyle;
}

/** Coverage of a pixel: how far its middle is from the segment, over one pixel. */
function coverSegment(coverage: Uint8Array, canvas: Canvas, { from, to, walked, style }: LinePart): void {
  const { clip } = style;
  const reach = style.width / 2 + 0.5;
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length2 = dx * dx + dy * dy;
  const left = Math.max(clip.left, Math.floor(Math.min(from[0], to[0]) - reach));
  const right = Math.min(clip.right - 1, Math.ceil(Math.max(from[0], to[0]) + reach));
  const top = Math.max(clip.top, Math.floor(Math.min(from[1], to[1]) - reach));
  const bottom = Math.min(clip.bottom - 1, Math.ceil(Math.max(from[1], to[1]) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const along = length2 === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length2));
      const distance = Math.hypot(px - along * dx, py - along * dy);
      if (distance >= reach) continue;
      const gone = walked + along * Math.sqrt(length2);
      if (style.dashPx !== undefined && Math.floor(gone / style.dashPx) % 2 === 1) continue;
      const at = y * canvas.width + x;
      coverage[at] = Math.max(coverage[at] as number, Math.round(255 * Math.min(1, reach - distance)));
    }
  }
}

/** Draws a dot, filled or as a ring. */
export function drawDot(
  canvas: Canvas,
  [cx, cy]: readonly [number, number],
  dot: { readonly color: Rgb; readonly radius: number; readonly open: boolean },
): void {
  const reach = Math.ceil(dot.radius + 1);
  for (let y = Math.floor(cy) - reach; y <= cy + reach; y++) {
    for (let x = Math.floor(cx) - reach; x <= cx + reach; x++) {
      const distance = Math.hypot(x + 0.5 - cx, y + 0.5 - cy);
      const off = dot.open ? Math.abs(distance - dot.radius + 1) - 1 : distance - dot.radius;
      blend(canvas, x, y, dot.color, 0.5 - off);
    }
  }
}

/** Where a text stands, seen from its point. */
export interface TextStyle {
  readonly color: Rgb;
  /** Default `left`. */
  readonly align?: "left" | "center" | "right" | undefined;
  /** Upright, reading from the bottom to the top. */
  readonly vertical?: boolean | undefined;
  /** A ground beneath the text. */
  readonly ground?: Rgb | undefined;
}

/** Draws a line of text; (x, y) is the top of the line, or its left edge where it stands upright. */
export function drawText(
  canvas: Canvas,
  text: string,
  options: TextStyle & { readonly x: number; readonly y: number },
): void {
  const width = textWidth(text);
  const shift = options.align === "center" ? width / 2 : options.align === "right" ? width : 0;
  const { color, vertical = false } = options;
  const [x0, y0] = [Math.round(options.x), Math.round(options.y)];
  let pen = -Math.round(shift);
  if (options.ground) {
    const [left, top] = [x0 + pen - 2, y0];
    fillBox(canvas, { left, top, right: left + width + 4, bottom: top + LINE_PX }, options.ground);
  }
  for (const glyph of glyphsOf(text)) {
    glyph.coverage.forEach((amount, i) => {
      const across = pen + glyph.left + (i % glyph.width);
      const down = glyph.top + Math.floor(i / glyph.width);
      const [x, y] = vertical ? [x0 + down, y0 - across] : [x0 + across, y0 + down];
      blend(canvas, x, y, color, amount / 15);
    });
    pen += glyph.advance;
  }
}

/** Pixels from the top of a line to the middle of its lower-case letters. */
export const TEXT_MIDDLE_PX: number = Math.round(ASCENT_PX * 0.62);
