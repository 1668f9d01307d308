/** Runs one ingest: batches in, an acknowledgement for each, the result at the end. */
import { parentPort, workerData } from "node:worker_threads";
import { type IngestResults, openIngest } from "./ingest.js";

const ingest = openIngest(workerData as keyof IngestResults);

type Request =
  | { readonly bytes: Uint8Array; readonly base: number; readonly last: boolean }
  | { readonly finish: true };

parentPort?.on("message", async (request: Request) => {
  try {
    const value =
      "finish" in request
        ? await ingest.finish()
        : await ingest.push(request.bytes, request.base, request.last);
    parentPort?.postMessage({ value });
  } catch (error) {
    parentPort?.postMessage({ error });
  }
});
