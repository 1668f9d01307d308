/**
 * What 10,000 hours and 10 million clips take on a cluster: a simulation over costs that were measured.
 *
 * `node --import ./bench/typescript.mjs bench/shards/simulate.ts` prints the tables; `--write` puts them into
 * docs/scaling.md. The costs are those in bench/results/shards.json (`npm run bench -- shards`), nothing else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shareOut } from "../../src/shards/share.js";
import type { BenchFile } from "../report.js";
import { randomNumbers } from "../segments.js";
import { type COSTS, costsOf } from "./index.js";

type Costs = Record<keyof typeof COSTS, number>;

/** Bytes of an hour at 160 kb/s, as measured. */
const HOUR_BYTES = 72.4e6;
/** Bytes of a clip of 2 s, float32. */
const CLIP_BYTES = 384_000;
const RECORDINGS = 10_000;
const CLIPS_AN_HOUR = 1000;
const TASKS = [1, 8, 64, 512];
/** What all tasks together read and write: a disk or gigabit Ethernet, a file server, a parallel file system. */
const BANDWIDTHS = [0.1e9, 1e9, 10e9];

/** Hours of each recording: from some minutes to some hours, 10,000 hours in all; the same every time. */
function recordingHours(): number[] {
  const random = randomNumbers();
  const raw = Array.from({ length: RECORDINGS }, () => Math.exp(random() + random() + random() - 1.5));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((hours) => (hours * RECORDINGS) / sum);
}

/** One task: seconds alone on a quiet machine, and bytes it reads and writes meanwhile. */
interface Task {
  readonly seconds: number;
  readonly bytes: number;
}

/** Seconds until the last task has ended, where all of them share a bandwidth evenly, by what each asks for. */
function wallSeconds(tasks: readonly Task[], bandwidth: number): number {
  const left = tasks.filter(({ seconds }) => seconds > 0).map((task) => ({ ...task, share: 1 }));
  let now = 0;
  let active = left;
  while (active.length > 0) {
    const demand = active.reduce((sum, { seconds, bytes }) => sum + bytes / seconds, 0);
    const speed = Math.min(1, bandwidth / Math.max(demand, Number.MIN_VALUE));
    const step = Math.min(...active.map(({ seconds, share }) => (seconds * share) / speed));
    for (const task of active) task.share -= (step * speed) / task.seconds;
    now += step;
    active = active.filter(({ share }) => share > 1e-9);
  }
  return now;
}

interface Simulated {
  readonly seconds: number;
  readonly bound: string;
}

/** Tasks at work side by side, then what only one process can do. */
function simulate(
  tasks: readonly Task[],
  last: Task & { readonly name: string },
  bandwidth: number,
): Simulated {
  const alone = Math.max(...tasks.map(({ seconds }) => seconds));
  const shared = wallSeconds(tasks, bandwidth);
  const after = wallSeconds([last], bandwidth);
  const bound = after > shared ? last.name : shared > 1.2 * alone ? "storage" : "cores";
  return { seconds: shared + after, bound };
}

function shards(hours: readonly number[], count: number, task: (hours: number[]) => Task): Task[] {
  const mine: number[][] = Array.from({ length: count }, () => []);
  shareOut(hours, count).forEach((shard, i) => {
    mine[shard]?.push(hours[i] as number);
  });
  return mine.map(task);
}

function simulations(costs: Costs): Record<string, (tasks: number, bandwidth: number) => Simulated> {
  const hours = recordingHours();
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const finalize = { seconds: RECORDINGS * costs.finalizeRecording, bytes: 0, name: "finalize" };
  const importing = (list: number[]): Task => ({
    seconds: costs.start + list.length * costs.importRecording + sum(list) * costs.importBytes,
    bytes: 2 * sum(list) * HOUR_BYTES,
  });
  const extracting = (list: number[]): Task => {
    const clips = sum(list) * CLIPS_AN_HOUR;
    return {
      seconds: costs.start + clips * costs.extractClip,
      bytes: clips * CLIP_BYTES + sum(list) * HOUR_BYTES,
    };
  };
  const clips = RECORDINGS * CLIPS_AN_HOUR;
  const merge = { seconds: clips * costs.mergeClip, bytes: 2 * clips * CLIP_BYTES, name: "merging" };
  return {
    "import of 10,000 hours (0.7 TB)": (n, b) => simulate(shards(hours, n, importing), finalize, b),
    "10 million clips of 2 s into one `.npy` (3.8 TB)": (n, b) =>
      simulate(shards(hours, n, extracting), merge, b),
    "the same clips in files that need no merging": (n, b) =>
      simulate(shards(hours, n, extracting), { ...finalize, seconds: 0 }, b),
  };
}

/** The tables, from what the bench wrote. */
export function simulationTables(file: BenchFile): string {
  const [result] = file.results;
  if (result === undefined) throw new Error("bench/results/shards.json: expected a result, got none");
  const costs = costsOf(result);
  const head = ["tasks", ...BANDWIDTHS.map((bandwidth) => `${bandwidth / 1e9} GB/s`)];
  const tables = Object.entries(simulations(costs)).map(([title, run]) => {
    const rows = TASKS.map((n) => {
      const cells = BANDWIDTHS.map((bandwidth) => run(n, bandwidth));
      return [String(n), ...cells.map(({ seconds, bound }) => `${timeText(seconds)}, ${bound}`)];
    });
    return `**${title}**\n\n${markdownTable([head, ...rows])}`;
  });
  return [costTable(file), ...tables].join("\n\n");
}

function costTable({ results: [result], command, date, machine, quick }: BenchFile): string {
  const costs = Object.entries(costsOf(result as BenchFile["results"][number]));
  const rows = (result?.measures ?? []).map(({ name }, i) => [name, milliseconds(costs[i]?.[1] ?? 0)]);
  const said = quick ? " **A quick run, not to be quoted.**" : "";
  const where = `Measured by \`${command}\`, ${date}, ${machine["cores"]} cores of ${machine["processor"]}, load ${machine["loadAtStart"]} at the start.${said}`;
  return `${where}\n\n${markdownTable([["cost of", "time"], ...rows])}`;
}

/** Columns as wide as their cells, as the formatter has them. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(3))} ms`;
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 48 * 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}

const MARKS = /(<!-- simulation -->\n)[\s\S]*?(\n<!-- \/simulation -->)/;

/** A page with its tables anew. */
export function withTables(page: string, tables: string): string {
  return page.replace(MARKS, (_, before: string, after: string) => `${before}${tables}${after}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const file = JSON.parse(readFileSync(at("bench/results/shards.json"), "utf8")) as BenchFile;
  const tables = simulationTables(file);
  console.log(tables);
  const page = at("docs/scaling.md");
  if (process.argv.includes("--write")) writeFileSync(page, withTables(readFileSync(page, "utf8"), tables));
}
