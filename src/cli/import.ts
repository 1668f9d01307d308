/** `opus-zarr import PATH… --store DIR`. */
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { argumentError } from "../errors.js";
import { importRecordings } from "../importer/import.js";
import { type ImportOptions, type ImportProgress, importSettings } from "../importer/options.js";
import { importProgressText } from "../importer/progress.js";
import type { ImportedRecording, ImportReport } from "../importer/report.js";
import { parseMetaOptions } from "../metadata/user.js";
import { bytesText, durationText } from "../units.js";
import {
  batchSizeOption,
  interruptSignal,
  numberOption,
  plain,
  print,
  printJson,
  progressLine,
  textOption,
} from "./output.js";

interface ImportFlags {
  readonly store?: string;
  readonly batchSizeMb?: string | number;
  readonly chunkSizeMb?: string | number;
  readonly workers?: string | number;
  readonly maxMemoryMb?: string | number;
  readonly shard?: string;
  readonly duplicates?: string;
  readonly check?: string;
  readonly bitrate?: string | number;
  readonly vbr?: string | boolean;
  readonly application?: string;
  readonly timezone?: string;
  readonly meta?: string | readonly string[];
  readonly metaCsv?: string;
  readonly json?: boolean;
  /** What stands behind a bare `--`: names that may begin with a dash. */
  readonly "--"?: readonly string[];
}

/** Reasons longer than a line, in characters, are written out once. */
const LONG_REASON = 80;

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "import [...paths]",
      "Import recordings (files, folders, globs, s3://bucket/key) into an archive",
    )
    .usage("import PATH… --store DIR")
    .option("--store <dir>", "The archive, a folder or s3://bucket/prefix; made if it is not there")
    .option(
      "--batch-size-mb <n>",
      "Bytes read and scanned at once, in MB; or auto, or what it is to suit: import, extraction, mixed",
      { default: 16 },
    )
    .option("--chunk-size-mb <n>", "Target size of the blob's chunks, in MB", { default: 8 })
    .option(
      "--workers <n>",
      "Recordings at work at the same time; by default as many as cores and memory allow",
    )
    .option("--max-memory-mb <n>", "Memory for buffers, in MB", { default: 256 })
    .option("--shard <i/N>", "Only share i of N, counted from 0; or slurm, kubernetes/N, auto")
    .option("--duplicates <how>", "Content that is there already under the same id: skip, keep or error", {
      default: "skip",
    })
    .option("--check <how>", "How such content is told: mtime (size and time) or content (SHA-256)", {
      default: "mtime",
    })
    .option("--bitrate <kbps>", "Bit rate of what is encoded, in kb/s (160; 80 a channel from 3 channels on)")
    .option("--vbr <how>", "Variable bit rate of what is encoded: on, constrained or off (on)")
    .option("--application <name>", "What the encoder is tuned for: audio, voip or lowdelay (audio)")
    .option("--timezone <zone>", "Zone of times that state none, as +02:00 or Europe/Berlin; never guessed")
    .option("--meta <key=value>", "Kept under `user` in the attributes; may stand several times")
    .option("--meta-csv <file>", "A table with a row a file, kept in the same way")
    .option("--json", "One JSON document on stdout")
    .example("  $ opus-zarr import site1/ --store birds.zarr")
    .example(
      '  $ opus-zarr import "site*/**/*.wav" --store birds.zarr --timezone Europe/Berlin --meta site=north',
    )
    .action(run);
}

async function run(words: readonly string[], flags: ImportFlags): Promise<void> {
  const paths = [...words, ...(flags["--"] ?? [])];
  if (flags.store === undefined) throw argumentError("--store", "a folder", undefined);
  if (paths.length === 0) throw argumentError("import", "one path or more", undefined);
  const json = flags.json === true;
  const line = progressLine(json);
  const options = importOptions(flags, (progress) => line.show(importProgressText(progress)));
  // Before an archive is made for a call that is wrong.
  importSettings(options);
  const archive = await openArchive(String(flags.store), { mode: "a" });
  try {
    const report = await importRecordings(archive, paths.map(String), options);
    line.clear();
    if (json) printJson(report);
    else printReport(report);
    if (report.failed > 0) process.exitCode = 1;
  } finally {
    line.clear();
  }
}

function importOptions(flags: ImportFlags, onProgress: (progress: ImportProgress) => void): ImportOptions {
  const meta = flags.meta === undefined ? [] : [flags.meta].flat().map(String);
  return {
    batchSizeMb: batchSizeOption(flags.batchSizeMb),
    chunkSizeMb: numberOption("--chunk-size-mb", flags.chunkSizeMb),
    workers: numberOption("--workers", flags.workers),
    maxMemoryMb: numberOption("--max-memory-mb", flags.maxMemoryMb),
    shard: textOption(flags.shard),
    duplicates: flags.duplicates as "skip" | undefined,
    check: flags.check as "mtime" | undefined,
    bitrateKbps: numberOption("--bitrate", flags.bitrate),
    vbr: textOption(flags.vbr) as "on" | undefined,
    application: textOption(flags.application) as "audio" | undefined,
    timezone: textOption(flags.timezone),
    meta: meta.length === 0 ? undefined : parseMetaOptions(meta),
    metaCsv: textOption(flags.metaCsv),
    signal: interruptSignal(),
    onProgress,
  };
}

function printReport(report: ImportReport): void {
  const told = new Set<string>();
  for (const row of report.recordings) {
    if (row.status === "failed")
      print(`failed    ${plain(row.source)}: ${plain(shortly(reason(row), told))}`);
    else if (row.status === "imported") {
      const holes = row.holes > 0 ? `, ${row.holes} ${row.holes === 1 ? "hole" : "holes"}` : "";
      const damage = row.warnings === undefined ? "" : `; damaged: ${plain(row.warnings.join("; "))}`;
      print(`imported  ${row.id}: ${bytesText(row.bytes)}, ${row.pages} pages${holes}${damage}`);
    }
  }
  const { imported, skipped, failed, bytes, pages, seconds } = report;
  const nothing = imported === 0 && skipped > 0 ? ` Nothing new: ${noWork(failed)}` : "";
  print(
    `${imported} imported, ${skipped} skipped, ${failed} failed: ${bytesText(bytes)}, ${pages} pages in ${durationText(seconds)}.${nothing}`,
  );
}

/** Errors name the file behind what they say; here it stands before. */
function reason({ error = "", source }: ImportedRecording): string {
  return error.replace(` (${source})`, "").replace(` (${source}, `, " (");
}

/** A folder of a thousand WAV files wants the same program a thousand times: it is told at length once. */
function shortly(text: string, told: Set<string>): string {
  if (text.length > LONG_REASON && told.has(text)) return `${text.split(": ")[0]} (as above)`;
  told.add(text);
  return text;
}

function noWork(failed: number): string {
  return failed === 0 ? "everything is there already." : "all but what failed is there already.";
}
