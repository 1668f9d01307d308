/** Segments from a CSV table: `recording,start_sample,end_sample` or `recording,start_s,end_s`. */
import { OpusZarrError } from "../errors.js";
import type { SegmentRequest } from "../segments/select.js";

/** What the table's columns are called. */
export const SEGMENT_COLUMNS = "recording,start_sample,end_sample or recording,start_s,end_s";

/**
 * Reads a table of segments; its order is kept, further columns are passed over, `label` is taken along.
 *
 * @param text CSV with a header line
 * @param path for messages
 * @throws {OpusZarrError} of kind `argument` with line and column for a missing column or a cell that is
 * no number
 */
export async function parseSegmentTable(text: string, path?: string): Promise<SegmentRequest[]> {
  const { parse } = await import("csv-parse/sync");
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  let names: string[] = [];
  try {
    rows = parse(text, {
      columns: (header: string[]) => {
        names = header;
        return header;
      },
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
      relax_column_count: false,
    }) as never;
  } catch (error) {
    throw new OpusZarrError(
      "argument",
      `segments: expected CSV: ${(error as Error).message}`,
      { path },
      error,
    );
  }
  const [first] = rows;
  if (first === undefined)
    throw new OpusZarrError("argument", "segments: expected a header line and segments, got none", { path });
  const columns = columnsOf(names, path);
  return rows.map(({ record, info }) => {
    const at = { path, line: info.lines };
    const start = cell(record, columns.start, { ...at, whole: columns.inSamples });
    const end = cell(record, columns.end, { ...at, whole: columns.inSamples });
    const recording = record["recording"] ?? "";
    if (recording === "")
      throw new OpusZarrError("argument", "segments: expected a recording, got an empty cell", {
        ...at,
        column: "recording",
      });
    const label = record["label"];
    const named = { recording, ...(label === undefined || label === "" ? {} : { label }) };
    return columns.inSamples
      ? { ...named, startSample: start, endSample: end }
      : { ...named, startSeconds: start, endSeconds: end };
  });
}

interface Columns {
  readonly inSamples: boolean;
  readonly start: string;
  readonly end: string;
}

function columnsOf(names: readonly string[], path: string | undefined): Columns {
  const used = /^(recording|label|(start|end)_(s|sample))$/;
  const twice = names.find((name, i) => used.test(name) && names.indexOf(name) < i);
  if (twice !== undefined)
    throw new OpusZarrError("argument", `segments: expected each column once, got ${twice} twice`, {
      path,
      line: 1,
    });
  const has = (name: string): boolean => names.includes(name);
  if (has("recording") && has("start_sample") && has("end_sample"))
    return { inSamples: true, start: "start_sample", end: "end_sample" };
  if (has("recording") && has("start_s") && has("end_s"))
    return { inSamples: false, start: "start_s", end: "end_s" };
  throw new OpusZarrError(
    "argument",
    `segments: expected columns ${SEGMENT_COLUMNS}, got ${names.join(",")}`,
    {
      path,
      line: 1,
    },
  );
}

function cell(
  record: Record<string, string>,
  column: string,
  at: { path: string | undefined; line: number; whole: boolean },
): number {
  const text = record[column] ?? "";
  const value = text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && (!at.whole || Number.isInteger(value))) return value;
  const expected = at.whole ? "a whole number of samples" : "a number of seconds";
  throw new OpusZarrError("argument", `segments: expected ${expected}, got ${JSON.stringify(text)}`, {
    path: at.path,
    line: at.line,
    column,
  });
}
