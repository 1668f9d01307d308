/** A worker thread of the pool: tasks one after the other, in the order in which they came. */
import { parentPort } from "node:worker_threads";
import { plainError, runStage, type WorkerAnswer, type WorkerRequest } from "./stages.js";

let turn: Promise<void> = Promise.resolve();

parentPort?.on("message", (request: WorkerRequest) => {
  turn = turn.then(async () => parentPort?.postMessage(await answer(request)));
});

async function answer({ number, task }: WorkerRequest): Promise<WorkerAnswer> {
  try {
    return { number, value: await runStage(task) };
  } catch (error) {
    return { number, error: plainError(error) };
  }
}
