/**
 * Import of a long recording against `cp` and `sync` of the same file, in turns; and the memory it takes.
 *
 *   npm run build && node bench/import.bench.mjs [rounds]
 *
 * Each import is a process of its own, its start counted.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundledDataset } from "../dist/datasets/bundled.js";
import { writeLongRecording } from "../dist/datasets/long-recording.js";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** Runs a command, and fails if it does; seconds from start to end. */
function timed(command, args) {
  const started = performance.now();
  const run = spawnSync(command, args, { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${run.stderr}`);
  return (performance.now() - started) / 1000;
}

/** Peak memory of an import, in MB: its own account at its end. */
function peakMb(file, store) {
  const code = `process.on("exit", () => console.error(process.resourceUsage().maxRSS)); process.argv = [process.argv[0], ...process.argv.slice(1)]; await import(${JSON.stringify(pathToFileURL(main).href)});`;
  const args = ["--input-type=module", "-e", code, "opus-zarr", "import", file, "--store", store, "--json"];
  const run = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  return Number(run.stderr.trim().split("\n").at(-1)) / 1024;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** @returns {Promise<import("./results.d.mts").BenchResult[]>} */
export async function run(rounds = 5) {
  const folder = mkdtempSync(path.join(tmpdir(), "opus-zarr-bench-"));
  const at = (name) => path.join(folder, name);
  try {
    const source = readFileSync(bundledDataset().opus);
    await writeLongRecording(source, at("hour.opus"), { durationSeconds: 3655 });
    const { bytes } = await writeLongRecording(source, at("ten.opus"), { durationSeconds: 36_550 });
    const copies = [];
    const imports = [];
    for (let round = 0; round < rounds; round++) {
      timed("sync", []);
      copies.push(timed("sh", ["-c", 'cp "$0" "$1" && sync', at("ten.opus"), at("copy")]));
      rmSync(at("copy"));
      timed("sync", []);
      imports.push(timed(process.execPath, [main, "import", at("ten.opus"), "--store", at("a.zarr")]));
      rmSync(at("a.zarr"), { recursive: true });
    }
    const peaks = ["hour", "ten"].map((name) => peakMb(at(`${name}.opus`), at(`${name}.zarr`)));
    return [
      { name: `cp and sync of ${Math.round(bytes / 1e6)} MB`, value: median(copies), unit: "s" },
      { name: "import of it", value: median(imports), unit: "s" },
      {
        name: "import / cp and sync",
        value: median(imports.map((seconds, i) => seconds / copies[i])),
        unit: "times",
        target: { max: 1.5 },
      },
      { name: "peak memory, 73 MB", value: peaks[0], unit: "MB", target: { max: 300 } },
      { name: "peak memory, 735 MB", value: peaks[1], unit: "MB", target: { max: 300 } },
      {
        name: "peak memory, 735 MB / 73 MB",
        value: peaks[1] / peaks[0],
        unit: "times",
        target: { max: 1.2, min: 0.8 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.table(await run(Number(process.argv[2] ?? 5)));
