/** What work in shards costs, one figure a step: the constants of the simulation in simulate.ts. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveOf } from "../scaling/archive-of.js";
import { longFile } from "../inputs.js";
import { type BenchContext, type BenchResult, median, secondsOf } from "../result.js";
import { randomNumbers } from "../segments.js";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const HOUR_SECONDS = 3655;

/** Names of the measures, which simulate.ts reads. */
export const COSTS = {
  start: "start of a task that finds all done",
  importBytes: "import of an hour (73.5 MB)",
  importRecording: "import of a recording of 60 KB",
  extractClip: "extraction of a clip of 2 s, 1,000 of an hour",
  finalizeRecording: "finalize, a recording of 10,000",
  mergeClip: "finalize, a clip of 2 s merged",
} as const;

/** Measures them, each by the command line, as a task runs it. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const folder = join(context.scratch, "shards");
  const values: Record<keyof typeof COSTS, number[]> = {
    ...{
      start: [],
      importBytes: [],
      importRecording: [],
      extractClip: [],
      finalizeRecording: [],
      mergeClip: [],
    },
  };
  const hour = await longFile(context, HOUR_SECONDS);
  const many = await archiveOf(context.quick ? 500 : 10_000, context.scratch);
  for (let round = 0; round < context.rounds; round++) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const one = await measureRound(folder, { hour, many, quick: context.quick });
    for (const [name, value] of Object.entries(one)) values[name as keyof typeof COSTS].push(value);
  }
  rmSync(folder, { recursive: true, force: true });
  rmSync(many, { recursive: true, force: true });
  const measures = Object.entries(COSTS).map(([key, name]) => ({
    ...{ name, unit: "s" },
    values: values[key as keyof typeof COSTS],
  }));
  return [{ title: "costs of work in shards, a task of two cores", measures, targets: [], missing: [] }];
}

interface Inputs {
  readonly hour: string;
  readonly many: string;
  readonly quick: boolean;
}

async function measureRound(
  folder: string,
  { hour, many, quick }: Inputs,
): Promise<Record<keyof typeof COSTS, number>> {
  const store = join(folder, "a.zarr");
  const hours = quick ? 1 : 4;
  for (let i = 0; i < hours; i++) linkSync(hour, join(folder, `h${i}.opus`));
  const files = Array.from({ length: hours }, (_, i) => join(folder, `h${i}.opus`));
  const first = await timed("import", ...files, "--store", store, "--shard", "0/1");
  const start = await timed("import", ...files, "--store", store, "--shard", "0/1");
  const importBytes = (first - start) / hours;

  const small = join(folder, "small");
  const count = quick ? 50 : 400;
  await smallFiles(small, count, hour);
  const importRecording = ((await timed("import", small, "--store", join(folder, "s.zarr"))) - start) / count;

  const clips = 1000;
  writeFileSync(join(folder, "c.csv"), table(clips));
  const extract = ["extract", store, "--segments", join(folder, "c.csv"), "--out", join(folder, "c.npy")];
  const extractClip = ((await timed(...extract, "--shard", "0/1")) - start) / clips;
  await timed("finalize", store, "--job", "none");
  const mergeClip = ((await timed("finalize", store)) - (await timed("finalize", store))) / clips;

  rmSync(join(many, "catalogue.csv"), { force: true });
  const recordings = quick ? 500 : 10_000;
  const finalizeRecording = ((await timed("finalize", many)) - start) / recordings;
  return { start, importBytes, importRecording, extractClip, finalizeRecording, mergeClip };
}

async function timed(...args: string[]): Promise<number> {
  return await secondsOf(async () => execFileSync(process.execPath, [cli, ...args, "--json"]));
}

/** The beginning of the hour, 60 KB of it, under many names: cut inside a page, which importing notes as a hole. */
async function smallFiles(folder: string, count: number, hour: string): Promise<void> {
  mkdirSync(folder);
  const { open } = await import("node:fs/promises");
  const handle = await open(hour, "r");
  const bytes = new Uint8Array(Math.min(60_000, statSync(hour).size));
  await handle.read(bytes, 0, bytes.length, 0);
  await handle.close();
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `r${i}.opus`), bytes);
}

function table(clips: number): string {
  const random = randomNumbers();
  const rows = Array.from({ length: clips }, () => {
    const start = Math.floor(random() * (HOUR_SECONDS - 3) * 48_000);
    return `h0,${start},${start + 96_000}`;
  });
  return `recording,start_sample,end_sample\n${rows.join("\n")}\n`;
}

/** The middle of each measure, by its name in {@link COSTS}. */
export function costsOf(result: BenchResult): Record<keyof typeof COSTS, number> {
  const named = Object.entries(COSTS).map(([key, name]) => {
    const measure = result.measures.find((one) => one.name === name);
    return [key, median(measure?.values ?? [])];
  });
  return Object.fromEntries(named) as Record<keyof typeof COSTS, number>;
}
