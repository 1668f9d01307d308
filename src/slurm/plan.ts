/** What is handed to Slurm: two scripts and the options to submit them with. Plain data, nothing is run. */
import path from "node:path";
import type { ShardCommand } from "../archive/shard-records.js";
import { shellLine, shellWord } from "./quote.js";

/** A command to be run in shards. */
export interface SlurmCall {
  readonly command: Extract<ShardCommand, "import" | "extract" | "dataset">;
  /** Its arguments as they were given, without `--shard` and `--json`. */
  readonly args: readonly string[];
  /** Name of the job in the archive's records. */
  readonly job: string;
  readonly store: string;
  /** Folder in which the call was made: relative paths start here. */
  readonly cwd: string;
  /** Shards, a task each. */
  readonly tasks: number;
  /** Folder of scripts, marks and logs; all nodes must see it. */
  readonly directory: string;
  /** Options for `sbatch`. */
  readonly sbatch: readonly string[];
  /** How this program is started: Node, and the script. */
  readonly program: readonly string[];
}

/** Where a job keeps what. */
export interface SlurmFiles {
  readonly arrayScript: string;
  readonly finalizeScript: string;
  /** `I.begun`, `I.exit`, `I.json` of each task, and the same of `finalize`. */
  readonly marks: string;
  readonly logs: string;
  /** The call, and what was submitted. */
  readonly state: string;
}

/** Where a job in `directory` keeps what. */
export function slurmFiles(directory: string): SlurmFiles {
  const at = (name: string): string => path.join(directory, name);
  return {
    arrayScript: at("array.sh"),
    finalizeScript: at("finalize.sh"),
    marks: at("marks"),
    logs: at("logs"),
    state: at("job.json"),
  };
}

/** The script of the array: task I does shard I. It leaves a mark when it begins and one with its exit status. */
export function arrayScript(call: SlurmCall): string {
  const run = shellLine([...call.program, call.command, ...call.args]);
  const what = `${call.command} in ${call.tasks} shards: task I of the array does shard I/${call.tasks}.`;
  return script(call, {
    what: `${what} Any of them may be run again.`,
    name: '"$SLURM_ARRAY_TASK_ID"',
    run: `${run} --shard "$SLURM_ARRAY_TASK_ID/${call.tasks}" --json`,
  });
}

/** The script that runs once all tasks have ended, however they did. */
export function finalizeScript(call: SlurmCall): string {
  const flags = ["--job", call.job, "--shards", String(call.tasks), "--json"];
  return script(call, {
    what: "Checks that all shards are there, and puts their results together.",
    name: "finalize",
    run: shellLine([...call.program, "finalize", call.store, ...flags]),
  });
}

function script(
  call: SlurmCall,
  { what, name, run }: { readonly what: string; readonly name: string; readonly run: string },
): string {
  return `#!/bin/bash
# ${what}
set -u
mark=${shellWord(slurmFiles(call.directory).marks)}/${name}
rm -f -- "$mark.exit"
printf '%s\\n' "\${SLURMD_NODENAME:-}" > "$mark.begun"
# At the time limit the program is told to end; this script stays to note it.
trap : TERM
cd -- ${shellWord(call.cwd)} || exit
${run} > "$mark.json"
status=$?
printf '%s\\n' "$status" > "$mark.exit"
exit "$status"
`;
}

/** Arguments of `sbatch` for some tasks of the array. */
export function arrayArguments(call: SlurmCall, tasks: readonly number[]): string[] {
  const { arrayScript: file, logs } = slurmFiles(call.directory);
  const own = ["--parsable", `--job-name=opus-zarr-${call.command}`, `--array=${taskList(tasks)}`];
  return [...own, "--requeue", `--output=${logPath(logs)}/%A_%a.log`, ...call.sbatch, file];
}

/** Arguments of `sbatch` for the job that follows on the arrays named. */
export function finalizeArguments(call: SlurmCall, arrays: readonly string[]): string[] {
  const { finalizeScript: file, logs } = slurmFiles(call.directory);
  const own = ["--parsable", "--job-name=opus-zarr-finalize"];
  const after = arrays.length === 0 ? [] : [`--dependency=${arrays.map((id) => `afterany:${id}`).join(",")}`];
  return [...own, ...after, "--requeue", `--output=${logPath(logs)}/finalize_%j.log`, ...call.sbatch, file];
}

/** Slurm replaces what follows a percent sign. */
function logPath(folder: string): string {
  return folder.replaceAll("%", "%%");
}

/** `0-2,5` for 0, 1, 2 and 5. */
export function taskList(tasks: readonly number[]): string {
  const sorted = [...tasks].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const task of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === task - 1) last[1] = task;
    else runs.push([task, task]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}
