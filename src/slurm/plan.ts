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
  const { command, tasks } = call;
  return script(call, {
    what: `${command} in ${tasks} shards: task I does shard I/${tasks}. Any of them may be run again.`,
    options: [`--job-name=opus-zarr-${command}`, `--array=${taskList([...Array(tasks).keys()])}`],
    log: "%A_%a",
    mark: '"$SLURM_ARRAY_TASK_ID"',
    run: `${shellLine([...call.program, command, ...call.args])} --shard "$SLURM_ARRAY_TASK_ID/${tasks}" --json`,
  });
}

/** The script that runs once all tasks have ended, however they did. */
export function finalizeScript(call: SlurmCall): string {
  const flags = ["--job", call.job, "--shards", String(call.tasks), "--json"];
  return script(call, {
    what: "Checks that all shards are there, and puts their results together.",
    options: ["--job-name=opus-zarr-finalize"],
    log: "finalize_%j",
    mark: "finalize",
    run: shellLine([...call.program, "finalize", call.store, ...flags]),
  });
}

interface Script {
  readonly what: string;
  /** For `sbatch`, before those of the user. */
  readonly options: readonly string[];
  /** Name of the log, as Slurm fills it in. */
  readonly log: string;
  /** Name of the marks, as the shell fills it in. */
  readonly mark: string;
  readonly run: string;
}

function script(call: SlurmCall, { what, options, log, mark, run }: Script): string {
  const { marks, logs } = slurmFiles(call.directory);
  // Slurm replaces what follows a percent sign.
  const output = `--output=${logs.replaceAll("%", "%%")}/${log}.log`;
  const given = call.sbatch.length === 0 ? [] : [shellLine(call.sbatch)];
  const lines = [...[...options, "--requeue", output].map(shellWord), ...given];
  return `#!/bin/bash
# ${what}
${lines.map((line) => `#SBATCH ${line}`).join("\n")}
set -u
mark=${shellWord(marks)}/${mark}
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

/** Arguments of `sbatch` for tasks of the array: some of them, or all. */
export function arrayArguments(call: SlurmCall, tasks: readonly number[]): string[] {
  const some = tasks.length === call.tasks ? [] : [`--array=${taskList(tasks)}`];
  return ["--parsable", ...some, slurmFiles(call.directory).arrayScript];
}

/** Arguments of `sbatch` for the job that follows on the arrays named. */
export function finalizeArguments(call: SlurmCall, arrays: readonly string[]): string[] {
  const after = arrays.length === 0 ? [] : [`--dependency=${arrays.map((id) => `afterany:${id}`).join(",")}`];
  return ["--parsable", ...after, slurmFiles(call.directory).finalizeScript];
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
