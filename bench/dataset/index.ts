/**
 * A dataset's cost beside the extraction alone: 20,000 windows of 3 s, evenly over an hour, as .npy shards of 11.5 GB in
 * all; a tenth of them where it is to be quick. Each run is a process of its own, so that its peak memory is its own. A
 * last run is killed half-way and taken up again, and must end with the same bytes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { longArchive, longStore } from "../inputs.js";
import { type BenchContext, type BenchResult, interleave, median } from "../result.js";

const script = fileURLToPath(new URL("./write.mjs", import.meta.url));
/** More would take more than two minutes. */
const MOST_ROUNDS = 3;

/** Runs it. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const { id } = await longArchive(context, 3655);
  const folder = mkdtempSync(join(context.scratch, "dataset-"));
  const input = [longStore(context), id, context.quick ? "2000" : "20000"];
  try {
    const whole = join(folder, "whole");
    const { targets, measures } = await besideExtraction(input, whole, context);
    const killed = join(folder, "killed");
    const parts = readdirSync(join(whole, "train")).length;
    spawnSync(process.execPath, [script, ...input, killed, String(parts >> 1)]);
    const rest = written(...input, killed);
    const same = (await digest(killed)) === (await digest(whole));
    return [
      {
        title: `seconds for ${input[2]} windows of 3 s`,
        measures: [...measures, { name: "the second half after a kill", unit: "s", values: [rest.seconds] }],
        targets: [...targets, { name: "same bytes after a kill half-way", value: same }],
        missing: [],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Leaves a dataset in `out`. */
async function besideExtraction(
  input: readonly string[],
  out: string,
  context: BenchContext,
): Promise<Pick<BenchResult, "measures" | "targets">> {
  const peaksMb: number[] = [];
  const values = await interleave(Math.min(context.rounds, MOST_ROUNDS), {
    "extraction alone": async () => written(...input).seconds,
    "dataset as npy": async () => {
      rmSync(out, { recursive: true, force: true });
      const { seconds, peakMb } = written(...input, out);
      peaksMb.push(peakMb);
      return seconds;
    },
  });
  const alone = values["extraction alone"];
  const ratios = values["dataset as npy"].map((seconds, i) => seconds / (alone[i] ?? Number.NaN));
  return {
    measures: Object.entries(values).map(([name, list]) => ({ name, unit: "s", values: list })),
    targets: [
      { name: "dataset as npy / extraction alone", value: median(ratios), unit: "times", atMost: 1.3 },
      { name: "peak memory", value: Math.max(...peaksMb), unit: "MB", atMost: 500 },
    ],
  };
}

function written(...args: readonly string[]): { readonly seconds: number; readonly peakMb: number } {
  return JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));
}

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    if (!statSync(join(folder, name)).isFile()) continue;
    hash.update(name);
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Uint8Array);
  }
  return hash.digest("hex");
}
