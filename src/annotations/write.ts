/** Annotation tables back to text and files: untouched cells stay as they were spelled. */
import { argumentError } from "../errors.js";
import { writeFileAtomic } from "../files.js";
import { bindColumns } from "./columns.js";
import { convertAnnotations } from "./convert.js";
import { formatDelimited } from "./delimited.js";
import { fillRow } from "./fill.js";
import type { AnnotationFormat, AnnotationTable } from "./model.js";
import { rowReader } from "./rows.js";

/** How to write an annotation table. */
export interface WriteAnnotationsOptions {
  /** The format to write; the table's own when absent. */
  readonly format?: AnnotationFormat | undefined;
}

/** What a table became in another format. */
export interface WrittenAnnotations {
  readonly format: AnnotationFormat;
  readonly rows: number;
  /** What the format written has no place for: column names, and what is said of the rest. */
  readonly lost: readonly string[];
}

/**
 * A table as text in its own format and spelling.
 *
 * Cells whose value is still the annotation's are written as they were read, so a table that was read and not
 * changed comes out byte for byte, as far as it was spelled consistently.
 *
 * @param table a table that was read, converted or made
 * @returns the whole table
 * @throws {OpusZarrError} of kind `argument` when `labelColumn` is none of the columns
 * @example
 * ```ts
 * const text = formatAnnotations(parseAnnotations("0.5\t1.25\tWOTH\n")); // the same text
 * ```
 */
export function formatAnnotations(table: AnnotationTable): string {
  const labels = table.format === "audacity" || table.format === "birdnet-audacity";
  const cells = updatedCells(table);
  if (!labels) return formatDelimited([table.columns, ...cells], table.dialect);
  const rows = cells.flatMap((row) =>
    table.format === "audacity" && row.length > 3
      ? [row.slice(0, 3), ["\\", row[3] ?? "", row[4] ?? ""]]
      : [row],
  );
  return formatDelimited(rows, table.dialect);
}

/**
 * Writes a table to a file, in another format when asked: whole or not at all.
 *
 * @param path the file; replaced when it is there
 * @param table the annotations
 * @param options see {@link WriteAnnotationsOptions}
 * @returns what was written, and what the format could not hold
 * @throws {OpusZarrError} of kind `io` when the file cannot be written
 * @example
 * ```ts
 * await writeAnnotations("labels.txt", table, { format: "audacity" });
 * ```
 */
export async function writeAnnotations(
  path: string,
  table: AnnotationTable,
  options: WriteAnnotationsOptions = {},
): Promise<WrittenAnnotations> {
  const format = options.format ?? table.format;
  const { table: converted, lost } =
    format === table.format ? { table, lost: [] } : convertAnnotations(table, format);
  await writeFileAtomic(path, encode(formatAnnotations(converted), converted.dialect.encoding));
  return { format, rows: converted.annotations.length, lost };
}

function encode(text: string, encoding: AnnotationTable["dialect"]["encoding"]): Uint8Array {
  if (encoding !== "windows-1252") return Buffer.from(text, encoding === "utf-16le" ? "utf16le" : "utf8");
  const letters = new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const bytes = new Map(Array.from(letters, (letter, byte) => [letter, byte]));
  return Uint8Array.from(text, (letter) => {
    const byte = bytes.get(letter);
    if (byte === undefined) throw argumentError("encoding", "one that can spell every label", letter);
    return byte;
  });
}

/** Every row's cells, with those rewritten whose value is no longer the annotation's. */
function updatedCells(table: AnnotationTable): string[][] {
  const binding = bindColumns(table.columns, table.format, table.labelColumn);
  const rows = table.annotations.map(({ cells, line }) => ({ cells: [...cells], line }));
  const { read } = rowReader({ columns: table.columns, rows }, binding, table.sampleRate);
  return table.annotations.map((annotation, index) => {
    const row = rows[index] ?? { cells: [], line: 0 };
    fillRow({ row: row.cells, before: read(row), annotation, binding, table });
    return row.cells;
  });
}
