/** Frames as CSV that other programs read back whole. */
import { argumentError } from "../errors.js";
import type { DataFrame } from "./danfo.js";

/** How {@link frameToCsv} writes. */
export interface FrameCsvOptions {
  /** Between fields; a comma unless given. */
  readonly delimiter?: string | undefined;
  /** A first line with the column names; on unless `false`. */
  readonly header?: boolean | undefined;
  /** What stands for NaN and missing values; nothing unless given, which pandas and R read as missing. */
  readonly missing?: string | undefined;
}

/**
 * A frame as CSV (RFC 4180, but lines end in `\n`): fields with quotes, delimiters or line breaks are quoted, which
 * danfo's own `toCSV` does not do.
 *
 * @param frame any danfo frame
 * @returns the text, with a line break at its end; numbers in full precision
 * @throws {OpusZarrError} of kind `argument` for a delimiter that cannot be one
 * @example
 * ```ts
 * await writeFile("segments.csv", await frameToCsv(await segmentsFrame(clips)));
 * ```
 */
export async function frameToCsv(frame: DataFrame, options: FrameCsvOptions = {}): Promise<string> {
  const { delimiter = ",", header = true, missing = "" } = options;
  if (delimiter === "" || /["\r\n]/.test(delimiter)) {
    throw argumentError("delimiter", "a text without quotes and line breaks", delimiter);
  }
  const { stringify } = await import("csv-stringify/sync");
  const rows = frame.values as readonly (readonly unknown[])[];
  const lines = rows.map((row) => row.map((value) => field(value, missing)));
  return stringify(header ? [frame.columns, ...lines] : lines, {
    delimiter,
    // A lone empty field would be an empty line, which readers skip.
    quoted_empty: frame.columns.length === 1,
  });
}

function field(value: unknown, missing: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return missing;
  return value instanceof Date ? value.toISOString() : String(value);
}
