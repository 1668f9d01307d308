/** Tries again what a network or a server may have failed at only for now. */
import { setTimeout as sleep } from "node:timers/promises";

const MAX_ATTEMPTS = 10;
/** No attempt begins later than this. With the patience of the last one, a failure is told within 20 s. */
const LAST_ATTEMPT_MS = 10_000;
/** Waits double from the first to the longest; each is somewhere between half of it and all, so that many do not wait alike. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/** How work is tried again. */
export interface RetryOptions {
  /** Whether the same may succeed when it is asked again. */
  readonly transient: (error: unknown) => boolean;
  /** What is thrown for the last error. */
  readonly failure: (error: unknown, attempts: number) => unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `work` until it succeeds, fails for good, or has failed too often. */
export async function retried<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      options.signal?.throwIfAborted();
      return await work(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      const late = performance.now() - started > LAST_ATTEMPT_MS;
      if (late || attempt === MAX_ATTEMPTS || !options.transient(error)) {
        throw options.failure(error, attempt);
      }
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: options.signal });
    }
  }
}

/** Codes of a network that failed, whatever was asked of it. */
const NETWORK_CODES = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/** The code of a failed network in an error or in what caused it; undefined if that is not what it is. */
export function networkCode(error: unknown): string | undefined {
  for (let at = error as Failure | undefined, depth = 0; at != null && depth < 5; at = at.cause, depth++) {
    const within = at.errors?.map(networkCode).find((code) => code !== undefined);
    if (within !== undefined) return within;
    if (at.code !== undefined && NETWORK_CODES.has(at.code)) return at.code;
    if (at.name === "TimeoutError") return "ETIMEDOUT";
  }
  return undefined;
}

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly cause?: Failure;
  /** Of an AggregateError: a host with several addresses. */
  readonly errors?: readonly Failure[];
}

/** A body that ended before its length: the connection was cut. */
export class CutShort extends Error {
  readonly code = "ECONNRESET";
}
