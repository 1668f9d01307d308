/** What commands share: reading option values, and saying what was done. */
import { argumentError } from "../errors.js";
import type { BatchSize } from "../importer/options.js";

/** A number out of an option. */
export function numberOption(field: string, value: unknown, expected = "a number"): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "number" ? value : Number(String(value).trim() || Number.NaN);
  if (!Number.isFinite(number)) throw argumentError(field, expected, value);
  return number;
}

/** Text out of an option, which the parser may have taken for something else. */
export function textOption(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** A batch size out of an option: a number of MB, or the name of a choice. */
export function batchSizeOption(value: unknown): BatchSize | undefined {
  const names = ["auto", "import", "extraction", "mixed"];
  if (names.includes(String(value))) return value as BatchSize;
  return numberOption("--batch-size-mb", value, `a number, ${names.slice(0, -1).join(", ")} or mixed`);
}

/** A list out of an option that may stand once, several times, or with commas. */
export function listOption(value: unknown): string[] {
  if (value === undefined) return [];
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((one) => String(one).split(",")).filter((one) => one !== "");
}

/** One JSON document on stdout. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Lines on stdout. */
export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * Lets a reader of our output go when it has seen enough (`opus-zarr ls | head -1`): the work goes on, and ends as it
 * would have. Output that is lost otherwise, as on a full disk, makes the exit status 1.
 */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code !== "EPIPE") process.exitCode = 1;
    });
  }
}

/** Control characters of names and tags as escapes: a name must not steer the terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** A table with columns as wide as their cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map(plain))];
  const widths = head.map((_, c) => all.reduce((most, row) => Math.max(most, row[c]?.length ?? 0), 0));
  return all
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A line on stderr that is written over again and again, on a terminal only. */
export function progressLine(json: boolean): { show(text: string): void; clear(): void } {
  const on = process.stderr.isTTY === true && !json;
  let shown = 0;
  return {
    show(text) {
      const now = performance.now();
      if (!on || now - shown < 100) return;
      shown = now;
      process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    },
    clear() {
      if (on && shown > 0) process.stderr.write("\r\u001b[K");
    },
  };
}

/** Npx passes a Ctrl-C on that came here by itself as well: within this time, both are one. */
const SAME_INTERRUPT_MS = 1000;

const GO_ON = "what was finished stays, run the same command again to go on";

/** A signal that Ctrl-C and a polite kill abort: work stops, nothing half-done stays. Another one ends the process. */
export function interruptSignal(said: string = GO_ON): AbortSignal {
  const controller = new AbortController();
  let stopping: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // Not `once`: execa, which ends its programs with us, would find nobody else listening, and end us at once.
    process.on(name, () => {
      const stop = new Interrupted(name, said);
      stopping ??= performance.now();
      if (performance.now() - stopping > SAME_INTERRUPT_MS) process.exit(stop.exitCode);
      controller.abort(stop);
    });
  }
  return controller.signal;
}

/** The user stopped the work. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  /** As shells have it: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM", said: string) {
    super(`stopped; ${said}`);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}
