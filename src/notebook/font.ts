/** Text in static pictures: glyphs small enough to be part of the source. */
import { FONT_ASCENT_PX, FONT_CHARS, FONT_GLYPHS, FONT_LINE_PX } from "./font-data.js";
import { bytesOfBase64 } from "./plot.js";

/** A drawn character. */
export interface Glyph {
  /** Pixels to the next character. */
  readonly advance: number;
  /** Offset of the drawn box from the pen and from the top of the line. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Row-major coverage, 0 to 15. */
  readonly coverage: Uint8Array;
}

/** Height of a line of text in pixels. */
export const LINE_PX: number = FONT_LINE_PX;

/** Height of the part of a line above the base line, in pixels. */
export const ASCENT_PX: number = FONT_ASCENT_PX;

let glyphs: Map<string, Glyph> | undefined;

function unpackGlyphs(): Map<string, Glyph> {
  const bytes = bytesOfBase64(FONT_GLYPHS);
  const unpacked = new Map<string, Glyph>();
  let at = 0;
  const next = (): number => bytes[at++] as number;
  for (const char of FONT_CHARS) {
    const [advance, left, top, width, height] = [next(), next() - 8, next() - 8, next(), next()];
    const coverage = new Uint8Array(width * height);
    for (let i = 0; i < coverage.length; i += 2) {
      const pair = next();
      coverage[i] = pair >> 4;
      if (i + 1 < coverage.length) coverage[i + 1] = pair & 15;
    }
    unpacked.set(char, { advance, left, top, width, height, coverage });
  }
  return unpacked;
}

/** The glyphs of a text, one a character; a box stands for what the font does not have. */
export function glyphsOf(text: string): readonly Glyph[] {
  glyphs ??= unpackGlyphs();
  const known = glyphs;
  const missing = known.get("□") as Glyph;
  // Precomposed letters are in the font, bare combining marks are not.
  return Array.from(text.normalize("NFC").replace(/\p{M}/gu, ""), (char) => known.get(char) ?? missing);
}

/** Width of a text in pixels. */
export function textWidth(text: string): number {
  return glyphsOf(text).reduce((sum, glyph) => sum + glyph.advance, 0);
}

/** The text, cut with an ellipsis where it is wider than `maxPx`. */
export function fitText(text: string, maxPx: number): string {
  if (textWidth(text) <= maxPx) return text;
  let kept = Array.from(text);
  while (kept.length > 0 && textWidth(`${kept.join("")}…`) > maxPx) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}
