/** A worker for the pool's tests: answers, throws, or dies. */
import { parentPort } from "node:worker_threads";

parentPort.on("message", ({ number, task }) => {
  if (task.do === "exit") process.exit(9);
  if (task.do === "exit once" && Atomics.exchange(task.flag, 0, 1) === 0) process.exit(9);
  if (task.do === "throw") {
    parentPort.postMessage({ number, error: { kind: "format", message: "thrown on purpose", place: {} } });
    return;
  }
  parentPort.postMessage({ number, value: task.value });
});
