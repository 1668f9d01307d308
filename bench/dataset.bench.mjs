/**
 * A dataset's cost beside the extraction alone: 20,000 windows of 3 s, evenly over one hour of the 160 kb/s soundscape,
 * as .npy shards of 11.5 GB in all; a tenth of them where OPUS_ZARR_BENCH_QUICK is set.
 *
 *   npm run build && npm run bench -- dataset
 *
 * Each run is a process of its own, so that its peak memory is its own; the two kinds take turns, and the median ratio
 * counts. A last run is killed half-way and taken up again, and must end with the same bytes.
 */
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
  const { createDataset, openArchive, parseAnnotations, streamSegments } = await import("../dist/index.js");
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
    // As a dataset asks for it: the same memory, used again.
    const options = { maxMemoryMb: 128, reuseMemory: true };
    for await (const part of streamSegments(archive, segments, options)) part.shape;
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

function inProcess(...args) {
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

/** @returns {Promise<import("./results.d.mts").BenchResult[]>} */
export async function run(rounds = 3) {
  const windows = process.env.OPUS_ZARR_BENCH_QUICK ? "2000" : "20000";
  const { bundledDataset, importRecordings, openArchive, writeLongRecording } = await import(
    "../dist/index.js"
  );
  const folder = mkdtempSync(join(tmpdir(), "opus-zarr-bench-"));
  try {
    const hour = join(folder, "hour.opus");
    await writeLongRecording(readFileSync(bundledDataset().opus), hour, { durationSeconds: HOUR_SECONDS });
    const store = join(folder, "a.zarr");
    await importRecordings(await openArchive(store, { mode: "a" }), [hour]);
    const rows = [];
    // More would take more than two minutes.
    for (let i = 0; i < Math.min(rounds, 3); i++) {
      const extract = inProcess("extract", store, windows);
      const out = join(folder, `npy${i}`);
      rows.push({ extract, npy: inProcess("npy", store, windows, out) });
      if (i > 0) rmSync(out, { recursive: true });
    }
    const killed = join(folder, "killed");
    const parts = readdirSync(join(folder, "npy0/train")).length;
    spawnSync(process.execPath, [script, "--child", "npy", store, windows, killed, String(parts >> 1)]);
    const rest = inProcess("npy", store, windows, killed);
    const same = (await digest(killed)) === (await digest(join(folder, "npy0")));
    const of = (pick) => rows.map(pick);
    return [
      { name: "extraction alone", unit: "s", value: median(of(({ extract }) => extract.seconds)) },
      { name: "dataset as npy", unit: "s", value: median(of(({ npy }) => npy.seconds)) },
      {
        name: "dataset as npy / extraction alone",
        unit: "times",
        value: median(of(({ extract, npy }) => npy.seconds / extract.seconds)),
        target: { max: 1.3 },
      },
      {
        name: "peak memory",
        unit: "MB",
        value: Math.max(...of(({ npy }) => npy.peakMb)),
        target: { max: 500 },
      },
      { name: "the second half after a kill", unit: "s", value: rest.seconds },
      {
        name: "same bytes after a kill half-way",
        unit: "of 1",
        value: same ? 1 : 0,
        target: { min: 1 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--child") {
  await child(process.argv.slice(3));
  process.exit();
}
