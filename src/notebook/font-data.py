"""Writes font-data.ts: DejaVu Sans drawn once, small, as 4-bit coverage, for the labels of static pictures.

Usage: python font-data.py DejaVuSans.ttf (needs Pillow).
"""

import base64
import json
import pathlib
import sys

from PIL import Image, ImageDraw, ImageFont

SIZE_PX = 14
CHARS = "".join(map(chr, [*range(32, 127), *range(0xA1, 0xAD), *range(0xAE, 0x180)]))
CHARS += "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ–—‘’“”…•′″→←↑↓−√≈≠≤≥∞□"

font = ImageFont.truetype(sys.argv[1], SIZE_PX)
ascent, descent = font.getmetrics()
packed = bytearray()
for char in CHARS:
    advance = round(font.getlength(char))
    left, top, right, bottom = font.getbbox(char)
    width, height = right - left, bottom - top
    packed += bytes([advance, left + 8, top + 8, width, height])
    if width == 0 or height == 0:
        continue
    image = Image.new("L", (width, height), 0)
    ImageDraw.Draw(image).text((-left, -top), char, fill=255, font=font)
    levels = [round(value / 17) for value in image.tobytes()]
    levels += [0] * (len(levels) % 2)
    packed += bytes(a << 4 | b for a, b in zip(levels[::2], levels[1::2]))

text = base64.b64encode(packed).decode()
target = pathlib.Path(__file__).with_name("font-data.ts")
target.write_text(f'''/**
 * The glyphs of {{@link font.ts}}, drawn from DejaVu Sans by font-data.py. DejaVu fonts: copyright (c) 2003 by
 * Bitstream, Inc. and (c) 2006 by Tavmjong Bah; DejaVu changes are in the public domain.
 */

/** Height of a line in pixels, and of the part above the base line. */
export const FONT_LINE_PX = {ascent + descent};
export const FONT_ASCENT_PX = {ascent};

/** The characters that have a glyph, in the order of {{@link FONT_GLYPHS}}. */
export const FONT_CHARS: string =
  {json.dumps(CHARS, ensure_ascii=False)};

/** Base64: per glyph advance, left + 8, top + 8, width, height, then the rows' coverage, 4 bits a pixel. */
export const FONT_GLYPHS: string =
  "{text}";
''', encoding="utf-8")
print(len(CHARS), "glyphs,", len(text), "characters of base64, line", ascent + descent)
