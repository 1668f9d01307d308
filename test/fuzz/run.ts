/** Spoilt files through import, verify and a second build of the index; what each case must hold to. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildPageIndex, importRecordings, openArchive, verifyArchive } from "../../dist/index.js";
import { testStreams } from "../streams/streams.js";
import { type Mutant, mutate, randomOf } from "./mutate.js";
import { openOpusfile } from "./opusfile.js";
import { plainLengths } from "./plain.js";

/** Seconds that one case may take. */
const MAX_SECONDS = 5;
/** Memory that the process may take, in bytes. */
const MAX_BYTES = 500e6;

/** What came of it. */
export interface FuzzReport {
  readonly cases: number;
  readonly imported: number;
  readonly refused: number;
  /** Files whose length is beyond doubt, and how many of them libopusfile opened and agreed on. */
  readonly plain: number;
  readonly compared: number;
  readonly slowestSeconds: number;
  readonly peakBytes: number;
  readonly failures: readonly string[];
}

/** Runs `cases` cases; each depends on the seed and its own number only. */
export async function fuzz(cases: number, seed: number): Promise<FuzzReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "opus-zarr-fuzz-"));
  const files = testStreams()
    .filter(({ bytes }) => bytes.length < 150_000)
    .map(({ bytes }) => bytes);
  const failures: string[] = [];
  const opusfile = openOpusfile();
  let imported = 0;
  let plain = 0;
  let compared = 0;
  let slowestSeconds = 0;
  let peakBytes = 0;
  try {
    for (let n = 0; n < cases; n++) {
      const random = randomOf(seed * 1_000_003 + n);
      const mutant = mutate(random.pick(files), random.pick(files), random);
      const started = performance.now();
      const outcome = await runCase(folder, mutant).catch((error: unknown) => String(error));
      const seconds = (performance.now() - started) / 1000;
      slowestSeconds = Math.max(slowestSeconds, seconds);
      peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
      const say = (text: string): number => failures.push(`case ${n} (${mutant.how}): ${text}`);
      if (typeof outcome === "object") imported++;
      else if (outcome !== "refused") say(outcome);
      const expected = plainLengths(mutant.bytes);
      if (expected !== undefined) {
        plain++;
        const ours = typeof outcome === "object" ? outcome.join(" ") : outcome;
        if (ours !== expected.join(" ")) say(`expected links of ${expected.join(" ")}, got ${ours}`);
        const theirs = await opusfile?.lengths(path.join(folder, "mutant.opus"));
        if (theirs !== undefined) compared++;
        if (theirs !== undefined && theirs.join(" ") !== ours)
          say(`libopusfile finds links of ${theirs.join(" ")}, got ${ours}`);
      }
      if (seconds > MAX_SECONDS) say(`took ${seconds.toFixed(1)} s`);
      if (peakBytes > MAX_BYTES) say(`${Math.round(peakBytes / 1e6)} MB`);
      if (failures.length >= 10) break;
    }
  } finally {
    opusfile?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { cases, imported, refused: cases - imported, plain, compared, slowestSeconds, peakBytes, failures };
}

/** Playable samples of every link, `refused`, or what is wrong. */
async function runCase(folder: string, mutant: Mutant): Promise<readonly number[] | string> {
  const file = path.join(folder, "mutant.opus");
  writeFileSync(file, mutant.bytes);
  const archive = await openArchive(new Map<string, Uint8Array>(), { mode: "a" });
  const options = { ffmpegPath: path.join(folder, "none"), chunkSizeMb: 0.03, batchSizeMb: 0.02 };
  const row = (await importRecordings(archive, [file], options)).recordings[0];
  if (row === undefined) return "no row";
  const reason = row.error ?? "";
  if (row.status === "failed")
    return /mutant\.opus/.test(reason) && !/TypeError|RangeError/.test(reason) ? "refused" : reason;
  const report = await verifyArchive(archive);
  if (report.ok !== 1) return report.problems.map(({ problem }) => problem).join("; ");
  const recording = await archive.recording(row.id);
  if (Buffer.compare(await recording.readBytes(0, row.bytes), mutant.bytes) !== 0) return "other bytes";
  const stored = await recording.index();
  const { index } = await buildPageIndex(recording, { strategy: "sequential", batchSizeMb: 0.013 });
  for (const column of ["byteOffset", "pageSize", "samplePos", "runPos", "runMode"] as const) {
    if (Buffer.compare(bytesOf(stored[column]), bytesOf(index[column])) !== 0)
      return `batches give another ${column}`;
  }
  const fall = stored.samplePos.findIndex((pos, i) => i > 0 && pos < (stored.samplePos[i - 1] ?? 0));
  if (fall >= 0) return `positions fall at page ${fall}`;
  if (JSON.stringify(index.holes) !== JSON.stringify(stored.holes)) return "batches give other holes";
  const lengths = stored.links.map(({ totalSamples }) => totalSamples);
  const sum = lengths.reduce((all, length) => all + length, 0);
  return Number.isSafeInteger(row.samples) && row.samples === sum
    ? lengths
    : `${row.samples} samples of ${sum}`;
}

function bytesOf(column: Float64Array | Uint8Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
