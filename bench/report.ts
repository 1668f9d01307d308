/** Bench results as text, and as what is kept of them. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import { VERSION } from "../dist/version.js";
import { type BenchResult, isMet, type Measure, median, type Target } from "./result.js";

/** What is kept of a run. */
export interface BenchFile {
  readonly stage: string;
  readonly command: string;
  readonly quick: boolean;
  readonly date: string;
  readonly seconds: number;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly results: readonly BenchResult[];
}

/** The machine: its load tells whether the figures are worth keeping. */
export function machine(): BenchFile["machine"] {
  const [first] = cpus();
  const load = (loadavg()[0] ?? 0).toFixed(2);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { processor: first?.model ?? "", cores: cpus().length, memory, loadAtStart: Number(load) };
}

/** Versions of what is measured. */
export function versions(): BenchFile["versions"] {
  return { "opus-zarr": VERSION, node: process.versions.node, ffmpeg: firstLine("ffmpeg", ["-version"]) };
}

/** The commit, with a mark where files differ from it; those that results are written to do not count. */
export function commit(): string {
  const changed = firstLine("git", ["status", "--porcelain", "--", ".", ":!bench/results", ":!README.md"]);
  return firstLine("git", ["describe", "--always"]) + (changed === "" ? "" : "-dirty");
}

function firstLine(program: string, args: readonly string[]): string {
  try {
    const out = execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return out.split("\n")[0] ?? "";
  } catch {
    return "none";
  }
}

/** A number with three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}

/** A bench as a table. */
export function resultText({ title, measures, targets, missing }: BenchResult): string {
  const base = measures[0] === undefined ? Number.NaN : median(measures[0].values);
  const rows = measures.map((measure) => measureRow(measure, base));
  const verdicts = targets.map(verdict);
  const absent = missing.map((peer) => `  not here: ${peer}`);
  const head = ["", "median", "spread", "unit", "ratio to first"];
  return [title, ...(rows.length > 0 ? aligned([head, ...rows]) : []), ...verdicts, ...absent, ""].join("\n");
}

/** What was measured of a target, in words: `18 reads`, `yes`. */
export function measuredText({ value, unit }: Target): string {
  return typeof value === "boolean" ? (value ? "yes" : "no") : withUnit(figure(value), unit);
}

/** What a target asks for, in words: `17 to 19 reads`, `at most 500 MB`, `yes`. */
export function limitText({ atLeast, atMost, unit }: Target): string {
  if (atLeast === undefined)
    return atMost === undefined ? "yes" : withUnit(`at most ${figure(atMost)}`, unit);
  if (atMost === undefined) return withUnit(`at least ${figure(atLeast)}`, unit);
  return withUnit(atLeast === atMost ? figure(atMost) : `${figure(atLeast)} to ${figure(atMost)}`, unit);
}

function withUnit(text: string, unit: string | undefined): string {
  return unit === undefined ? text : `${text} ${unit}`;
}

function verdict(target: Target): string {
  const met = isMet(target) ? "met   " : "MISSED";
  return `  ${met}  ${target.name}: ${measuredText(target)} (${limitText(target)})`;
}

function measureRow({ name, unit, values }: Measure, base: number): string[] {
  const middle = median(values);
  const spread = `${figure(Math.min(...values))} to ${figure(Math.max(...values))}`;
  return [name, figure(middle), spread, unit, `${figure(middle / base)} ×`];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join("  ")}`.trimEnd());
}
