/** `slurm import|extract|dataset … --tasks N` and `slurm status DIR`: work in shards through a cluster's queue. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type CAC, cac } from "cac";
import { argumentError } from "../errors.js";
import { extractJob } from "../extract/save.js";
import { importJob } from "../importer/shard.js";
import {
  arrayArguments,
  arrayScript,
  finalizeArguments,
  finalizeScript,
  type SlurmCall,
  slurmFiles,
} from "../slurm/plan.js";
import { maxArraySize } from "../slurm/programs.js";
import { shellLine } from "../slurm/quote.js";
import { resubmit, type SlurmStatus, slurmStatus, type TaskStatus } from "../slurm/status.js";
import { submit } from "../slurm/submit.js";
import { datasetJob } from "../training/shard.js";
import { wholeNumber } from "../units.js";
import { register as registerDataset } from "./dataset.js";
import { register as registerExtract } from "./extract.js";
import { register as registerImport } from "./import.js";
import { numberOption, plain, print, printJson } from "./output.js";
import { parseCall } from "./parse.js";

/** Options of our own that take a value, and those that take none; all else is the command's. */
const VALUES = ["--tasks", "--time", "--partition", "--dir"];
const SWITCHES = ["--dry-run", "--resubmit", "--json"];

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command("slurm <command> [...args]", "import, extract or dataset as a Slurm job array; status DIR", {
      allowUnknownOptions: true,
    })
    .usage("slurm import|extract|dataset … --tasks N [-- sbatch options], or slurm status DIR")
    .option("--tasks <n>", "Shards, a task of the array each; at most what MaxArraySize allows")
    .option("--time <limit>", "Time limit of a task, as sbatch takes it")
    .option("--partition <name>", "Partition, as sbatch takes it")
    .option("--dir <dir>", "Folder of scripts, marks and logs (opus-zarr-slurm/JOB); all nodes must see it")
    .option("--dry-run", "Show scripts and commands, write and submit nothing")
    .option("--resubmit", "With status: submit again what failed or is missing")
    .option("--json", "One JSON document on stdout")
    .example("  $ opus-zarr slurm import site1/ --store birds.zarr --tasks 16 --time 2:00:00 -- --mem=2G")
    .action(run);
}

interface OwnFlags {
  readonly flags: ReadonlyMap<string, string>;
  /** What is the command's. */
  readonly rest: readonly string[];
  /** What is sbatch's. */
  readonly sbatch: readonly string[];
}

/** Our own options, wherever they stand; what follows `--` is for sbatch. The words after `slurm` as they were typed. */
export function splitArguments(words: readonly string[]): OwnFlags {
  const end = words.indexOf("--");
  const ours = end < 0 ? words : words.slice(0, end);
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < ours.length; i++) {
    const word = ours[i] as string;
    const [name = "", ...value] = word.split("=");
    if (SWITCHES.includes(word)) flags.set(word, "");
    else if (!VALUES.includes(name)) rest.push(word);
    else if (value.length > 0) flags.set(name, value.join("="));
    else if (i + 1 < ours.length) flags.set(name, ours[++i] as string);
    else throw argumentError(name, "a value", undefined);
  }
  return { flags, rest, sbatch: end < 0 ? [] : words.slice(end + 1) };
}

async function run(): Promise<void> {
  const words = process.argv.slice(process.argv.indexOf("slurm") + 1);
  const { flags, rest, sbatch } = splitArguments(words);
  const [command, ...args] = rest;
  const json = flags.has("--json");
  if (command === "status") return await status(args, { json, again: flags.has("--resubmit") });
  const wanted = numberOption("--tasks", flags.get("--tasks"));
  if (wanted === undefined) throw argumentError("--tasks", "how many tasks", undefined);
  const most = await maxArraySize();
  const tasks = Math.min(wholeNumber("--tasks", wanted, 1), most ?? Number.POSITIVE_INFINITY);
  if (tasks < wanted) note(`${wanted} tasks asked for, ${tasks} are allowed (MaxArraySize): each does more`);
  const options = ["--time", "--partition"].flatMap((name) => {
    const value = flags.get(name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const call = slurmCall(command, args, {
    tasks,
    directory: flags.get("--dir"),
    sbatch: [...options, ...sbatch],
  });
  const absent = absentTable(call);
  if (flags.has("--dry-run")) {
    if (absent !== undefined) note(`${plain(absent)} is not there`);
    printDryRun(call, json);
    return;
  }
  if (absent !== undefined) throw argumentError(`slurm ${call.command}`, "a table that is there", absent);
  const { submissions } = await submit(call);
  const [submission] = submissions;
  if (json) return printJson({ directory: call.directory, tasks, ...submission });
  print(
    `array ${submission?.array} of ${tasks} tasks, then ${submission?.finalize} to finalize`,
    shellLine(["opus-zarr", "slurm", "status", path.relative(call.cwd, call.directory) || "."]),
  );
}

function note(text: string): void {
  process.stderr.write(`opus-zarr: ${text}\n`);
}

/** The call, checked as the command itself would: a mistyped option is found now, not by every task. */
function slurmCall(
  command: string | undefined,
  args: readonly string[],
  more: {
    readonly tasks: number;
    readonly directory: string | undefined;
    readonly sbatch: readonly string[];
  },
): SlurmCall {
  const { tasks, sbatch } = more;
  if (command !== "import" && command !== "extract" && command !== "dataset")
    throw argumentError("slurm", "import, extract, dataset or status", command);
  const { positional, options } = parsed(command, args);
  if (options["shard"] !== undefined)
    throw argumentError("--shard", "none: each task gets its own", options["shard"]);
  const text = (name: string): string => {
    if (typeof options[name] === "string" && options[name] !== "") return options[name];
    throw argumentError(`--${name}`, "a path", options[name]);
  };
  const store = command === "import" ? text("store") : (positional[0] as string);
  const job =
    command === "import"
      ? importJob(positional)
      : command === "extract"
        ? extractJob(text("out"))
        : datasetJob(text("out"));
  const directory = path.resolve(more.directory ?? path.join("opus-zarr-slurm", job));
  for (const [field, words] of [
    ["sbatch options", sbatch],
    ["--dir", [directory]],
  ] as const) {
    const broken = words.find((word) => /[\r\n]/.test(word));
    if (broken !== undefined) throw argumentError(field, "words of one line", broken);
  }
  return {
    ...{ command, args, store, job, tasks, sbatch, directory },
    cwd: process.cwd(),
    program: [process.execPath, fileURLToPath(new URL("./main.js", import.meta.url))],
  };
}

function parsed(
  command: string,
  args: readonly string[],
): { readonly positional: string[]; readonly options: Readonly<Record<string, unknown>> } {
  const inner = cac("opus-zarr");
  for (const add of [registerImport, registerExtract, registerDataset]) add(inner);
  const options = parseCall(inner, ["node", "opus-zarr", command, ...args]);
  inner.matchedCommand?.checkUnknownOptions();
  inner.matchedCommand?.checkOptionValue();
  inner.matchedCommand?.checkRequiredArgs();
  return { positional: inner.args.map(String), options };
}

/** What would be written, and what would be run. */
function dryRun(call: SlurmCall): { readonly scripts: Record<string, string>; readonly commands: string[] } {
  const files = slurmFiles(call.directory);
  const all = Array.from({ length: call.tasks }, (_, i) => i);
  return {
    scripts: {
      [files.arrayScript]: arrayScript(call),
      [files.finalizeScript]: finalizeScript(call),
    },
    commands: [
      shellLine(["sbatch", ...arrayArguments(call, all)]),
      shellLine(["sbatch", ...finalizeArguments(call, ["ARRAY"])]),
    ],
  };
}

function printDryRun(call: SlurmCall, json: boolean): void {
  const { scripts, commands } = dryRun(call);
  if (json) printJson({ directory: call.directory, tasks: call.tasks, scripts, commands });
  else print(...Object.entries(scripts).flatMap(([file, text]) => [`# ${file}`, text]), ...commands);
}

/** A table that is not there, if there is one: found now, not by every task. */
function absentTable({ command, args }: SlurmCall): string | undefined {
  const { positional, options } = parsed(command, args);
  const annotations = [options["annotations"] ?? [], positional.slice(1)].flat();
  const tables = { import: [], extract: [options["segments"] ?? []].flat(), dataset: annotations }[command];
  return tables.map(String).find((file) => !existsSync(file));
}

async function status(
  args: readonly string[],
  { json, again }: { readonly json: boolean; readonly again: boolean },
): Promise<void> {
  const [directory] = args;
  if (directory === undefined || args.length > 1) throw argumentError("slurm status", "one folder", args);
  const found = await (again ? resubmit(directory) : slurmStatus(directory));
  if (json) printJson(found);
  else print(...told(found));
  const open = [...found.tasks, found.finalize].some(
    ({ state }) => state === "failed" || state === "missing",
  );
  if (open) process.exitCode = 1;
}

function told({ tasks, finalize, nodes, resubmitted }: SlurmStatus): string[] {
  const count = (state: TaskStatus["state"]): string =>
    `${tasks.filter((task) => task.state === state).length} ${state}`;
  const states = ["done", "failed", "missing", "running", "waiting"] as const;
  return [
    ...[...tasks, finalize].map(({ task, state, node, reason }) => {
      const where = node === "" ? "" : ` on ${node}`;
      return `${String(task).padStart(8)}  ${state}${where}${reason === "" ? "" : `: ${plain(reason)}`}`;
    }),
    ...nodes.map(({ node, state, reason }) => `node ${node} is ${state}: ${plain(reason)}`),
    ...(resubmitted.length > 0 ? [`submitted again: ${resubmitted.join(", ")}`] : []),
    states.map(count).join(", "),
  ];
}
