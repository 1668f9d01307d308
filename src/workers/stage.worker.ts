/** A worker thread of the pool: one task at a time. */
import { parentPort } from "node:worker_threads";
import { plainError, runStage, type StageTask } from "./stages.js";

parentPort?.on("message", async (task: StageTask) => {
  try {
    parentPort?.postMessage({ value: await runStage(task) });
  } catch (error) {
    parentPort?.postMessage({ error: plainError(error) });
  }
});
