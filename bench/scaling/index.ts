/** How cost grows: with segments, segment length, recording length, workers, and recordings in an archive. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { finalizeArchive, openArchive, plotPng, type Recording, streamSegments } from "../../dist/index.js";
import type { Plot } from "../../dist/index.js";
import { longArchive } from "../inputs.js";
import {
  type BenchContext,
  type BenchResult,
  interleave,
  median,
  secondsOf,
  type Target,
} from "../result.js";
import { all, randomRanges } from "../segments.js";
import { archiveOf } from "./archive-of.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "dist", "cli", "main.js");
const opener = fileURLToPath(new URL("../first-segment.mjs", import.meta.url));

/** Runs all of them. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const hour = await longArchive(context, 3655);
  const results = [await segmentCounts(hour, context), await segmentLengths(hour, context)];
  results.push(await workerCounts(hour, context));
  results.push(await recordingLengths(context), await archiveSizes(context));
  if (!context.quick) for (const result of results) await draw(result);
  return results;
}

async function segmentCounts(recording: Recording, context: BenchContext): Promise<BenchResult> {
  const counts = context.quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
  const ofCounts = (some: readonly number[]): ReturnType<typeof tasks> =>
    tasks(some, (n) => extract(recording, n, 2));
  await extract(recording, 100, 2);
  const values = await interleave(context.quick ? 1 : 3, ofCounts(counts));
  // Minutes: once is enough.
  if (!context.quick) Object.assign(values, await interleave(1, ofCounts([100_000])));
  const targets = context.quick ? [] : [linear(values)];
  return {
    title: "seconds by number of segments (2 s, random)",
    measures: measures(values),
    targets,
    missing: [],
  };
}

function linear(values: Readonly<Record<string, readonly number[]>>): Target {
  const value = median(values["10000"] ?? []) / median(values["1000"] ?? []);
  return { name: "10,000 segments / 1,000 segments", value, unit: "times", atLeast: 9, atMost: 11 };
}

async function segmentLengths(recording: Recording, context: BenchContext): Promise<BenchResult> {
  const count = context.quick ? 50 : 300;
  const values = await interleave(
    2,
    tasks([0.5, 1, 2, 5, 10], (s) => extract(recording, count, s)),
  );
  const title = `seconds for ${count} segments, by their length in seconds`;
  return { title, measures: measures(values), targets: [], missing: [] };
}

async function workerCounts(recording: Recording, context: BenchContext): Promise<BenchResult> {
  const most = 2 * availableParallelism();
  const workers = Array.from({ length: most }, (_, i) => i + 1);
  const count = context.quick ? 50 : 1000;
  const values = await interleave(
    2,
    tasks(workers, (n) => extract(recording, count, 2, n)),
  );
  return {
    title: `seconds for ${count} segments, by workers`,
    measures: measures(values),
    targets: [],
    missing: [],
  };
}

async function recordingLengths(context: BenchContext): Promise<BenchResult> {
  const hours = context.quick ? [1 / 6, 1] : [1, 6, 24];
  const recordings = new Map<number, Recording>();
  for (const h of hours) recordings.set(h, await longArchive(context, h * 3600));
  const one = (h: number): Promise<number> => extract(recordings.get(h) as Recording, 100, 2);
  const values = await interleave(3, tasks(hours, one));
  return {
    title: "seconds for 100 segments, by hours of recording",
    measures: measures(values),
    targets: [],
    missing: [],
  };
}

async function archiveSizes(context: BenchContext): Promise<BenchResult> {
  const sizes = context.quick ? [1, 100, 1000] : [1, 100, 10_000];
  const all: Record<string, number[]> = {};
  for (const size of sizes) {
    const store = await archiveOf(size, context.scratch);
    await finalizeArchive(await openArchive(store, { mode: "a" }));
    const values = await interleave(context.rounds, {
      [`open and read one of ${size}`]: async () => Number(node([opener, store, "short", "10"])),
      [`ls of ${size}`]: () => secondsOf(async () => node([cli, "ls", store])),
    });
    Object.assign(all, values);
  }
  const largest = sizes.at(-1) as number;
  const open = median(all[`open and read one of ${largest}`] ?? []);
  const ls = median(all[`ls of ${largest}`] ?? []);
  return {
    title: "seconds by recordings in an archive (a fresh process each time)",
    measures: measures(all),
    targets: [
      {
        name: `open an archive of ${largest} recordings, read a segment of one`,
        value: open,
        unit: "s",
        atMost: 0.3,
      },
      {
        name: `\`ls\` of ${largest} recordings, Node's start included`,
        value: ls,
        unit: "s",
        atMost: 1.5,
      },
    ],
    missing: [],
  };
}

function node(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** Seconds that extracting random segments takes; they are handed on a part at a time, and let go. */
async function extract(
  recording: Recording,
  count: number,
  seconds: number,
  workers?: number,
): Promise<number> {
  const segments = randomRanges(count, seconds, all(recording));
  const options = workers === undefined ? {} : { workers };
  return await secondsOf(async () => {
    for await (const part of streamSegments(recording, segments, options)) void part;
  });
}

function tasks(
  at: readonly number[],
  work: (x: number) => Promise<number>,
): Record<string, () => Promise<number>> {
  return Object.fromEntries(at.map((x) => [String(x), () => work(x)]));
}

function measures(values: Readonly<Record<string, readonly number[]>>): BenchResult["measures"] {
  // An object has its whole numbers first; a list of names that are none stays as it is.
  const rows = Object.entries(values).sort(([a], [b]) => Number(a) - Number(b) || 0);
  return rows.map(([name, list]) => ({ name: shortened(name), unit: "s", values: list }));
}

function shortened(name: string): string {
  return Number.isNaN(Number(name)) ? name : String(Number(Number(name).toPrecision(3)));
}

/** A chart of a result whose measures are named by numbers, as docs/scaling-….png. */
export async function draw({ title, measures: list }: BenchResult): Promise<void> {
  const x = list.map(({ name }) => Number(name));
  if (x.some(Number.isNaN)) return;
  const y = list.map(({ values }) => median(values));
  const [value, by = ""] = title.split(/,? by /);
  // What spans powers of ten is drawn in them: a straight line rising by one for each is linear growth.
  const type = (values: readonly number[]): "log" | "linear" =>
    Math.max(...values) > 50 * Math.min(...values) ? "log" : "linear";
  const plot: Plot = {
    data: [{ type: "scatter", mode: "lines+markers", x, y, line: { color: "#1f77b4", width: 2 } }],
    layout: {
      xaxis: { title: { text: by }, type: type(x) },
      yaxis: {
        title: { text: value ?? "" },
        type: type(y),
        ...(type(y) === "linear" ? { range: [0, 1.1 * Math.max(...y)] } : {}),
      },
      height: 320,
    },
  };
  const name = by.replace(/\(.*/, "").trim().replace(/\W+/g, "-");
  await writeFile(join(root, "docs", `scaling-${name}.png`), plotPng(plot, { widthPx: 700 }));
}
