/** Submitting a planned job, and parts of it again. */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { OpusZarrError } from "../errors.js";
import { makeFolders, writeFileAtomic } from "../files.js";
import {
  arrayArguments,
  arrayScript,
  finalizeArguments,
  finalizeScript,
  type SlurmCall,
  slurmFiles,
} from "./plan.js";
import { sbatch } from "./programs.js";

/** One array that was submitted. */
export interface Submission {
  /** Slurm's id of the array; undefined where only the finalize job was submitted. */
  readonly array: string | undefined;
  readonly tasks: readonly number[];
  /** Slurm's id of the job that follows it. */
  readonly finalize: string | undefined;
}

/** A call, and what was submitted of it. */
export interface SlurmState {
  readonly call: SlurmCall;
  readonly submissions: readonly Submission[];
}

/** Writes the scripts and submits them. */
export async function submit(call: SlurmCall): Promise<SlurmState> {
  const files = slurmFiles(call.directory);
  if ((await readFile(files.state, "utf8").catch(() => undefined)) !== undefined) {
    const message = `directory: expected an empty one or none, got a job's (opus-zarr slurm status ${call.directory})`;
    throw new OpusZarrError("conflict", message, { path: call.directory });
  }
  await makeFolders(files.marks);
  await makeFolders(files.logs);
  await write(files.arrayScript, arrayScript(call));
  await write(files.finalizeScript, finalizeScript(call));
  return await submitTasks(
    { call, submissions: [] },
    { tasks: Array.from({ length: call.tasks }, (_, i) => i), after: [] },
  );
}

/**
 * Submits tasks, and the finalize job behind them.
 *
 * @param what `after`: arrays of earlier submissions that the finalize job waits for as well
 */
export async function submitTasks(
  state: SlurmState,
  { tasks, after }: { readonly tasks: readonly number[]; readonly after: readonly string[] },
): Promise<SlurmState> {
  const { call } = state;
  const files = slurmFiles(call.directory);
  for (const mark of [...tasks.map(String), "finalize"]) {
    for (const kind of ["begun", "exit"])
      await rm(path.join(files.marks, `${mark}.${kind}`), { force: true });
  }
  const array = tasks.length === 0 ? undefined : await sbatch(arrayArguments(call, tasks), call.cwd);
  // Noted at once: whatever happens next, what was submitted is known.
  const noted = await note(state, { array, tasks, finalize: undefined });
  const arrays = [...after, ...(array === undefined ? [] : [array])];
  const finalize = await sbatch(finalizeArguments(call, arrays), call.cwd);
  return await note({ ...noted, submissions: state.submissions }, { array, tasks, finalize });
}

async function note(state: SlurmState, submission: Submission): Promise<SlurmState> {
  const noted = { ...state, submissions: [...state.submissions, submission] };
  await write(slurmFiles(state.call.directory).state, `${JSON.stringify(noted, null, 2)}\n`);
  return noted;
}

/** Reads what was submitted from a job's folder. */
export async function readState(directory: string): Promise<SlurmState> {
  const file = slurmFiles(path.resolve(directory)).state;
  try {
    const state = JSON.parse(await readFile(file, "utf8")) as SlurmState;
    if (Array.isArray(state.submissions)) return state;
  } catch (error) {
    const message = "directory: expected one that opus-zarr slurm has written";
    throw new OpusZarrError("not-found", message, { path: file }, error);
  }
  throw new OpusZarrError("format", "job.json: expected submissions, got none", { path: file });
}

async function write(file: string, text: string): Promise<void> {
  await writeFileAtomic(file, Buffer.from(text));
}
