/** Annotation tables from text: the format recognised, every row checked. */
import { readFile } from "node:fs/promises";
import {
  argumentError,
  errorMessage,
  formatError,
  isOpusZarrError,
  OpusZarrError,
  placed,
} from "../errors.js";
import { isNumberCell } from "./cells.js";
import { AUDACITY_COLUMNS, BIRDNET_AUDACITY_COLUMNS, bindColumns, normalColumn } from "./columns.js";
import { type DelimitedText, parseDelimited, type TextRow } from "./delimited.js";
import {
  ANNOTATION_FORMATS,
  type Annotation,
  type AnnotationFormat,
  type AnnotationTable,
  type TableDialect,
} from "./model.js";
import { rowReader } from "./rows.js";

/** How to read an annotation table. */
export interface ReadAnnotationsOptions {
  /** The format; recognised from the content when absent. */
  readonly format?: AnnotationFormat | undefined;
  /** The column that holds the labels, by name; the usual names are tried when absent. */
  readonly labelColumn?: string | undefined;
  /** Rate in Hz of tables that count in samples. Default 48000, the rate of all Opus positions. */
  readonly sampleRate?: number | undefined;
  /** How the bytes spell text; a byte order mark decides where there is one. Default `"utf-8"`. */
  readonly encoding?: TableDialect["encoding"] | undefined;
  /** Named in errors. */
  readonly path?: string | undefined;
}

/**
 * Reads an annotation table: Raven, Audacity, BirdNET-Analyzer, crowsetta generic-seq or plain CSV/TSV.
 *
 * @param path a file
 * @param options see {@link ReadAnnotationsOptions}
 * @returns the table; each row keeps its text, so that writing it again loses nothing
 * @throws {OpusZarrError} of kind `not-found` or `io` when the file cannot be read; of kind `format` with
 *   `place.line` and `place.column` when a row cannot be right; of kind `argument` for a bad option
 * @example
 * ```ts
 * const table = await readAnnotations("site1.selections.txt");
 * console.log(table.format, table.annotations[0]?.label);
 * ```
 */
export async function readAnnotations(
  path: string,
  options: ReadAnnotationsOptions = {},
): Promise<AnnotationTable> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const kind = (error as { code?: string }).code === "ENOENT" ? "not-found" : "io";
    throw new OpusZarrError(
      kind,
      `cannot read the annotation table: ${errorMessage(error)}`,
      { path },
      error,
    );
  }
  return { ...parseAnnotations(bytes, { ...options, path }), path };
}

/**
 * Reads an annotation table that is at hand as text or bytes.
 *
 * @param content the whole table
 * @param options see {@link ReadAnnotationsOptions}
 * @returns the table
 * @throws {OpusZarrError} of kind `format` with line and column; of kind `argument` for a bad option
 * @example
 * ```ts
 * const table = parseAnnotations("0.5\t1.25\tWOTH\n");
 * table.annotations[0]?.endSeconds; // 1.25
 * ```
 */
export function parseAnnotations(
  content: string | Uint8Array,
  options: ReadAnnotationsOptions = {},
): AnnotationTable {
  checkOptions(options);
  try {
    const { text, encoding } = decode(content, options.encoding);
    return readTable(parseDelimited(text, encoding), options);
  } catch (error) {
    const bare = options.path !== undefined && isOpusZarrError(error, "format");
    throw bare ? placed(error, { path: options.path }) : error;
  }
}

function checkOptions({ format, sampleRate }: ReadAnnotationsOptions): void {
  if (format !== undefined && !ANNOTATION_FORMATS.includes(format)) {
    throw argumentError("format", ANNOTATION_FORMATS.join(", "), format);
  }
  if (sampleRate !== undefined && !(Number.isFinite(sampleRate) && sampleRate > 0)) {
    throw argumentError("sampleRate", "a rate in Hz", sampleRate);
  }
}

function decode(
  content: string | Uint8Array,
  asked: TableDialect["encoding"] = "utf-8",
): { text: string; encoding: TableDialect["encoding"] } {
  if (typeof content === "string") return { text: content, encoding: asked };
  const encoding = content[0] === 0xff && content[1] === 0xfe ? "utf-16le" : asked;
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content);
    if (text.includes("\0")) throw new Error("it holds zero bytes: is it audio?");
    return { text, encoding };
  } catch (error) {
    const loose = new TextDecoder(encoding, { ignoreBOM: true }).decode(content);
    const before = loose.slice(0, Math.max(0, loose.search(/[\0\ufffd]/)));
    throw formatError(
      `not ${encoding} text (${errorMessage(error)}); name another encoding if it has one`,
      { line: before.split(/\r\n|\n|\r/).length },
      error,
    );
  }
}

function readTable(text: DelimitedText, options: ReadAnnotationsOptions): AnnotationTable {
  const format = options.format ?? recognise(text);
  if (format === "audacity" || format === "birdnet-audacity") return readLabels(text, format, options);
  const [header, ...rows] = text.rows;
  if (header === undefined)
    throw formatError("the table is empty: expected a header", { line: 1, column: "start" });
  return readRows({ columns: header.cells, rows, format, dialect: text.dialect }, options);
}

interface RowsToRead {
  readonly columns: readonly string[];
  readonly rows: readonly TextRow[];
  readonly format: AnnotationFormat;
  readonly dialect: TableDialect;
}

function readRows(table: RowsToRead, options: ReadAnnotationsOptions): AnnotationTable {
  const { columns, rows, format } = table;
  const binding = bindColumns(columns, format, options.labelColumn);
  const { read, decimal } = rowReader(table, binding, options.sampleRate);
  const annotations: Annotation[] = rows.map(read);
  const labelColumn = binding.label === undefined ? undefined : columns[binding.label];
  const { sampleRate } = options;
  return { format, columns, dialect: { ...table.dialect, decimal }, annotations, labelColumn, sampleRate };
}

/** Audacity: no header, and a row that starts with `\` belongs to the row before. */
function readLabels(
  { rows, dialect }: DelimitedText,
  format: "audacity" | "birdnet-audacity",
  options: ReadAnnotationsOptions,
): AnnotationTable {
  const columns = format === "audacity" ? AUDACITY_COLUMNS : BIRDNET_AUDACITY_COLUMNS;
  const joined: TextRow[] = [];
  for (const row of rows) {
    if (row.cells[0] !== "\\") {
      joined.push(format === "audacity" ? { ...row, cells: labelCells(row) } : row);
      continue;
    }
    const owner = joined.at(-1);
    if (owner === undefined || owner.cells.length > 3 || row.cells.length !== 3) {
      throw formatError("a frequency row needs two frequencies and a label before it", {
        line: row.line,
        column: "low",
      });
    }
    joined[joined.length - 1] = { line: owner.line, cells: [...pad(owner.cells, 3), ...row.cells.slice(1)] };
  }
  return readRows({ columns, rows: joined, format, dialect: { ...dialect, delimiter: "\t" } }, options);
}

/** Labels may hold tabs when another program wrote them; they stay part of the label. */
function labelCells({ cells }: TextRow): string[] {
  return cells.length <= 3 ? cells : [...cells.slice(0, 2), cells.slice(2).join("\t")];
}

function pad(cells: readonly string[], length: number): string[] {
  return [...cells, ...Array<string>(Math.max(0, length - cells.length)).fill("")];
}

/** The format by content: what the first row says, or that it says nothing and is numbers already. */
function recognise({ rows, dialect }: DelimitedText): AnnotationFormat {
  const [first] = rows;
  if (first === undefined) throw formatError("the table is empty", { line: 1, column: "start" });
  const [start, end, , confidence] = first.cells;
  if (start !== undefined && end !== undefined && isNumberCell(start) && isNumberCell(end)) {
    if (dialect.delimiter === "\t")
      return confidence !== undefined && isNumberCell(confidence) ? "birdnet-audacity" : "audacity";
    throw formatError("no header: the first row has numbers already", { line: first.line, column: start });
  }
  const names = first.cells.map(normalColumn);
  const has = (...wanted: string[]): boolean => wanted.every((name) => names.includes(name));
  if (has("begin time (s)") && dialect.delimiter === "\t")
    return has("species code", "common name", "confidence") ? "birdnet-raven" : "raven";
  if (has("start (s)", "end (s)", "scientific name", "common name", "confidence")) return "birdnet-csv";
  if (has("label", "notated_path", "annot_path", "sequence", "annotation")) return "generic-seq";
  return "csv";
}
