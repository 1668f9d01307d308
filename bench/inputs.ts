/** Inputs that benches share: made once, kept under out/bench. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  bundledDataset,
  importRecordings,
  openArchive,
  type Recording,
  writeLongRecording,
} from "../dist/index.js";
import { readPackets } from "../dist/ogg/packets.js";
import { packetSamples } from "../dist/opus/toc.js";
import type { BenchContext } from "./result.js";

/** An Ogg Opus file of that length, 160 kb/s and one channel: 73.5 MB for 3,655 s. */
export async function longFile({ scratch }: BenchContext, seconds: number): Promise<string> {
  const file = join(scratch, `long-${Math.round(seconds)}.opus`);
  if (!existsSync(file)) {
    await writeLongRecording(await readFile(bundledDataset().opus), file, { durationSeconds: seconds });
  }
  return file;
}

/** Seconds after which such a recording repeats itself: the length of what it is made of. */
export async function loopSeconds(): Promise<number> {
  const [, , ...audio] = readPackets(await readFile(bundledDataset().opus));
  return audio.reduce((sum, { bytes }) => sum + packetSamples(bytes, 0, bytes.length), 0) / 48_000;
}

/** The archive of such recordings. */
export function longStore({ scratch }: BenchContext): string {
  return join(scratch, "long.zarr");
}

/** Such a recording, in an archive. */
export async function longArchive(context: BenchContext, seconds: number): Promise<Recording> {
  const file = await longFile(context, seconds);
  const archive = await openArchive(longStore(context), { mode: "a" });
  const report = await importRecordings(archive, [file]);
  return await archive.recording((report.recordings[0] as { id: string }).id);
}
