/**
 * What came before this package, as its description has it, written anew to be measured against: an index made with one
 * access of the blob a page, and clips cut by one ffmpeg each out of a temporary copy of the whole stream.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteSource, SampleRange } from "../../dist/index.js";

/** The longest page there is: header, segment table and 255 segments of 255 bytes (RFC 3533, 6). */
const LONGEST_PAGE_BYTES = 27 + 255 + 255 * 255;
/** A piece of the stream on its way to the temporary file: 8 MiB. */
const PIECE_BYTES = 8 * 2 ** 20;

/** Walks the pages of a blob, an access each; returns how many there are. */
export async function indexByPage(blob: ByteSource): Promise<number> {
  const rows: { offset: number; bytes: number; granule: bigint }[] = [];
  for (let offset = 0; offset < blob.byteLength; ) {
    const page = await blob.read(offset, Math.min(blob.byteLength, offset + LONGEST_PAGE_BYTES));
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const segments = view.getUint8(26);
    let bytes = 27 + segments;
    for (let i = 0; i < segments; i++) bytes += view.getUint8(27 + i);
    rows.push({ offset, bytes, granule: view.getBigInt64(6, true) });
    offset += bytes;
  }
  return rows.length;
}

/** Whether ffmpeg is here. */
export function hasFfmpeg(): boolean {
  return spawnSync("ffmpeg", ["-version"]).status === 0;
}

/** Cuts segments at 48 kHz: the whole stream into a temporary file, then an ffmpeg for each; returns the samples cut. */
export async function cutOneByOne(blob: ByteSource, segments: readonly SampleRange[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "opus-zarr-prototype-"));
  try {
    const file = join(folder, "stream.opus");
    const handle = await open(file, "w");
    for (let at = 0; at < blob.byteLength; at += PIECE_BYTES) {
      await handle.write(await blob.read(at, Math.min(blob.byteLength, at + PIECE_BYTES)));
    }
    await handle.close();
    let samples = 0;
    for (const { startSample, endSample } of segments) {
      const place = ["-ss", String(startSample / 48_000), "-t", String((endSample - startSample) / 48_000)];
      const args = ["-v", "error", ...place, "-i", file, "-f", "f32le", "-"];
      samples += execFileSync("ffmpeg", args, { maxBuffer: 2 ** 30 }).length / 4;
    }
    return samples;
  } finally {
    await rm(folder, { recursive: true });
  }
}
