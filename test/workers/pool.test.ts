/** The pool of worker threads: how many tasks are made ahead, and what happens when threads die or callers give up. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StageTask } from "../../src/workers/stages.js";
import { createPool, type WorkerPool } from "../../src/workers/pool.js";

/** What the worker in `worker.mjs` is to do. */
interface Work {
  readonly do: "answer" | "exit" | "throw" | "exit once";
  readonly value?: number;
  readonly flag?: Int32Array;
}

const entry = pathToFileURL(fileURLToPath(new URL("./worker.mjs", import.meta.url)));

describe("a pool of threads", () => {
  let pool: WorkerPool;
  beforeEach(() => {
    pool = createPool(2, entry);
  });
  afterEach(() => pool.close());

  const run = (work: Work, signal?: AbortSignal): Promise<unknown> =>
    pool.run(async () => ({ task: work as unknown as Extract<StageTask, { kind: "decode" }> }), signal);
  /** Memory in which a worker notes that it has died. */
  const flag = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

  it("gives each task its own answer, whatever the order in which they end", async () => {
    const values = Array.from({ length: 200 }, (_, value) => value);
    expect(await Promise.all(values.map((value) => run({ do: "answer", value })))).toEqual(values);
  });

  it("makes tasks when a worker will soon be free for them, not before", async () => {
    let open = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        await pool.run(async () => {
          most = Math.max(most, ++open);
          return { task: { do: "answer" } as unknown as Extract<StageTask, { kind: "decode" }> };
        });
        open--;
      }),
    );
    // Two for each thread; of those that have ended, one a thread may not be counted off yet.
    expect(most).toBeGreaterThanOrEqual(4);
    expect(most).toBeLessThanOrEqual(6);
  });

  it("passes the error of a task on, and goes on with the others", async () => {
    const results = await Promise.allSettled([run({ do: "throw" }), run({ do: "answer", value: 1 })]);
    expect(results).toMatchObject([
      { status: "rejected", reason: { name: "OpusZarrError", kind: "format", message: "thrown on purpose" } },
      { status: "fulfilled", value: 1 },
    ]);
  });

  it("replaces a thread that died, and runs its task once more", async () => {
    const works = Array.from(
      { length: 20 },
      (_, value): Work => (value === 3 ? { do: "exit once", value, flag: flag() } : { do: "answer", value }),
    );
    expect(await Promise.all(works.map((work) => run(work)))).toEqual(works.map(({ value }) => value));
  });

  it("reports a task of which two threads died; tasks that waited behind it are none the worse", async () => {
    const works = Array.from(
      { length: 20 },
      (_, value): Work => ({ do: value === 3 ? "exit" : "answer", value }),
    );
    const results = await Promise.allSettled(works.map((work) => run(work)));
    const failed = results.flatMap((result, i) => (result.status === "rejected" ? [[i, result.reason]] : []));
    expect(failed).toMatchObject([
      [3, { kind: "dependency", message: /died twice of one batch: exit code 9/ }],
    ]);
  });

  it("does not begin what was called off while it waited", async () => {
    const stop = new AbortController();
    let made = 0;
    const tasks = Array.from({ length: 30 }, () =>
      pool.run(async () => {
        if (++made === 5) stop.abort(new Error("called off"));
        return { task: { do: "answer" } as unknown as Extract<StageTask, { kind: "decode" }> };
      }, stop.signal),
    );
    const results = await Promise.allSettled(tasks);
    expect(made).toBeLessThan(10);
    for (const result of results.slice(10))
      expect(result).toMatchObject({ status: "rejected", reason: { message: "called off" } });
  });
});
