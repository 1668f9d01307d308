/** `dataset STORE --annotations FILE… --out DIR …`: training datasets. */
import type { CAC } from "cac";
import type { AnnotationFormat } from "../annotations/model.js";
import { openArchive } from "../archive/open.js";
import { argumentError } from "../errors.js";
import type { CreateDatasetOptions, CreatedDataset } from "../training/create.js";
import { encodingOf } from "./annotations.js";
import { backgroundSpec, labelSpec, melSpec, splitSpec } from "./dataset-specs.js";
import { durationText } from "../units.js";
import {
  interruptSignal,
  listOption,
  numberOption,
  plain,
  print,
  printJson,
  progressLine,
} from "./output.js";

interface DatasetFlags {
  readonly [name: string]: unknown;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "dataset <store> [...tables]",
      "A training dataset: windows of recordings, labelled by annotation tables",
    )
    .option(
      "--annotations <file>",
      "Annotation tables; further ones may follow, or the option may be repeated",
    )
    .option("--out <dir>", "Folder of the dataset; one that was stopped half-way is taken up again")
    .option("--window <seconds>", "Length of a window")
    .option("--hop <seconds>", "From one window's start to the next (the window's length)")
    .option("--anchor <where>", "recording: windows all along; annotation: centred on annotations", {
      default: "recording",
    })
    .option("--padding <seconds>", "Kept on either side of an annotation, with --anchor annotation")
    .option(
      "--labels <rule>",
      "overlap=0.5 or overlap=0.5s, of=window|annotation|shorter, mode=multi|single",
      {
        default: "overlap=0.5",
      },
    )
    .option("--classes <labels>", "Labels to learn, with commas (all)")
    .option("--background [rule]", "Windows of nothing as a class: margin=SECONDS,ratio=N,label=NAME")
    .option("--unannotated <what>", "Recordings without annotations: skip, or background", {
      default: "skip",
    })
    .option(
      "--split <rule>",
      "BY:0.8/0.1/0.1 (train, validation, test); BY: site, recorder, day, file, a field or column",
    )
    .option("--cap <n>", "At most so many windows a class, in the training split")
    .option("--balance", "Cut every class of the training split to its rarest")
    .option("--seed <n>", "Settles everything random (0)")
    .option("--format <name>", "wav (AudioFolder), npy or parquet (shards)", { default: "wav" })
    .option("--content <name>", "audio, or mel (spectrograms, in npy and parquet)", { default: "audio" })
    .option("--mel <rule>", "bands=128,fft=1024,hop=256,low=0,high=HZ")
    .option("--dtype <name>", "int16 or float32")
    .option("--rate <hz>", "Resample to this rate")
    .option("--channels <which>", "mono, or channels from 0 with commas (all)")
    .option("--accuracy <name>", "exact or fast", { default: "exact" })
    .option("--shard-windows <n>", "Windows a shard (about 128 MB)")
    .option("--recordings <ids>", "Recordings to use, with commas (all)")
    .option("--table-format <name>", "Format of the tables, when their content does not tell")
    .option("--label-column <name>", "Column of the tables that holds the labels")
    .option("--encoding <name>", "Encoding of the tables: utf-8, utf-16le, windows-1252")
    .option("--match <how>", "Rows to recordings by file, clock or auto", { default: "auto" })
    .option(
      "--about <id>",
      "Recording that tables are about which name none, in their rows or as their file name",
    )
    .option("--allow-unmatched", "Go on without rows that match no recording; dataset.json lists them")
    .option("--workers <n>", "Threads; by default one a core")
    .option("--max-memory-mb <n>", "Memory for decoded samples, in MB (128)")
    .option("--shard <i/N>", "Only share i of N, counted from 0; or slurm, kubernetes/N, auto")
    .option("--json", "One JSON document on stdout")
    .action(run);
}

async function run(store: string, more: readonly string[], flags: DatasetFlags): Promise<void> {
  const options = datasetOptions(more, flags);
  const json = flags["json"] === true;
  const line = progressLine(json);
  const { createDataset } = await import("../training/create.js");
  const report = await createDataset(await openArchive(String(store)), {
    ...options,
    signal: interruptSignal(),
    onProgress: ({ windows, windowsDone, seconds }) =>
      line.show(`${windowsDone}/${windows} windows, ${durationText(seconds)}`),
  });
  line.clear();
  if (json) printJson(jsonReport(report));
  else print(...told(report));
  if (report.damaged.length > 0) process.exitCode = 1;
}

/** The flags as options; what is not given is left to the function's own defaults. */
function datasetOptions(more: readonly string[], flags: DatasetFlags): CreateDatasetOptions {
  const text = (name: string): string | undefined =>
    flags[name] === undefined ? undefined : String(flags[name]);
  const number = (name: string, flag: string): number | undefined => numberOption(flag, flags[name]);
  const out = text("out");
  if (out === undefined) throw argumentError("--out", "a folder", undefined);
  const tables = [flags["annotations"] ?? []].flat().map(String);
  const classes = listOption(flags["classes"]);
  const recordings = listOption(flags["recordings"]);
  const options: CreateDatasetOptions = {
    out,
    annotations: [...tables, ...more],
    windowSeconds: number("window", "--window"),
    hopSeconds: number("hop", "--hop"),
    anchor: text("anchor") as "recording",
    paddingSeconds: number("padding", "--padding"),
    labels: labelSpec(text("labels") ?? ""),
    classes: classes.length === 0 ? undefined : classes,
    background: flags["background"] === undefined ? undefined : backgroundSpec(flags["background"]),
    unannotated: text("unannotated") as "skip",
    split: flags["split"] === undefined ? undefined : splitSpec(String(flags["split"])),
    cap: number("cap", "--cap"),
    balance: flags["balance"] === true,
    seed: number("seed", "--seed"),
    format: text("format") as "wav",
    content: text("content") as "audio",
    mel: flags["mel"] === undefined ? undefined : melSpec(String(flags["mel"])),
    dtype: text("dtype") as "int16",
    sampleRate: number("rate", "--rate"),
    channels: channelsOf(flags["channels"]),
    accuracy: text("accuracy") as "exact",
    shardWindows: number("shardWindows", "--shard-windows"),
    recordings: recordings.length === 0 ? undefined : recordings,
    read: {
      format: text("tableFormat") as AnnotationFormat | undefined,
      labelColumn: text("labelColumn"),
      encoding: encodingOf(text("encoding")),
    },
    match: { by: text("match") as "auto", recording: text("about") },
    unmatched: flags["allowUnmatched"] === true ? "list" : "error",
    shard: text("shard"),
    workers: number("workers", "--workers"),
    maxMemoryMb: number("maxMemoryMb", "--max-memory-mb"),
  };
  return options;
}

function channelsOf(value: unknown): "mono" | number[] | undefined {
  if (value === undefined || value === "mono") return value;
  return listOption(value).map((one) => numberOption("--channels", one) ?? 0);
}

function jsonReport({ unmatched, ...report }: CreatedDataset): object {
  const rows = unmatched.map(({ annotation, path, reason }) => ({
    table: path,
    line: annotation.line,
    reason,
  }));
  return { ...report, unmatched: rows };
}

function told(report: CreatedDataset): string[] {
  const { windows, files, resumed, dropped, splits, unmatched } = report;
  const again = resumed === 0 ? "" : `, ${resumed} of them written before`;
  const lines = [
    `${windows} windows in ${files} files (${durationText(report.seconds)}${again}): ${plain(report.out)}`,
  ];
  for (const { name, windows: count, groups, classes } of splits) {
    const shown = Object.entries(classes).map(([label, n]) => `${plain(label)} ${n}`);
    lines.push(`${name}: ${count} windows, ${groups.length} groups; ${shown.join(", ")}`);
  }
  lines.push(
    `left out: ${dropped.unlabelled} without a label, ${dropped.unclear} with too little overlap, ` +
      `${dropped.backgroundRatio} of background, ${dropped.cap} over the cap`,
  );
  for (const table of report.cumulativeTables)
    lines.push(`begin times count through joined files in ${plain(table)}`);
  for (const { annotation, path, reason } of unmatched) {
    lines.push(`no recording for ${plain(path ?? "")} line ${annotation.line}: ${plain(reason)}`);
  }
  for (const { id, error } of report.damaged) lines.push(`damaged  ${plain(`${id}: ${error}`)}`);
  return lines;
}
