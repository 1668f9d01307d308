/**
 * A pool of worker threads that run stages. Tasks are made when a worker is free for them, so that at most
 * a few batches of bytes are in memory; a worker that dies is replaced and its task made and run once more.
 */
import { availableParallelism } from "node:os";
import { type Transferable, Worker } from "node:worker_threads";
import { errorMessage, OpusZarrError } from "../errors.js";
import { runStage, type StageResult, type StageTask } from "./stages.js";

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

interface Seat {
  worker: Worker | undefined;
  current: { resolve: (value: unknown) => void; reject: (reason: unknown) => void } | undefined;
}

/** Worker threads could not be started at all: everything runs on the calling thread then. */
class StartFailure extends Error {}

/** Opens a pool of `size` threads, started when first used; 0 runs everything on the calling thread. */
export function createPool(
  size: number,
  entry: URL = new URL("./stage.worker.js", import.meta.url),
): WorkerPool {
  const idle: Seat[] = Array.from({ length: Math.max(1, size) }, () => ({
    worker: undefined,
    current: undefined,
  }));
  const waiting: ((seat: Seat) => void)[] = [];
  const seats = [...idle];
  let inline = size === 0;

  const take = (): Promise<Seat> => {
    const seat = idle.pop();
    return seat ? Promise.resolve(seat) : new Promise((resolve) => waiting.push(resolve));
  };
  const give = (seat: Seat): void => {
    const next = waiting.shift();
    if (next) next(seat);
    else idle.push(seat);
  };
  const attempt = async (seat: Seat, make: () => Promise<Prepared>): Promise<unknown> => {
    const { task, transfer } = await make();
    if (inline) return await runStage(task);
    const worker = seatedWorker(seat, entry);
    worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        seat.current = { resolve, reject };
        worker.postMessage(task, [...(transfer ?? [])]);
      });
    } finally {
      seat.current = undefined;
      worker.unref();
    }
  };

  return {
    size,
    async run(make, signal) {
      signal?.throwIfAborted();
      const seat = await take();
      try {
        signal?.throwIfAborted();
        for (let tries = 1; ; tries++) {
          try {
            return (await attempt(seat, make)) as never;
          } catch (error) {
            if (error instanceof StartFailure) inline = true;
            else if (!(error instanceof WorkerDeath)) throw error;
            else if (tries === 2) {
              throw new OpusZarrError(
                "dependency",
                `worker thread died twice of one batch: ${error.message}`,
                {},
                error,
              );
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

class WorkerDeath extends Error {}

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
    seat.current?.reject(new WorkerDeath(reason));
  };
  worker.on("message", (message: { value: unknown } | { error: unknown }) => {
    if ("error" in message) seat.current?.reject(revive(message.error));
    else seat.current?.resolve(message.value);
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
