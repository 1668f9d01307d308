/** PNG files (ISO/IEC 15948) of charts: few colours, so one byte a pixel. */
import { crc32, deflateSync } from "node:zlib";
import { joined } from "../ogg/joined.js";
import type { Canvas } from "./raster.js";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Most colours of a palette. */
const PALETTE_SIZE = 256;

/** A canvas as a PNG file with a palette; where there are more than 256 colours, near ones become one. */
export function encodePng(canvas: Canvas): Uint8Array {
  const { indices, palette } = toPalette(canvas);
  const { width, height } = canvas;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, palette, the only compression and filter method, not interlaced
  const rows = new Uint8Array(height * (width + 1)); // each row starts with its filter: 0, none
  for (let y = 0; y < height; y++) {
    rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return joined([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Drops the lowest bits of all colours, one by one, until few enough are left. */
function toPalette(canvas: Canvas): { indices: Uint8Array; palette: Uint8Array } {
  for (let dropped = 0; dropped < 7; dropped++) {
    const result = tryPalette(canvas, 256 - 2 ** dropped);
    if (result) return result;
  }
  return { indices: new Uint8Array(canvas.width * canvas.height), palette: Uint8Array.of(255, 255, 255) };
}

function tryPalette(
  { pixels }: Canvas,
  mask: number,
): { indices: Uint8Array; palette: Uint8Array } | undefined {
  const known = new Map<number, number>();
  const colors: number[] = [];
  const indices = new Uint8Array(pixels.length / 3);
  for (let i = 0; i < indices.length; i++) {
    const [red, green, blue] = [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]] as [
      number,
      number,
      number,
    ];
    const key = ((red & mask) << 16) | ((green & mask) << 8) | (blue & mask);
    let index = known.get(key);
    if (index === undefined) {
      index = known.size;
      if (index === PALETTE_SIZE) return undefined;
      known.set(key, index);
      // The first colour of its kind stands for all, so that white stays white.
      colors.push(red, green, blue);
    }
    indices[i] = index;
  }
  return { indices, palette: Uint8Array.from(colors) };
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
