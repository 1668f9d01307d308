/** `extract STORE --segments FILE.csv --out PATH`. */
import { readFile } from "node:fs/promises";
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { argumentError, OpusZarrError } from "../errors.js";
import { type StreamOptions, streamSegments } from "../extract/stream.js";
import { parseSegmentTable } from "../extract/table.js";
import { writeNpy, writeWavs } from "../extract/write.js";
import type { SegmentTensor } from "../tensor/tensor.js";
import {
  durationText,
  interruptSignal,
  numberOption,
  plain,
  print,
  printJson,
  progressLine,
} from "./output.js";

interface ExtractFlags {
  readonly segments?: string;
  readonly out?: string;
  readonly format?: string;
  readonly accuracy?: string;
  readonly decoder?: string;
  readonly strategy?: string;
  readonly dtype?: string;
  readonly workers?: string | number;
  readonly maxMemoryMb?: string | number;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command("extract <store>", "Extract segments, in the order of a table")
    .option(
      "--segments <file.csv>",
      "Table with recording,start_sample,end_sample or recording,start_s,end_s",
    )
    .option("--out <path>", "A .npy file, or a folder for WAV files")
    .option("--format <name>", "npy or wav", { default: "npy" })
    .option("--accuracy <name>", "exact (equal to a full decode) or fast (80 ms of pre-roll)", {
      default: "exact",
    })
    .option("--decoder <name>", "libopus", { default: "libopus" })
    .option("--strategy <name>", "batch", { default: "batch" })
    .option("--dtype <name>", "float32 or int16", { default: "float32" })
    .option("--workers <n>", "Threads; by default one a core")
    .option("--max-memory-mb <n>", "Memory for samples, in MB", { default: 256 })
    .option("--json", "One JSON document on stdout")
    .action(run);
}

async function run(store: string, flags: ExtractFlags): Promise<void> {
  if (flags.segments === undefined) throw argumentError("--segments", "a CSV file", undefined);
  if (flags.out === undefined) throw argumentError("--out", "a path", undefined);
  onlyChoice("--decoder", flags.decoder, "libopus");
  onlyChoice("--strategy", flags.strategy, "batch");
  const format = flags.format ?? "npy";
  if (format !== "npy" && format !== "wav") throw argumentError("--format", "npy or wav", format);
  const json = flags.json === true;
  const table = String(flags.segments);
  const archive = await openArchive(String(store));
  const segments = await parseSegmentTable(await readTable(table), table);
  const line = progressLine(json);
  const started = performance.now();
  const sums = { batches: 0, decoderRuns: 0, audioSeconds: 0, decodedSeconds: 0, preRollSeconds: 0, done: 0 };
  const holes: unknown[] = [];
  const counted = async function* (): AsyncGenerator<SegmentTensor> {
    for await (const part of streamSegments(archive, segments, extractOptions(flags))) {
      part.segments.forEach((segment, row) => {
        for (const hole of segment.holes) holes.push({ segment: sums.done + row, ...hole });
      });
      sums.done += part.stats.segments;
      for (const key of ["batches", "decoderRuns", "audioSeconds", "decodedSeconds"] as const)
        sums[key] += part.stats[key];
      sums.preRollSeconds = Math.max(sums.preRollSeconds, part.preRollSeconds);
      line.show(
        `${sums.done}/${segments.length} segments, ${durationText(sums.decodedSeconds)} of audio decoded`,
      );
      yield part;
    }
  };
  const out = String(flags.out);
  if (format === "npy") await writeNpy(out, segments.length, counted());
  else await writeWavs(out, counted());
  line.clear();
  const { done, ...counts } = sums;
  const report = {
    segments: done,
    ...counts,
    seconds: (performance.now() - started) / 1000,
    accuracy: flags.accuracy ?? "exact",
    holes,
  };
  if (json) printJson(report);
  else {
    print(
      `${done} segments (${durationText(counts.audioSeconds)} of audio) in ${durationText(report.seconds)}, ${report.accuracy}: ${plain(out)}`,
      `${counts.decoderRuns} decoder runs, ${durationText(counts.decodedSeconds)} decoded, ${holes.length} holes`,
    );
  }
}

/** Refuses what is not built yet, rather than doing something else. */
function onlyChoice(option: string, given: string | undefined, choice: string): void {
  if (given !== undefined && given !== choice) throw argumentError(option, choice, given);
}

async function readTable(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new OpusZarrError("argument", `--segments: ${(error as Error).message}`, { path: file }, error);
  }
}

function extractOptions(flags: ExtractFlags): StreamOptions {
  const workers = numberOption("--workers", flags.workers);
  const memory = numberOption("--max-memory-mb", flags.maxMemoryMb);
  return {
    accuracy: flags.accuracy as "exact",
    dtype: flags.dtype as "float32",
    ...(workers === undefined ? {} : { workers }),
    ...(memory === undefined ? {} : { maxMemoryMb: memory }),
    signal: interruptSignal(),
  };
}
