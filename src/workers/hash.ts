/** The SHA-256 of a file's bytes as they come, for large files on a thread of its own. */
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { OpusZarrError } from "../errors.js";

/** A sum under way. */
export interface Hashing {
  /** Takes the next bytes; they may lie in shared memory, and are done with when the promise resolves. */
  update(bytes: Uint8Array): Promise<unknown>;
  /** The sum in hexadecimal. */
  digest(): Promise<string>;
  close(): void;
}

/** A sum on this thread. */
export function openHashing(): Hashing {
  const hash = createHash("sha256");
  return {
    update: async (bytes) => hash.update(bytes),
    digest: async () => hash.digest("hex"),
    close() {},
  };
}

/** A sum on a thread of its own. */
export function openHashingThread(): Hashing {
  const worker = new Worker(new URL("./hash.worker.js", import.meta.url), { execArgv: [] });
  const waiting: { resolve: (value: string) => void; reject: (reason: unknown) => void }[] = [];
  let ended: OpusZarrError | undefined;
  const fail = (error: OpusZarrError): void => {
    ended ??= error;
    for (const wait of waiting.splice(0)) wait.reject(ended);
  };
  worker.on("message", (sum: string) => waiting.shift()?.resolve(sum));
  worker.on("error", (error) =>
    fail(new OpusZarrError("dependency", `worker thread died: ${error.message}`, {}, error)),
  );
  worker.on("exit", () => fail(new OpusZarrError("dependency", "worker thread ended early")));
  const ask = (piece: Uint8Array | null): Promise<string> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      waiting.push({ resolve, reject });
      worker.postMessage(piece);
    });
  return {
    update: ask,
    digest: () => ask(null),
    close: () => void worker.terminate(),
  };
}
