/** A connection to a bucket through the AWS SDK, which is loaded when first used. */
import type { S3Client } from "../vendor/s3.js";
import { argumentError, OpusZarrError } from "../errors.js";
import { retried } from "./retry.js";
import { type Asked, isTransient, s3Error } from "./s3-errors.js";

type Sdk = typeof import("../vendor/s3.js");

/** What is being asked for: for messages, and to give up. */
export interface Question {
  readonly action: Asked["action"];
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
}

/** A client, and what goes for all that is asked through it. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly bucket: string;
  /** The server's clock less this machine's, in ms, as far as its answers have told. */
  clockOffsetMs(): number;
  /** Asks, again if that may help; what it throws says what went wrong. */
  ask<T>(question: Question, work: (attempt: number, options: RequestOptions) => Promise<T>): Promise<T>;
}

/** Waits of a single attempt: for a connection, and for a byte on it. */
const CONNECT_MS = 4_000;
const SILENT_MS = 8_000;
const MAX_SOCKETS = 64;
/** The region that servers of one's own know, and that AWS corrects. */
const DEFAULT_REGION = "us-east-1";

const CLIENT_SETTINGS = {
  // Attempts are counted here: the SDK's do not cover a body that is cut off.
  maxAttempts: 1,
  forcePathStyle: true,
  followRegionRedirects: true,
  // Not all servers know checksums other than the signature's.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    // Requests wait for a connection here by design.
    socketAcquisitionWarningTimeout: 3_600_000,
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  },
} as const;

/** Connects as the environment and the profile say. */
export async function connect(bucket: string): Promise<Connection> {
  const sdk = await import("../vendor/s3.js").catch((error: unknown) => {
    const message = "expected the S3 client in dist/vendor, got none: run the build";
    throw new OpusZarrError("dependency", message, {}, error);
  });
  const client = await clientOf(sdk);
  const clock = serverClock(client);
  const host = await hostOf(client);
  const ask: Connection["ask"] = ({ action, key, signal: shared }, work) => {
    // One of this request's own: a signal that many listen to has Node warn of a leak.
    const signal = shared === undefined ? undefined : AbortSignal.any([shared]);
    return retried((attempt) => work(attempt, signal === undefined ? {} : { abortSignal: signal }), {
      signal,
      transient: isTransient,
      failure: (error, attempts) => {
        const asked = { action, path: `s3://${bucket}/${key}`, bucket, host, clockOffsetMs: clock() };
        return error instanceof OpusZarrError ? error : s3Error(error, asked, attempts);
      },
    });
  };
  // Looked up now, not with the first request: by then the environment may say something else.
  await ask({ action: "read", key: "" }, () => client.config.credentials());
  return { sdk, client, bucket, clockOffsetMs: clock, ask };
}

async function clientOf(sdk: Sdk): Promise<S3Client> {
  const endpoint = endpointNamed();
  const settings = { ...CLIENT_SETTINGS, ...(endpoint === undefined ? {} : { endpoint }) };
  const client = new sdk.S3Client(settings);
  try {
    await client.config.region();
    return client;
  } catch {
    return new sdk.S3Client({ ...settings, region: DEFAULT_REGION });
  }
}

function endpointNamed(): string | undefined {
  const named = process.env["AWS_ENDPOINT_URL_S3"] || process.env["AWS_ENDPOINT_URL"] || undefined;
  if (named === undefined || URL.canParse(named)) return named;
  throw argumentError("AWS_ENDPOINT_URL", "a URL", named);
}

/** Notes the time that stands in every answer, errors included. */
function serverClock(client: S3Client): () => number {
  let offsetMs = 0;
  const note = (response: unknown): void => {
    const headers = (response as { headers?: { date?: string } } | undefined)?.headers;
    const date = Date.parse(headers?.date ?? "");
    if (Number.isFinite(date)) offsetMs = date - Date.now();
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const result = await next(args);
        note(result.response);
        return result;
      } catch (error) {
        note((error as { $response?: unknown }).$response);
        throw error;
      }
    },
    { step: "deserialize", name: "serverClock" },
  );
  return () => offsetMs;
}

async function hostOf(client: S3Client): Promise<string> {
  const named = endpointNamed();
  if (named !== undefined) return new URL(named).host;
  const endpoint = await client.config.endpoint?.().catch(() => undefined);
  return endpoint?.hostname ?? "s3.amazonaws.com";
}
