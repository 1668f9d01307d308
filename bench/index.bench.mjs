/**
 * Building the index of a 73.5 MB blob anew: pages a second from call to result, accesses, and whether all
 * ways give the same index.
 *
 *   npm run build && node bench/index.bench.mjs [rounds]
 *
 * Each build is a process of its own, so that the start of its workers counts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundledDataset } from "../dist/datasets/bundled.js";
import { writeLongRecording } from "../dist/datasets/long-recording.js";
import { buildPageIndex, importRecordings, openArchive } from "../dist/index.js";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

function built(store, flags) {
  const run = spawnSync(process.execPath, [main, "index", store, "hour", ...flags, "--json"], {
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const best = (reports) => Math.max(...reports.map((report) => report.pagesPerSecond));

function digest(index) {
  const hash = createHash("sha256");
  for (const column of ["byteOffset", "pageSize", "samplePos", "runPos", "runMode"]) {
    const { buffer, byteOffset, byteLength } = index[column];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

/** @returns {Promise<import("./results.d.mts").BenchResult[]>} */
export async function run(rounds = 5) {
  const folder = mkdtempSync(path.join(tmpdir(), "opus-zarr-bench-"));
  const store = path.join(folder, "a.zarr");
  const file = path.join(folder, "hour.opus");
  const times = Array.from({ length: rounds });
  const results = [];
  try {
    await writeLongRecording(readFileSync(bundledDataset().opus), file, { durationSeconds: 3655 });
    const archive = await openArchive(store, { mode: "a" });
    await importRecordings(archive, [file]);
    const recording = await archive.recording("hour");
    for (const [verify, min] of [
      ["crc", 20_000],
      ["headers", 60_000],
    ]) {
      const value = best(times.map(() => built(store, ["--verify", verify])));
      results.push({ name: `index, ${verify}, best of ${rounds}`, value, unit: "pages/s", target: { min } });
    }
    const expected = digest(await recording.index());
    let same = 1;
    for (const [batchSizeMb, accesses] of [
      [4, 18],
      [8, 9],
      [16, 5],
      [32, 3],
    ]) {
      const { report, index } = await buildPageIndex(recording, { batchSizeMb });
      const target = { min: accesses - 1, max: accesses + 1 };
      results.push({ name: `accesses, ${batchSizeMb} MB`, value: report.accesses, unit: "reads", target });
      if (digest(index) !== expected) same = 0;
    }
    const { report, index } = await buildPageIndex(recording, { strategy: "page" });
    const target = { min: report.pages, max: report.pages };
    results.push({ name: "accesses, one a page", value: report.accesses, unit: "reads", target });
    if (digest(index) !== expected) same = 0;
    results.push({ name: "all ways give one index", value: same, unit: "0 or 1", target: { min: 1 } });
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.table(await run(Number(process.argv[2] ?? 5)));
