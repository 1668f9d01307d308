/** What a bucket's server or the SDK says, as errors that say which of the usual things it was. */
import { type ErrorKind, OpusZarrError } from "../errors.js";
import { networkCode } from "./retry.js";

/** What was asked, for messages. */
export interface Asked {
  readonly action: "read" | "write" | "list" | "delete";
  /** `s3://bucket/key`. */
  readonly path: string;
  readonly bucket: string;
  /** Host of the endpoint. */
  readonly host: string;
  /** The server's clock less this machine's, in ms. */
  readonly clockOffsetMs: number;
}

interface Said {
  readonly name?: string;
  readonly message?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const BAD_CREDENTIALS = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "TokenRefreshRequired",
  "AuthFailure",
]);
const CLOCK_CODES = new Set(["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]);
const TRANSIENT_CODES = new Set([
  "InternalError",
  "ServiceUnavailable",
  "SlowDown",
  "RequestTimeout",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "OperationAborted",
  // Another write of the same key was under way.
  "ConditionalRequestConflict",
]);

/** Status of an answer; 0 where none came. */
export function statusOf(error: unknown): number {
  return (error as Said | undefined)?.$metadata?.httpStatusCode ?? 0;
}

/** The server's code for what went wrong, or the SDK's name for it. */
export function codeOf(error: unknown): string {
  const said = error as Said | undefined;
  return said?.Code ?? said?.name ?? said?.code ?? "";
}

/** Whether the same request may succeed when it is made again. */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 501) return false;
  if (status >= 500 || status === 429 || status === 408) return true;
  return TRANSIENT_CODES.has(codeOf(error)) || (status < 300 && networkCode(error) !== undefined);
}

/** The error for a request that failed for good. Nothing of the request goes along: it carries credentials. */
export function s3Error(error: unknown, asked: Asked, attempts: number): OpusZarrError {
  const { kind, message } = explain(error, asked);
  const tries = attempts > 1 ? ` (after ${attempts} attempts)` : "";
  return new OpusZarrError(kind, `s3: ${message}${tries}`, { path: asked.path });
}

interface Explained {
  readonly kind: ErrorKind;
  readonly message: string;
}

function explain(error: unknown, asked: Asked): Explained {
  const code = codeOf(error);
  const status = statusOf(error);
  const io = (message: string): Explained => ({ kind: "io", message });
  if (code === "NoSuchBucket") {
    return {
      kind: "not-found",
      message: `there is no bucket ${JSON.stringify(asked.bucket)} at ${asked.host}`,
    };
  }
  if (CLOCK_CODES.has(code)) return io(clockMessage(asked));
  if (code === "ExpiredToken" || code === "ExpiredTokenException") {
    return io(`the credentials have expired (${code}): get new ones`);
  }
  if (BAD_CREDENTIALS.has(code)) {
    return io(
      `wrong credentials: ${asked.host} does not accept them (${code}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
    );
  }
  if (/^CredentialsProviderError$|^TokenProviderError$/.test(code)) {
    return io(
      "found no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile of ~/.aws",
    );
  }
  const network = networkCode(error);
  if (network !== undefined) return io(`the endpoint ${asked.host} cannot be reached (${network})`);
  return explainStatus({ code, status, text: (error as Said | undefined)?.message ?? "" }, asked);
}

function explainStatus(
  said: { readonly code: string; readonly status: number; readonly text: string },
  asked: Asked,
): Explained {
  const { code, status } = said;
  const io = (message: string): Explained => ({ kind: "io", message });
  if (status === 403 || code === "AccessDenied") {
    return io(`no permission to ${asked.action} there (${code === "" ? status : code})`);
  }
  if (
    ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"].includes(code)
  ) {
    return io(`the bucket is in another region: set AWS_REGION (${code})`);
  }
  if (status === 501) return io(`${asked.host} does not support what is asked of it (${code})`);
  if (status >= 500 || status === 429) return io(`${asked.host} answered ${status} (${code})`);
  const text = said.text.slice(0, 200);
  return io(
    `cannot ${asked.action}: ${status > 0 ? `${status} ` : ""}${code}${text === "" ? "" : `: ${text}`}`,
  );
}

function clockMessage({ host, clockOffsetMs }: Asked): string {
  const minutes = Math.round(Math.abs(clockOffsetMs) / 60_000);
  const how = minutes === 0 ? "differs" : `is ${minutes} min ${clockOffsetMs > 0 ? "behind" : "ahead of"}`;
  const whose = minutes === 0 ? `from that of ${host} by too much` : `that of ${host}`;
  return `this machine's clock ${how} ${whose}: set it, requests are signed with the time`;
}
