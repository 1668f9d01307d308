/** `extract STORE --segments FILE --out PATH`. */
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { argumentError } from "../errors.js";
import { type SaveOptions, saveSegments } from "../extract/save.js";
import { durationText } from "../units.js";
import { interruptSignal, numberOption, plain, print, printJson, progressLine } from "./output.js";

interface ExtractFlags {
  readonly segments?: string;
  readonly about?: string;
  readonly out?: string;
  readonly format?: string;
  readonly accuracy?: string;
  readonly decoder?: string;
  readonly strategy?: string;
  readonly dtype?: string;
  readonly sampleRate?: string | number;
  readonly outOfRange?: string;
  readonly workers?: string | number;
  readonly maxMemoryMb?: string | number;
  readonly shard?: string;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command("extract <store>", "Extract segments, in the order of a table")
    .usage("extract STORE --segments FILE --out PATH")
    .option(
      "--segments <file>",
      "CSV with recording,start_sample,end_sample or recording,start_s,end_s; or an annotation table",
    )
    .option("--about <id>", "Recording that an annotation table is about, where its rows name none")
    .option("--out <path>", "A .npy file, or a folder for WAV files")
    .option("--format <name>", "npy or wav", { default: "npy" })
    .option("--accuracy <name>", "exact (equal to a full decode) or fast (80 ms of pre-roll)", {
      default: "exact",
    })
    .option("--decoder <name>", "libopus, or ffmpeg (a process a batch)", { default: "libopus" })
    .option("--strategy <name>", "batch, or segment (a decode for each segment by itself)", {
      default: "batch",
    })
    .option("--sample-rate <hz>", "Rate of the samples, in Hz; by default the recordings' own")
    .option("--dtype <name>", "float32 or int16", { default: "float32" })
    .option(
      "--out-of-range <how>",
      "Segments that reach outside their recording: error, or pad with silence",
      {
        default: "error",
      },
    )
    .option("--workers <n>", "Threads; by default one a core")
    .option("--max-memory-mb <n>", "Memory for samples, in MB", { default: 256 })
    .option("--shard <i/N>", "Only share i of N, counted from 0; or slurm, kubernetes/N, auto")
    .option("--json", "One JSON document on stdout")
    .example("  $ opus-zarr extract birds.zarr --segments clips.csv --out clips.npy")
    .example("  $ opus-zarr extract birds.zarr --segments clips.csv --out clips/ --format wav --dtype int16")
    .example("  $ opus-zarr extract birds.zarr --segments site1.raven.txt --out clips/ --format wav")
    .action(run);
}

async function run(store: string, flags: ExtractFlags): Promise<void> {
  const options = saveOptions(flags);
  const json = flags.json === true;
  const line = progressLine(json);
  const report = await saveSegments(await openArchive(String(store)), {
    ...options,
    onSaved: (saved, segments) =>
      line.show(
        `${saved.segments}/${segments} segments, ${durationText(saved.decodedSeconds)} of audio decoded`,
      ),
  });
  line.clear();
  if (json) return printJson(report);
  const { segments, audioSeconds, seconds, accuracy, decoderRuns, decodedSeconds, holes } = report;
  print(
    `${segments} segments (${durationText(audioSeconds)} of audio) in ${durationText(seconds)}, ${accuracy}: ${plain(options.out)}`,
    `${decoderRuns} decoder runs, ${durationText(decodedSeconds)} decoded, ${holes.length} holes`,
  );
}

function saveOptions(flags: ExtractFlags): SaveOptions {
  if (flags.segments === undefined) throw argumentError("--segments", "a table's file", undefined);
  if (flags.out === undefined) throw argumentError("--out", "a path", undefined);
  const format = flags.format ?? "npy";
  if (format !== "npy" && format !== "wav") throw argumentError("--format", "npy or wav", format);
  if (format === "npy" && /\.wav$/i.test(flags.out))
    throw argumentError("--out", "a .npy file (or a folder, with --format wav)", flags.out);
  const workers = numberOption("--workers", flags.workers);
  const memory = numberOption("--max-memory-mb", flags.maxMemoryMb);
  const sampleRate = numberOption("--sample-rate", flags.sampleRate);
  return {
    segments: String(flags.segments),
    about: flags.about,
    out: String(flags.out),
    format,
    ...(flags.shard === undefined ? {} : { shard: String(flags.shard) }),
    accuracy: flags.accuracy as "exact",
    dtype: flags.dtype as "float32",
    decoder: flags.decoder as "libopus",
    strategy: flags.strategy as "batch",
    outOfRange: flags.outOfRange as "error",
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(workers === undefined ? {} : { workers }),
    ...(memory === undefined ? {} : { maxMemoryMb: memory }),
    signal: interruptSignal("run the same command again: it begins anew"),
  };
}
