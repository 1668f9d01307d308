/**
 * Every error this package throws on purpose: tagged, with typed fields, one guard.
 * Messages say what was expected, what was got, and where.
 */

/** What each kind of failure means; `kind` on every {@link OpusZarrError}. */
export type ErrorKind =
  /** The call itself was wrong: a bad option, a bad range, a bad file name. */
  | "argument"
  /** The bytes are not what they should be: not Ogg Opus, damaged beyond use. */
  | "format"
  /** Something asked for by name is not there. */
  | "not-found"
  /** What stands there already contradicts what is asked. */
  | "conflict"
  /** The disk, the network or a store refused. */
  | "io"
  /** A program or worker that we need is missing or died. */
  | "dependency";

/** Where in the data a failure lies; only the fields that are known. */
export interface ErrorPlace {
  readonly path?: string | undefined;
  readonly recording?: string | undefined;
  readonly byteOffset?: number | undefined;
  readonly page?: number | undefined;
  readonly segment?: number | undefined;
  readonly field?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: string | undefined;
}

/**
 * The one error class that this package throws on purpose.
 *
 * @example
 * ```ts
 * try {
 *   await archive.recording("nosuch");
 * } catch (error) {
 *   if (isOpusZarrError(error, "not-found")) console.log(error.place.recording);
 * }
 * ```
 */
export class OpusZarrError extends Error {
  override readonly name: string = "OpusZarrError";
  readonly kind: ErrorKind;
  readonly place: ErrorPlace;

  constructor(kind: ErrorKind, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(shownText(message + placeSuffix(place)), cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.place = place.path === undefined ? place : { ...place, path: shownText(place.path) };
  }
}

/** True for errors of this package, of one `kind` if it is given. */
export function isOpusZarrError(error: unknown, kind?: ErrorKind): error is OpusZarrError {
  // By name, not `instanceof`: two copies of the package may be loaded in one notebook.
  if (!(error instanceof Error) || error.name !== "OpusZarrError") return false;
  return kind === undefined || (error as OpusZarrError).kind === kind;
}

/** The call itself was wrong; `field` names the argument. */
export function argumentError(
  field: string,
  expected: string,
  got: unknown,
  place: ErrorPlace = {},
): OpusZarrError {
  return new OpusZarrError("argument", mismatch(field, expected, got), { ...place, field });
}

/** What was expected of a field, and what was got. */
export function mismatch(field: string, expected: string, got: unknown): string {
  return `${field}: expected ${expected}, got ${show(got)}`;
}

/** The bytes are not what they should be. */
export function formatError(message: string, place: ErrorPlace = {}, cause?: unknown): OpusZarrError {
  return new OpusZarrError("format", message, place, cause);
}

/** The same error with more said about where: for a caller that knows the file that a parser was given. */
export function placed(error: OpusZarrError, place: ErrorPlace): OpusZarrError {
  return new OpusZarrError(error.kind, whatOf(error), { ...error.place, ...place }, error.cause ?? error);
}

/** What an error says, without where. */
export function whatOf({ message, place }: OpusZarrError): string {
  return message.slice(0, message.length - placeSuffix(place).length);
}

/** One line about any thrown value. */
export function errorMessage(error: unknown): string {
  return shownText(error instanceof Error ? error.message : String(error));
}

/**
 * Text as it may be shown: URLs lose user and password, and the query, in which presigned ones carry their key.
 * A password may hold a slash in `s3:` URLs, whose first part never holds a colon otherwise.
 */
export function shownText(text: string): string {
  return text
    .replace(/\b(s3:\/\/)[^\s"'/:]*:[^\s"']*@/gi, "$1")
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"'/]*@/gi, "$1")
    .replace(/\b(https?:\/\/[^\s"'?]*\?)[^\s"',)]+/gi, "$1…");
}

function show(value: unknown): string {
  if (typeof value === "string") {
    const shown = shownText(value);
    return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown);
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return String(value);
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value)
    ? `an array of ${value.length}`
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`;
}

function placeSuffix(place: ErrorPlace): string {
  const parts: string[] = [];
  if (place.path !== undefined) parts.push(place.path);
  if (place.recording !== undefined) parts.push(`recording ${place.recording}`);
  if (place.segment !== undefined) parts.push(`segment ${place.segment}`);
  if (place.page !== undefined) parts.push(`page ${place.page}`);
  if (place.byteOffset !== undefined) parts.push(`byte ${place.byteOffset}`);
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.column !== undefined) parts.push(`column ${JSON.stringify(place.column)}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
