/**
 * What is done to each byte of a file while it is copied: the page scan and the SHA-256, on threads of
 * their own for large files. Batches come in order; each may lie in shared memory and is done with when
 * its promise resolves.
 */
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { OpusZarrError } from "../errors.js";
import { type PageScan, pageScanner } from "../pageindex/scan.js";

/** A consumer of a file's bytes. */
export interface Ingest<T> {
  /**
   * Takes the bytes `[base, base + bytes.length)` of the file. Of these, those before what was taken
   * already stand there again for pages that straddle two batches.
   */
  push(bytes: Uint8Array, base: number, last: boolean): Promise<void>;
  finish(): Promise<T>;
  close(): void;
}

/** What kinds of ingest there are, and what each yields. */
export interface IngestResults {
  readonly scan: PageScan;
  readonly sha256: string;
}

/** An ingest on this thread. */
export function openIngest<K extends keyof IngestResults>(kind: K): Ingest<IngestResults[K]> {
  return (kind === "scan" ? scanIngest() : hashIngest()) as Ingest<IngestResults[K]>;
}

function scanIngest(): Ingest<PageScan> {
  const scanner = pageScanner();
  return {
    async push(bytes, base, last) {
      scanner.push(bytes, base, base + bytes.length, last);
    },
    finish: async () => scanner.finish(),
    close() {},
  };
}

function hashIngest(): Ingest<string> {
  const hash = createHash("sha256");
  let done = 0;
  return {
    async push(bytes, base) {
      hash.update(bytes.subarray(done - base));
      done = base + bytes.length;
    },
    finish: async () => hash.digest("hex"),
    close() {},
  };
}

/** An ingest on a thread of its own. */
export function openIngestThread<K extends keyof IngestResults>(kind: K): Ingest<IngestResults[K]> {
  const worker = new Worker(new URL("./ingest.worker.js", import.meta.url), {
    workerData: kind,
    execArgv: [],
  });
  const waiting: { resolve: (value: never) => void; reject: (reason: unknown) => void }[] = [];
  const fail = (error: unknown): void => {
    for (const wait of waiting.splice(0)) wait.reject(error);
  };
  worker.on("message", (message: { value: never } | { error: unknown }) => {
    const wait = waiting.shift();
    if ("error" in message) wait?.reject(message.error);
    else wait?.resolve(message.value);
  });
  worker.on("error", (error) =>
    fail(new OpusZarrError("dependency", `worker thread died: ${error.message}`, {}, error)),
  );
  worker.on("exit", () => fail(new OpusZarrError("dependency", "worker thread ended early")));
  const ask = <T>(message: unknown): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
  return {
    push: (bytes, base, last) => ask({ bytes, base, last }),
    finish: () => ask({ finish: true }),
    close: () => void worker.terminate(),
  };
}
