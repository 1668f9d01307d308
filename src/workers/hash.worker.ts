/** SHA-256 on a thread: pieces of a file in, an acknowledgement for each, the sum at the end. */
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";

const hash = createHash("sha256");

parentPort?.on("message", (piece: Uint8Array | null) => {
  if (piece === null) parentPort?.postMessage(hash.digest("hex"));
  else parentPort?.postMessage(hash.update(piece) && "");
});
