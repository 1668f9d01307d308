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
  textOption,
} from "./output.js";

interface DatasetFlags {
  readonly [name: string]: unknown;
}

/** What is written, what it does, and what it is where that is not said by the function's own default. */
const OPTIONS: readonly (readonly [flag: string, what: string, otherwise?: string])[] = [
  ["--annotations <file>", "Annotation tables; further ones may follow, or the option may be repeated"],
  ["--out <dir>", "Folder of the dataset; one that was stopped half-way is taken up again"],
  ["--window <seconds>", "Length of a window, in seconds"],
  ["--hop <seconds>", "From one window's start to the next, in seconds (the window's length)"],
  ["--anchor <where>", "recording: windows all along; annotation: centred on annotations", "recording"],
  ["--padding <seconds>", "Kept on either side of an annotation, in seconds, with --anchor annotation"],
  [
    "--labels <rule>",
    "overlap=0.5 or overlap=0.5s, of=window|annotation|shorter, mode=multi|single",
    "overlap=0.5",
  ],
  ["--classes <labels>", "Labels to learn, with commas (all)"],
  ["--background [rule]", "Windows of nothing as a class: margin=SECONDS,ratio=N,label=NAME"],
  ["--unannotated <what>", "Recordings without annotations: skip, or background", "skip"],
  [
    "--split <rule>",
    "BY:0.8/0.1/0.1 (train, validation, test); BY: site, recorder, day, file, a field or column",
  ],
  ["--cap <n>", "At most so many windows a class, in the training split"],
  ["--balance", "Cut every class of the training split to its rarest"],
  ["--seed <n>", "Settles everything random (0)"],
  ["--format <name>", "wav (AudioFolder), npy or parquet (shards)", "wav"],
  ["--content <name>", "audio, or mel (spectrograms, in npy and parquet)", "audio"],
  ["--mel <rule>", "bands=128,fft=1024,hop=256,low=0,high=HZ"],
  ["--dtype <name>", "int16 or float32"],
  ["--rate <hz>", "Rate of the samples, in Hz; by default the recordings' own"],
  ["--channels <which>", "mono, or channels from 0 with commas (all)"],
  ["--accuracy <name>", "exact or fast", "exact"],
  ["--shard-windows <n>", "Windows a shard (about 128 MB)"],
  ["--recordings <ids>", "Recordings to use, with commas (all)"],
  ["--table-format <name>", "Format of the tables, when their content does not tell"],
  ["--label-column <name>", "Column of the tables that holds the labels"],
  ["--encoding <name>", "Encoding of the tables: utf-8, utf-16le, windows-1252"],
  ["--match <how>", "Rows to recordings by file, clock or auto", "auto"],
  ["--about <id>", "Recording that tables are about which name none, in their rows or as their file name"],
  ["--allow-unmatched", "Go on without rows that match no recording; dataset.json lists them"],
  ["--workers <n>", "Threads; by default one a core"],
  ["--max-memory-mb <n>", "Memory for decoded samples, in MB (128)"],
  ["--shard <i/N>", "Only share i of N, counted from 0; or slurm, kubernetes/N, auto"],
  ["--json", "One JSON document on stdout"],
];

/** Adds the command. */
export function register(cli: CAC): void {
  const command = cli.command(
    "dataset <store> [...tables]",
    "A training dataset: windows of recordings, labelled by annotation tables",
  );
  for (const [flag, what, otherwise] of OPTIONS) command.option(flag, what, { default: otherwise });
  command
    .usage("dataset STORE --annotations FILE… --window SECONDS --out DIR")
    .example("  $ opus-zarr dataset birds.zarr --annotations labels/*.txt --window 3 --out clips")
    .example("  $ opus-zarr dataset birds.zarr --annotations labels.csv --window 3 --hop 1 --background \\")
    .example("      --split site:0.8/0.1/0.1 --rate 16000 --format npy --out shards")
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
  const text = (name: string): string | undefined => textOption(flags[name]);
  const number = (name: string, flag: string): number | undefined => numberOption(flag, flags[name]);
  const out = text("out");
  if (out === undefined) throw argumentError("--out", "a folder", undefined);
  const list = (name: string): string[] | undefined => {
    const values = listOption(flags[name]);
    return values.length === 0 ? undefined : values;
  };
  return {
    out,
    annotations: [...[flags["annotations"] ?? []].flat().map(String), ...more],
    windowSeconds: number("window", "--window"),
    hopSeconds: number("hop", "--hop"),
    anchor: text("anchor") as "recording",
    paddingSeconds: number("padding", "--padding"),
    labels: labelSpec(text("labels") ?? ""),
    classes: list("classes"),
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
    recordings: list("recordings"),
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
    `${windows} windows in ${files} ${files === 1 ? "file" : "files"} (${durationText(report.seconds)}${again}): ${plain(report.out)}`,
  ];
  for (const { name, windows: count, groups, classes } of splits) {
    const shown = Object.entries(classes).map(([label, n]) => `${plain(label)} ${n}`);
    lines.push(
      `${name}: ${count} windows, ${groups.length} ${groups.length === 1 ? "group" : "groups"}; ${shown.join(", ")}`,
    );
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
