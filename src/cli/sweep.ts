/** `sweep STORE RECORDING`: batch sizes against each other. */
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { argumentError } from "../errors.js";
import {
  interruptSignal,
  listOption,
  numberOption,
  print,
  printJson,
  progressLine,
  table,
} from "./output.js";

interface SweepFlags {
  readonly sizes?: string | number;
  readonly repeats?: string | number;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command("sweep <store> <recording>", "Time index builds with several batch sizes, side by side")
    .option("--sizes <list>", "Batch sizes in MB, with commas", { default: "4,8,16,32" })
    .option("--repeats <n>", "Rounds; each runs every size once", { default: 5 })
    .option("--json", "One JSON document on stdout")
    .action(sweep);
}

async function sweep(store: string, id: string, flags: SweepFlags): Promise<void> {
  const { bestBatchSize } = await import("../model/best.js");
  const { sweepBatchSizes } = await import("../model/sweep.js");
  const recording = await (await openArchive(String(store))).recording(String(id));
  const sizesMb = listOption(flags.sizes).map((size) => numberOption("--sizes", size) as number);
  const repeats = numberOption("--repeats", flags.repeats) ?? 5;
  if (sizesMb.length === 0) throw argumentError("--sizes", "sizes in MB", flags.sizes);
  const line = progressLine(flags.json === true);
  const swept = await sweepBatchSizes(recording, {
    sizesMb,
    repeats,
    signal: interruptSignal(),
    onProgress: (p) => line.show(`${p.done}/${p.total} runs`),
  });
  line.clear();
  const best = bestBatchSize(swept);
  if (flags.json) return printJson({ ...swept, best });
  const rows = swept.rows.map((row) => [
    row.sizeMb === null ? "page" : `${row.sizeMb} MB`,
    String(row.accesses),
    `${row.seconds.toFixed(3)} s`,
    `± ${row.spreadSeconds.toFixed(3)}`,
    Math.round(row.pagesPerSecond).toString(),
    row.mbPerSecond.toFixed(0),
  ]);
  print(table(["batch", "accesses", "median", "spread", "pages/s", "MB/s"], rows), "", best.reason);
}
