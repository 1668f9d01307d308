/** What became of the tasks of a job: from the marks they leave, Slurm's queue, and what it remembers. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ShardJobReport } from "../finalize/jobs.js";
import { slurmFiles } from "./plan.js";
import { ended, type LostNode, lostNodes, type QueuedTask, queue, scancel } from "./programs.js";
import { readState, type SlurmState, submitTasks } from "./submit.js";

/** One task, or the finalize job. */
export interface TaskStatus {
  readonly task: number | "finalize";
  /** `missing`: it is neither queued nor has it ever begun. */
  readonly state: "done" | "failed" | "running" | "waiting" | "missing";
  /** Where it ran last; empty where it never did. */
  readonly node: string;
  /** Why it failed, or why it waits. */
  readonly reason: string;
}

/** A whole job. */
export interface SlurmStatus {
  readonly directory: string;
  readonly tasks: readonly TaskStatus[];
  readonly finalize: TaskStatus;
  /** Nodes on which nothing new is started. */
  readonly nodes: readonly LostNode[];
  /** Tasks that were submitted again just now. */
  readonly resubmitted: readonly number[];
}

/** What became of the job in a folder. */
export async function slurmStatus(directory: string): Promise<SlurmStatus> {
  return await statusOf(await readState(directory));
}

/** Submits again what has failed or is missing, and the finalize job; what is queued or running is left alone. */
export async function resubmit(directory: string): Promise<SlurmStatus> {
  const state = await readState(directory);
  const before = await statusOf(state);
  const again = before.tasks.filter(isOpen).map(({ task }) => Number(task));
  if (again.length === 0 && !isOpen(before.finalize)) return before;
  const jobs = new Set((await queue(arraysOf(state))).map(({ job }) => job));
  await scancel(state.submissions.flatMap(({ finalize }) => finalize ?? []));
  const next = await submitTasks(state, { tasks: again, after: [...jobs] });
  return { ...(await statusOf(next)), resubmitted: again };
}

function isOpen({ state }: TaskStatus): boolean {
  return state === "failed" || state === "missing";
}

function arraysOf({ submissions }: SlurmState): string[] {
  return submissions.flatMap(({ array }) => array ?? []);
}

async function statusOf(state: SlurmState): Promise<SlurmStatus> {
  const { call, submissions } = state;
  const follow = submissions.flatMap(({ finalize }) => finalize ?? []);
  const queued = await queue([...arraysOf(state), ...follow]);
  const remembered = new Map<number, string>();
  for (const array of arraysOf(state)) {
    for (const [task, said] of await ended(array)) remembered.set(task, said);
  }
  const tasks: TaskStatus[] = [];
  for (let task = 0; task < call.tasks; task++) {
    const place = queued.find((one) => one.task === task && !follow.includes(one.job));
    const log = `${arrayOf(state, task)}_${task}.log`;
    tasks.push(await taskStatus(call.directory, { task, place, log, remembered: remembered.get(task) }));
  }
  const last = follow.at(-1) ?? "";
  const finalize = await taskStatus(call.directory, {
    ...{ task: "finalize", log: `finalize_${last}.log`, remembered: undefined },
    place: queued.find(({ job }) => job === last),
  });
  return { directory: call.directory, tasks, finalize, nodes: await lostNodes(), resubmitted: [] };
}

/** The array in which a task was submitted last. */
function arrayOf({ submissions }: SlurmState, task: number): string {
  return submissions.filter(({ tasks }) => tasks.includes(task)).at(-1)?.array ?? "";
}

interface TaskQuestion {
  readonly task: number | "finalize";
  readonly place: QueuedTask | undefined;
  readonly log: string;
  readonly remembered: string | undefined;
}

async function taskStatus(directory: string, question: TaskQuestion): Promise<TaskStatus> {
  const { task, place, remembered } = question;
  const { marks, logs } = slurmFiles(directory);
  const mark = (kind: string): Promise<string | undefined> => textOf(path.join(marks, `${task}.${kind}`));
  const node = (await mark("begun"))?.trim();
  // Written last, so looked at before the queue is believed: a task that ends is queued for a moment longer.
  const exit = (await mark("exit"))?.trim();
  const at = { task, node: node ?? "" };
  if (exit === "0") return { ...at, state: "done", reason: "" };
  if (place !== undefined && exit === undefined) {
    if (place.state === "PENDING") return { ...at, state: "waiting", reason: place.reason };
    return { ...at, node: place.node, state: "running", reason: "" };
  }
  const last = (await textOf(path.join(logs, question.log)))?.trim().split("\n").at(-1) ?? "";
  if (exit === undefined && node === undefined && last === "") {
    return { ...at, state: "missing", reason: remembered ?? "" };
  }
  const failures = failuresOf(await mark("json"));
  const why = exit === undefined ? "ended without an exit status" : exitText(exit);
  const reasons = [why, exit === undefined ? remembered : undefined, failures, last];
  return {
    ...at,
    state: "failed",
    reason: reasons.filter((one) => one !== undefined && one !== "").join("; "),
  };
}

function exitText(exit: string): string {
  const status = Number(exit);
  return status > 128 ? `stopped by signal ${status - 128}` : `exit status ${exit}`;
}

/** As much as is needed of the reports of `import` and `finalize`. */
interface Reported {
  readonly recordings?: readonly { readonly status: string; readonly error?: string }[] | number;
  readonly jobs?: readonly Pick<ShardJobReport, "missing" | "begun" | "failed">[];
}

/** What the report of a command says about failures. */
function failuresOf(json: string | undefined): string | undefined {
  try {
    const { recordings, jobs = [] } = JSON.parse(json ?? "") as Reported;
    const rows = Array.isArray(recordings) ? recordings : [];
    const failed = [
      ...rows.filter(({ status }) => status === "failed").map(({ error }) => error ?? ""),
      ...jobs.flatMap((job) => [
        ...job.missing.map((shard) => `shard ${shard} is missing`),
        ...job.begun.map(({ shard, host }) => `shard ${shard} has begun on ${host} and not ended`),
        ...job.failed,
      ]),
    ];
    const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : "";
    return failed.length === 0 ? undefined : `${failed[0]}${more}`;
  } catch {
    // It died before it could report.
    return undefined;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}
