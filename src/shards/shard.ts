/** Which share of the work is ours: `i/N`, or what Slurm and Kubernetes say in the environment. */
import { argumentError } from "../errors.js";

/** One share of work that is cut into `count` shares. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** More shares than there are jobs in any cluster: a mistake, and much memory. */
export const MAX_SHARDS = 1_000_000;

const FORMS = "i/N with 0 <= i < N <= 1000000, or slurm, kubernetes/N, auto or auto/N";

/**
 * Reads a shard.
 *
 * @param text `i/N`, counted from 0; `slurm`: the task of a job array, whatever number the array starts at and by
 *   whatever step it goes on; `slurm/N`: the task's number as it is, of N; `kubernetes/N`: the completion index of an
 *   Indexed Job of N completions; `auto` or `auto/N`: whichever of the two is there
 * @throws {OpusZarrError} of kind `argument` for another text, or an environment that does not say it
 */
export function parseShard(text: string, environment: Environment = process.env): Shard {
  const [name = "", number, more] = text.split("/");
  if (more !== undefined || (number !== undefined && !/^[1-9]\d*$/.test(number))) throw wrong(text);
  const count = number === undefined ? undefined : Number(number);
  if (/^\d+$/.test(name) && count !== undefined) return checked(Number(name), count, text);
  const slurm = environment["SLURM_ARRAY_TASK_ID"] !== undefined;
  if (name === "slurm" || (name === "auto" && slurm)) return slurmShard(count, text, environment);
  if (name === "kubernetes" || name === "auto") return kubernetesShard(count, text, environment);
  throw wrong(text);
}

/** The shard that an option names; undefined where the work is not cut. */
export function shardOption(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw wrong(text);
  return parseShard(text);
}

function slurmShard(count: number | undefined, text: string, environment: Environment): Shard {
  const id = whole(environment, "SLURM_ARRAY_TASK_ID", text);
  if (count !== undefined) return checked(id, count, text);
  const tasks = whole(environment, "SLURM_ARRAY_TASK_COUNT", text);
  const first = whole(environment, "SLURM_ARRAY_TASK_MIN", text, 0);
  const last = whole(environment, "SLURM_ARRAY_TASK_MAX", text, first + tasks - 1);
  const step = tasks === 1 ? 1 : (last - first) / (tasks - 1);
  const index = (id - first) / step;
  if (!Number.isInteger(step) || !Number.isInteger(index)) {
    const got = `${tasks} tasks from ${first} to ${last}, this one ${id}`;
    throw argumentError("shard", "a job array of equal steps (else give slurm/N)", got);
  }
  return checked(index, tasks, text);
}

function kubernetesShard(count: number | undefined, text: string, environment: Environment): Shard {
  const index = whole(environment, "JOB_COMPLETION_INDEX", text);
  if (count === undefined)
    throw argumentError("shard", "kubernetes/N: a pod is not told how many there are", text);
  return checked(index, count, text);
}

function whole(environment: Environment, name: string, text: string, otherwise?: number): number {
  const value = environment[name];
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (value === undefined || !/^\d+$/.test(value)) {
    if (value === undefined)
      throw argumentError("shard", `${FORMS}, not without ${name} in the environment`, text);
    throw argumentError("shard", `a whole number in ${name}`, `${name}=${value}`);
  }
  return Number(value);
}

function checked(index: number, count: number, text: string): Shard {
  if (index >= count || count > MAX_SHARDS) throw wrong(text);
  return { index, count };
}

function wrong(text: unknown): Error {
  return argumentError("shard", FORMS, text);
}
