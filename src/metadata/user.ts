/** What users say of their recordings themselves: `key=value` options, and CSV tables with a row a file. */
import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { argumentError, errorMessage, OpusZarrError } from "../errors.js";
import { type TagFields, tagCollector } from "./text.js";

/**
 * Parses `key=value` options; a key given more than once becomes a list.
 *
 * @throws {OpusZarrError} of kind `argument` for an option without `=` or without key
 * @example
 * ```ts
 * parseMetaOptions(["site=north", "observer=A", "observer=B"]); // { site: "north", observer: ["A", "B"] }
 * ```
 */
export function parseMetaOptions(options: readonly string[]): TagFields {
  const fields = tagCollector();
  for (const option of options) {
    const equals = option.indexOf("=");
    if (equals <= 0) throw argumentError("meta", "key=value", option);
    fields.add(option.slice(0, equals).trim(), option.slice(equals + 1).trim());
  }
  return fields.fields();
}

/** A CSV table of what users say of files. */
export interface MetaTable {
  /** Names of the columns besides the one that names the file. */
  readonly columns: readonly string[];
  /** How many rows there are. */
  readonly rowCount: number;
  /** The row of a file, by path, end of path, or name (with or without extension); undefined if none. */
  rowFor(path: string): Readonly<Record<string, string>> | undefined;
}

/** Columns that may name the file, the first that is there. */
const FILE_COLUMNS = ["path", "file_path", "file", "file_name", "filename", "name", "recording", "source"];

/**
 * Parses a table whose first row names its columns; one of them (`path`, `file`, `file_name`, `filename`,
 * `name`, `recording`, `source`) names the file. Separator: comma, semicolon or tab.
 *
 * @param place where the table is from, for messages
 * @throws {OpusZarrError} of kind `argument` for a table without such a column, with a column name twice,
 * with two rows for one file, or that is no CSV
 */
export function parseMetaCsv(text: string, place = "meta-csv"): MetaTable {
  const [header, ...rows] = parseRows(text, place);
  if (header === undefined)
    throw argumentError("meta-csv", "a first row with column names", "an empty table");
  const names = header.map((name) => name.trim());
  const fileColumn = FILE_COLUMNS.map((name) => names.findIndex((n) => n.toLowerCase() === name)).find(
    (index) => index !== -1,
  );
  if (fileColumn === undefined) {
    throw argumentError("meta-csv", `a column named one of ${FILE_COLUMNS.join(", ")}`, names.join(","), {
      path: place,
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw argumentError("meta-csv", "each column once", twice, { path: place });
  const byKey = new Map<string, Record<string, string>>();
  rows.forEach((row, i) => {
    const key = normalise(row[fileColumn] ?? "");
    if (key === "") return;
    if (byKey.has(key)) throw argumentError("meta-csv", "one row a file", key, { path: place, line: i + 2 });
    const others = names.map((name, c) => [name, (row[c] ?? "").trim()] as const);
    byKey.set(key, Object.fromEntries(others.filter(([name, v], c) => c !== fileColumn && name && v !== "")));
  });
  return {
    columns: names.filter((_, c) => c !== fileColumn),
    rowCount: byKey.size,
    rowFor: (path) => findRow(byKey, normalise(path)),
  };
}

function parseRows(text: string, place: string): string[][] {
  const firstLine = /^[^\r\n]*/.exec(text.replace(/^\uFEFF/, ""))?.[0] ?? "";
  const delimiter = [",", ";", "\t"].reduce((best, each) =>
    firstLine.split(each).length > firstLine.split(best).length ? each : best,
  );
  try {
    return parse(text, { bom: true, delimiter, relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    throw new OpusZarrError("argument", `meta-csv: ${errorMessage(error)}`, { path: place }, error);
  }
}

/**
 * Reads a table as {@link parseMetaCsv} does from a file.
 *
 * @throws {OpusZarrError} of kind `not-found` or `io` where it cannot be read
 */
export async function readMetaCsv(path: string): Promise<MetaTable> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new OpusZarrError(missing ? "not-found" : "io", "meta-csv: cannot be read", { path }, error);
  }
  return parseMetaCsv(text, path);
}

function normalise(path: string): string {
  return path
    .trim()
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .normalize("NFC");
}

// The longest end of the path that a row names wins: a/b/c.wav, b/c.wav, c.wav; then the same without extension.
function findRow(
  rows: ReadonlyMap<string, Record<string, string>>,
  path: string,
): Record<string, string> | undefined {
  const parts = path.split("/");
  for (let from = 0; from < parts.length; from++) {
    const end = parts.slice(from).join("/");
    const row = rows.get(end) ?? rows.get(end.replace(/\.[^./]+$/, ""));
    if (row !== undefined) return row;
  }
  return undefined;
}
