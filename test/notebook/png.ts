/** Reads back the PNG files that the static pictures are: palette, 8 bits, unfiltered rows. */
import { crc32, inflateSync } from "node:zlib";

export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** `#rrggbb` of a pixel. */
  at(x: number, y: number): string;
  /** Pixels of a colour. */
  count(color: string): number;
}

export function decodePng(file: Uint8Array): DecodedPng {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const type = Buffer.from(file.subarray(at + 4, at + 8)).toString("latin1");
    if (view.getUint32(at + 8 + length) !== crc32(file.subarray(at + 4, at + 8 + length))) {
      throw new Error(`checksum of ${type}`);
    }
    chunks.set(type, file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const header = chunks.get("IHDR") as Uint8Array;
  const [width, height] = [0, 4].map((at) =>
    new DataView(header.buffer, header.byteOffset).getUint32(at),
  ) as [number, number];
  const palette = chunks.get("PLTE") as Uint8Array;
  const rows = inflateSync(chunks.get("IDAT") as Uint8Array);
  const at = (x: number, y: number): string => {
    const index = rows[y * (width + 1) + 1 + x] as number;
    return `#${Buffer.from(palette.subarray(index * 3, index * 3 + 3)).toString("hex")}`;
  };
  const count = (color: string): number => {
    let found = 0;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (at(x, y) === color) found++;
    return found;
  };
  return { width, height, at, count };
}
