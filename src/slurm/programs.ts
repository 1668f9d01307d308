/** Slurm's own programs, as far as we ask them. */
import { errorMessage, OpusZarrError } from "../errors.js";

/** A task that Slurm still has in its queue. */
export interface QueuedTask {
  /** Id of the array, or of the job itself. */
  readonly job: string;
  /** Number in the array; undefined for a job that is none. */
  readonly task: number | undefined;
  /** As Slurm has it, such as `RUNNING`. */
  readonly state: string;
  readonly node: string;
  /** Why it waits. */
  readonly reason: string;
}

/** A node on which nothing new is started. */
export interface LostNode {
  readonly node: string;
  readonly state: string;
  readonly reason: string;
}

/** Submits; returns the job's id. */
export async function sbatch(args: readonly string[], cwd: string): Promise<string> {
  const answer = await slurm("sbatch", args, cwd);
  const id = /^(\d+)(?:;|$)/.exec(answer.trim())?.[1];
  if (id === undefined)
    throw new OpusZarrError("dependency", `sbatch: expected a job's id, got ${JSON.stringify(answer)}`);
  return id;
}

/** How many tasks an array may have; undefined where there is no Slurm to be asked. */
export async function maxArraySize(): Promise<number | undefined> {
  const answer = await slurm("scontrol", ["show", "config"]).catch(() => "");
  const size = /^MaxArraySize\s*=\s*(\d+)/m.exec(answer)?.[1];
  return size === undefined ? undefined : Number(size);
}

/** What is still queued or running of some jobs. */
export async function queue(jobs: readonly string[]): Promise<QueuedTask[]> {
  if (jobs.length === 0) return [];
  // All of the user's jobs: asked for one that is long gone, squeue fails.
  const answer = await slurm("squeue", ["--me", "-h", "-r", "-o", "%F|%K|%T|%N|%r"]);
  return answer.split("\n").flatMap((line) => {
    const [job = "", task, state = "", node = "", ...reason] = line.trim().split("|");
    if (!jobs.includes(job)) return [];
    return [{ job, task: task === "N/A" ? undefined : Number(task), state, node, reason: reason.join("|") }];
  });
}

/** What Slurm remembers of tasks that ended lately, by their number: state and exit code. */
export async function ended(job: string): Promise<Map<number, string>> {
  const answer = await slurm("scontrol", ["-o", "show", "job", job]).catch(() => "");
  const states = new Map<number, string>();
  for (const line of answer.split("\n")) {
    const field = (name: string): string => new RegExp(` ${name}=(\\S+)`).exec(line)?.[1] ?? "";
    if (!/^\d+$/.test(field("ArrayTaskId"))) continue;
    const reason = field("Reason");
    const said = reason === "None" || reason === "" ? "" : `, ${reason}`;
    states.set(Number(field("ArrayTaskId")), `${field("JobState")}${said}, exit code ${field("ExitCode")}`);
  }
  return states;
}

/** Nodes on which nothing new is started. */
export async function lostNodes(): Promise<LostNode[]> {
  const answer = await slurm("sinfo", ["-N", "-h", "-o", "%N|%T|%E"]);
  const nodes = new Map<string, LostNode>();
  for (const line of answer.split("\n")) {
    const [node = "", state = "", ...reason] = line.trim().split("|");
    if (/drain|down|fail|unknown/i.test(state)) nodes.set(node, { node, state, reason: reason.join("|") });
  }
  return [...nodes.values()];
}

/** Takes jobs out of the queue; one that has ended is no matter. */
export async function scancel(jobs: readonly string[]): Promise<void> {
  if (jobs.length > 0) await slurm("scancel", jobs).catch(() => "");
}

async function slurm(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { execa } = await import("execa");
  try {
    const { stdout } = await execa(program, args, cwd === undefined ? {} : { cwd });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: string; readonly stderr?: string };
    const said =
      code === "ENOENT"
        ? "not found; is this a machine of the cluster?"
        : (stderr ?? "").trim().replace(/\s*\n\s*/g, "; ");
    throw new OpusZarrError("dependency", `${program}: ${said || errorMessage(error)}`, {}, error);
  }
}
