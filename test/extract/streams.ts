/** The test streams in an archive, with their sequential decodes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Archive, importRecordings, openArchive, type Recording } from "../../dist/index.js";
import { indexOf } from "../pageindex/scans.js";
import { placedPackets } from "../streams/placed.js";
import type { TestStream } from "../streams/streams.js";
import { type SequentialDecode, sequentialDecode } from "./sequential.js";

/** An archive in a temporary folder. */
export interface StreamArchive {
  readonly archive: Archive;
  /** Its path. */
  readonly store: string;
  remove(): void;
}

/** Imports streams; each recording has its stream's name. */
export async function archiveOf(streams: readonly TestStream[]): Promise<StreamArchive> {
  const folder = mkdtempSync(path.join(tmpdir(), "opus-zarr-streams-"));
  const files = path.join(folder, "files");
  mkdirSync(files);
  const paths = streams.map(({ name, bytes }) => {
    const file = path.join(files, `${name}.opus`);
    writeFileSync(file, bytes);
    return file;
  });
  const store = path.join(folder, "streams.zarr");
  const archive = await openArchive(store, { mode: "a" });
  const report = await importRecordings(archive, paths);
  const failed = report.recordings.filter((row) => row.status === "failed");
  if (failed.length > 0) throw new Error(failed.map((row) => `${row.id}: ${row.error}`).join("\n"));
  return { archive, store, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Recordings that are there for all tests of a file. */
export interface ImportedStreams {
  recording(name: string): Promise<Recording>;
}

/** Imports streams before the tests of a file, and removes the archive behind them. */
export function importedStreams(streams: readonly TestStream[]): ImportedStreams {
  let imported: StreamArchive;
  beforeAll(async () => {
    imported = await archiveOf(streams);
  });
  afterAll(() => imported.remove());
  return { recording: (name) => imported.archive.recording(name) };
}

/** Decodes a whole stream in order. */
export async function sequential(
  stream: TestStream,
  sampleRate?: 8_000 | 12_000 | 16_000 | 24_000 | 48_000,
): Promise<SequentialDecode> {
  return await sequentialDecode(placedPackets(stream), indexOf(stream.bytes), sampleRate);
}

/** Every page's first and last samples, as segments of `reach` samples around where it begins. */
export function aroundPages(stream: TestStream, reach: number): { startSample: number; endSample: number }[] {
  const index = indexOf(stream.bytes);
  let firstSample = 0;
  const around: { startSample: number; endSample: number }[] = [];
  for (const [number, link] of index.links.entries()) {
    const end = index.links[number + 1]?.firstPage ?? index.pages;
    for (let page = link.firstAudioPage; page < end; page++) {
      const at = firstSample + (index.samplePos[page] as number) - link.startPos - link.preSkip;
      const startSample = Math.max(0, at - reach);
      const endSample = Math.min(index.totalSamples, at + reach);
      if (startSample < endSample) around.push({ startSample, endSample });
    }
    firstSample += link.totalSamples;
  }
  return around;
}
