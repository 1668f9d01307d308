/** Reading over HTTP, by ranges. */
import { OpusZarrError } from "../errors.js";
import { type ByteRange, isEmpty, rangeHeader } from "./range.js";
import { networkCode, retried } from "./retry.js";

/** How long an answer may take to begin. */
const SILENT_MS = 8_000;

/** Bytes of a URL. */
export interface HttpRange {
  /** All of it without. */
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A folder on a server. */
export interface HttpFolder {
  /** Its URL without what is secret. */
  readonly place: string;
  /** Reads a file in it; undefined where there is none. */
  read(name: string, options?: HttpRange): Promise<Uint8Array | undefined>;
}

/**
 * Opens a folder.
 *
 * User and password of the URL go into a header; its query, as of a presigned URL, goes along with each request.
 */
export function httpFolder(url: URL): HttpFolder {
  const base = new URL(url);
  const headers: Record<string, string> = {};
  if (url.username !== "" || url.password !== "") {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(user).toString("base64")}`;
  }
  base.username = "";
  base.password = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const place = `${base.origin}${base.pathname}`.replace(/\/$/, "");
  return {
    place,
    async read(name, options = {}) {
      if (options.range !== undefined && isEmpty(options.range)) return new Uint8Array(0);
      const file = new URL(name, base);
      file.search = base.search;
      return await retried(() => readOnce(file, headers, options), {
        signal: options.signal && AbortSignal.any([options.signal]),
        transient: (error) =>
          error instanceof BadStatus ? error.transient : networkCode(error) !== undefined,
        failure: (error, attempts) =>
          httpError(error, { path: `${place}/${name}`, host: base.host, attempts }),
      });
    },
  };
}

class BadStatus extends Error {
  readonly status: number;
  readonly transient: boolean;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
    this.transient = status >= 500 || status === 429 || status === 408;
  }
}

async function readOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { range, signal }: HttpRange,
): Promise<Uint8Array | undefined> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new DOMException("no answer", "TimeoutError")), SILENT_MS);
  const signals = signal === undefined ? [patience.signal] : [patience.signal, signal];
  try {
    const response = await fetch(url, {
      headers: range === undefined ? headers : { ...headers, range: rangeHeader(range) },
      signal: AbortSignal.any(signals),
    });
    clearTimeout(timer);
    if (response.status === 200 || response.status === 206) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Not all servers know ranges.
      return range === undefined || response.status === 206 ? bytes : cut(bytes, range);
    }
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410) return undefined;
    if (response.status === 416) return new Uint8Array(0);
    throw new BadStatus(response.status);
  } finally {
    clearTimeout(timer);
  }
}

function cut(bytes: Uint8Array, range: ByteRange): Uint8Array {
  return "suffix" in range
    ? bytes.slice(Math.max(0, bytes.length - range.suffix))
    : bytes.slice(range.start, range.end);
}

function httpError(
  error: unknown,
  { path, host, attempts }: { readonly path: string; readonly host: string; readonly attempts: number },
): unknown {
  const tries = attempts > 1 ? ` (after ${attempts} attempts)` : "";
  if (error instanceof BadStatus) {
    const { status } = error;
    const why =
      status === 401 || status === 403
        ? `no permission to read there (${status})`
        : `${host} answered ${status}`;
    return new OpusZarrError("io", `http: ${why}${tries}`, { path });
  }
  const code = networkCode(error);
  // What fetch says of a request may hold its URL.
  const why = code === undefined ? "the request failed" : `${host} cannot be reached (${code})`;
  return new OpusZarrError("io", `http: ${why}${tries}`, { path });
}
