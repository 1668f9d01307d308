/** `index STORE RECORDING`: builds a page index anew and says what that took. */
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { buildPageIndex, type IndexReport } from "../indexing/build.js";
import { batchSizeOption, interruptSignal, numberOption, print, printJson } from "./output.js";

interface IndexFlags {
  readonly batchSizeMb?: string | number;
  readonly strategy?: string;
  readonly verify?: string;
  readonly workers?: string | number;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "index <store> <recording>",
      "Build a recording's page index anew and time it (nothing is written)",
    )
    .option(
      "--batch-size-mb <n>",
      "Bytes read and scanned at once, in MB, or auto, import, extraction, mixed",
      { default: 8 },
    )
    .option("--strategy <name>", "batch (threads), page (one access a page), sequential (one thread)", {
      default: "batch",
    })
    .option("--verify <how>", "How pages are confirmed: crc or headers", { default: "crc" })
    .option("--workers <n>", "Threads for batch")
    .option("--json", "One JSON document on stdout")
    .action(run);
}

async function run(store: string, id: string, flags: IndexFlags): Promise<void> {
  const recording = await (await openArchive(String(store))).recording(String(id));
  const { report } = await buildPageIndex(recording, {
    batchSizeMb: batchSizeOption(flags.batchSizeMb),
    strategy: flags.strategy as "batch",
    verify: flags.verify as "crc",
    workers: numberOption("--workers", flags.workers),
    signal: interruptSignal(),
  });
  if (flags.json) printJson(report);
  else printReport(report);
}

function printReport(report: IndexReport): void {
  const { phases } = report;
  print(
    `${report.pages} pages in ${report.seconds.toFixed(3)} s: ${Math.round(report.pagesPerSecond)} pages/s`,
    `${report.batches} batches, ${report.accesses} accesses, ${report.storeReads} store reads`,
    `locate ${phases.locate.toFixed(3)} s, detail ${phases.detail.toFixed(3)} s, accumulate ${phases.accumulate.toFixed(3)} s`,
  );
}
