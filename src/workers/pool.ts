/**
 * A pool of worker threads that run stages. Tasks are made when a worker will soon be free for them, so that at most
 * a few batches of bytes are in memory; a worker that dies is replaced and its task made and run once more.
 */
import { availableParallelism } from "node:os";
import { type Transferable, Worker } from "node:worker_threads";
import { errorMessage, OpusZarrError } from "../errors.js";
import { runStage, type StageResult, type StageTask, type WorkerAnswer } from "./stages.js";

/** A task and what is handed over with it. */
export interface Prepared {
  readonly task: StageTask;
  readonly transfer?: readonly Transferable[];
}

/** Runs stage tasks, as many at a time as it has workers. */
export interface WorkerPool {
  /** Threads; 0 where tasks run on the calling thread. */
  readonly size: number;
  /**
   * Waits for a free worker, makes the task, runs it.
   *
   * @throws the task's own error; {@link OpusZarrError} of kind `dependency` if a worker died twice of it;
   * the signal's reason
   */
  run<K extends StageTask["kind"]>(
    make: () => Promise<Prepared & { readonly task: Extract<StageTask, { kind: K }> }>,
    signal?: AbortSignal,
  ): Promise<StageResult<K>>;
  close(): Promise<void>;
}

/** Threads that an unspecified number of workers means: one a core. */
export function defaultWorkers(): number {
  return availableParallelism();
}

const shared = new Map<number, WorkerPool>();

/** A pool that is kept for the life of the process, so that a notebook's second call finds it warm. */
export function sharedPool(size: number): WorkerPool {
  let pool = shared.get(size);
  if (pool === undefined) {
    pool = createPool(size);
    shared.set(size, pool);
  }
  return pool;
}

/** One worker and what it has been given, in the order in which it does it. */
interface Seat {
  worker: Worker | undefined;
  readonly open: Map<number, { resolve: (value: unknown) => void; reject: (reason: unknown) => void }>;
  /** Places taken, by tasks that are being made too. */
  taken: number;
}

/** A worker has the next task at hand when it ends one: it would wait for the calling thread otherwise. */
const TASKS_A_WORKER = 2;
/** A task is made and run once more when a worker died of it. */
const TRIES = 2;

/** Worker threads could not be started at all: everything runs on the calling thread then. */
class StartFailure extends Error {}
/** The worker died at this task. */
class WorkerDeath extends Error {}
/** The worker died before it came to this task. */
class NeverBegun extends Error {}

/** Opens a pool of `size` threads, started when first used; 0 runs everything on the calling thread. */
export function createPool(
  size: number,
  entry: URL = new URL("./stage.worker.js", import.meta.url),
): WorkerPool {
  const seats: Seat[] = Array.from({ length: Math.max(1, size) }, () => ({
    worker: undefined,
    open: new Map(),
    taken: 0,
  }));
  const waiting: ((seat: Seat) => void)[] = [];
  let inline = size === 0;
  let number = 0;

  // The last tasks go to whoever is free first, so that all workers end at about the same time.
  const share = (): void => {
    while (waiting.length > 0) {
      const seat = seats.reduce((least, other) => (other.taken < least.taken ? other : least));
      const places = inline || waiting.length <= seats.length ? 1 : TASKS_A_WORKER;
      if (seat.taken >= places) return;
      seat.taken++;
      waiting.shift()?.(seat);
    }
  };
  const take = (): Promise<Seat> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      share();
    });
  const give = (seat: Seat): void => {
    seat.taken--;
    share();
  };
  const attempt = async (seat: Seat, make: () => Promise<Prepared>): Promise<unknown> => {
    const { task, transfer } = await make();
    if (inline) return await runStage(task);
    const worker = seatedWorker(seat, entry);
    const mine = number++;
    worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        seat.open.set(mine, { resolve, reject });
        worker.postMessage({ number: mine, task }, [...(transfer ?? [])]);
      });
    } finally {
      seat.open.delete(mine);
      if (seat.open.size === 0) worker.unref();
    }
  };

  return {
    size,
    async run(make, signal) {
      signal?.throwIfAborted();
      const seat = await take();
      try {
        for (let deaths = 0; ; ) {
          signal?.throwIfAborted();
          try {
            return (await attempt(seat, make)) as never;
          } catch (error) {
            if (error instanceof StartFailure) inline = true;
            else if (error instanceof WorkerDeath) deaths++;
            else if (!(error instanceof NeverBegun)) throw error;
            if (deaths === TRIES) {
              const died = `worker thread died twice of one batch: ${errorMessage(error)}`;
              throw new OpusZarrError("dependency", died, {}, error);
            }
          }
        }
      } finally {
        give(seat);
      }
    },
    async close() {
      await Promise.all(seats.map((seat) => seat.worker?.terminate()));
    },
  };
}

function seatedWorker(seat: Seat, entry: URL): Worker {
  if (seat.worker) return seat.worker;
  let worker: Worker;
  try {
    // Not this process's flags: `--input-type`, of `node -e`, would keep a worker from starting.
    worker = new Worker(entry, { execArgv: [] });
  } catch (error) {
    throw new StartFailure(errorMessage(error));
  }
  const died = (reason: string): void => {
    // An error is followed by the exit: by then the seat may have another worker, at work on the same task.
    if (seat.worker !== worker) return;
    seat.worker = undefined;
    const [running, ...queued] = seat.open.values();
    running?.reject(new WorkerDeath(reason));
    for (const task of queued) task.reject(new NeverBegun(reason));
  };
  worker.on("message", (message: WorkerAnswer) => {
    const task = seat.open.get(message.number);
    if ("error" in message) task?.reject(revive(message.error));
    else task?.resolve(message.value);
  });
  worker.on("error", (error) => died(errorMessage(error)));
  worker.on("exit", (code) => died(`exit code ${code}`));
  seat.worker = worker;
  return worker;
}

/** An error that crossed a thread boundary lost its class: {@link OpusZarrError} is made again. */
function revive(error: unknown): unknown {
  const plain = error as { kind?: unknown; message?: string; place?: object };
  if (typeof plain?.kind !== "string" || typeof plain.message !== "string") return error;
  return Object.assign(new OpusZarrError(plain.kind as "format", plain.message), {
    place: plain.place ?? {},
  });
}
