// A dataset's cost beside the extraction alone: node bench/training/dataset.bench.mjs [WINDOWS] [REPEATS] [FOLDER]
//
// Windows of 3 s, evenly over one hour of the 160 kb/s soundscape. Each run is a process of its own, so that its peak
// memory is its own; the two kinds take turns, and the median ratio counts. A last run is killed half-way and taken up
// again, and must end with the same bytes.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const HOUR_SECONDS = 3655;
const WINDOW_SECONDS = 3;
const script = fileURLToPath(import.meta.url);

/** Hop that gives so many windows, in whole milliseconds. */
function hopSeconds(windows) {
  return Math.floor(((HOUR_SECONDS - WINDOW_SECONDS) / (windows - 1)) * 1000) / 1000;
}

async function child([kind, store, windows, out, kill]) {
  const { createDataset, openArchive, parseAnnotations, streamSegments } = await import(
    "../../dist/index.js"
  );
  const archive = await openArchive(store);
  const hop = hopSeconds(Number(windows));
  const started = performance.now();
  if (kind === "extract") {
    const samples = Math.round(hop * 48_000);
    const segments = Array.from({ length: Number(windows) }, (_, i) => ({
      recording: "hour",
      startSample: i * samples,
      endSample: i * samples + WINDOW_SECONDS * 48_000,
    }));
    // As the dataset asks for it: memory for samples is the same.
    for await (const part of streamSegments(archive, segments, { maxMemoryMb: 128 })) part.shape;
  } else {
    const table = parseAnnotations(`file,start_s,end_s,label\nhour,0,${HOUR_SECONDS},x\n`);
    let parts = 0;
    await createDataset(archive, {
      annotations: [table],
      windowSeconds: WINDOW_SECONDS,
      hopSeconds: hop,
      format: kind,
      out,
      onProgress: () => {
        if (++parts === Number(kill)) process.kill(process.pid, "SIGKILL");
      },
    });
  }
  const seconds = (performance.now() - started) / 1000;
  // In KiB on Linux.
  process.stdout.write(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024 }));
}

function run(...args) {
  return JSON.parse(execFileSync(process.execPath, [script, "--child", ...args], { encoding: "utf8" }));
}

async function digest(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    if (!statSync(join(folder, name)).isFile()) continue;
    hash.update(name);
    await pipeline(createReadStream(join(folder, name)), async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk);
    });
  }
  return hash.digest("hex");
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

async function main([windows = "20000", repeats = "3", base = tmpdir()]) {
  const { bundledDataset, importRecordings, openArchive, writeLongRecording } = await import(
    "../../dist/index.js"
  );
  const folder = mkdtempSync(join(base, "dataset-bench-"));
  try {
    const hour = join(folder, "hour.opus");
    await writeLongRecording(readFileSync(bundledDataset().opus), hour, { durationSeconds: HOUR_SECONDS });
    const store = join(folder, "a.zarr");
    await importRecordings(await openArchive(store, { mode: "a" }), [hour]);
    const rows = [];
    for (let i = 0; i < Number(repeats); i++) {
      const extract = run("extract", store, windows);
      const out = join(folder, `npy${i}`);
      const npy = run("npy", store, windows, out);
      rows.push({ extract, npy, ratio: npy.seconds / extract.seconds });
      console.log(
        `extraction alone ${extract.seconds.toFixed(1)} s (${extract.peakMb.toFixed(0)} MB), npy ${npy.seconds.toFixed(1)} s (${npy.peakMb.toFixed(0)} MB)`,
      );
      if (i > 0) rmSync(out, { recursive: true });
    }
    const killed = join(folder, "killed");
    const parts = readdirSync(join(folder, "npy0/train")).length;
    spawnSync(process.execPath, [script, "--child", "npy", store, windows, killed, String(parts >> 1)]);
    const rest = run("npy", store, windows, killed);
    const same = (await digest(killed)) === (await digest(join(folder, "npy0")));
    console.log(
      `killed after ${parts >> 1} of ${parts} shards and run again: ${rest.seconds.toFixed(1)} s, ${same ? "the same bytes" : "OTHER BYTES"}`,
    );
    const ratio = median(rows.map((row) => row.ratio));
    const peak = Math.max(...rows.map((row) => row.npy.peakMb));
    console.log(
      `${windows} windows of ${WINDOW_SECONDS} s as npy: ${ratio.toFixed(2)} times the extraction alone, peak ${peak.toFixed(0)} MB`,
    );
    if (!same || peak > 500 || ratio > 1.3) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, ...rest] = process.argv.slice(2);
await (first === "--child" ? child(rest) : main(process.argv.slice(2)));
process.exit();
