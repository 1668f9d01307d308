/** Delimited text to rows with line numbers and back, through csv-parse and csv-stringify. */
import { type CsvError, type InfoRecord, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { errorMessage, formatError } from "../errors.js";
import type { TableDialect } from "./model.js";

/** One row of text and the line it starts on, from 1. */
export interface TextRow {
  readonly cells: string[];
  readonly line: number;
}

/** Rows and how they were spelled; `decimal` is settled later, by the numbers. */
export interface DelimitedText {
  readonly rows: readonly TextRow[];
  readonly dialect: TableDialect;
}

/** A byte order mark, decoded. */
const BOM = "\ufeff";

/**
 * Splits a table into rows, keeping line numbers and the spelling.
 *
 * Tables with tabs mostly come from programs that never quote (Raven, Audacity), so there a quote is taken as one
 * only where the whole table is quoted properly; in CSV a stray quote is an error with its line.
 */
export function parseDelimited(text: string, encoding: TableDialect["encoding"]): DelimitedText {
  const bom = text.startsWith(BOM);
  const body = bom ? text.slice(1) : text;
  const dialect: TableDialect = {
    delimiter: detectDelimiter(firstLine(body)),
    newline: (/\r\n|\n|\r/.exec(body)?.[0] ?? "\n") as TableDialect["newline"],
    bom,
    finalNewline: /[\r\n]$/.test(body),
    quoting: "minimal",
    decimal: ".",
    encoding,
  };
  const { rows, quoting } =
    dialect.delimiter === "\t" ? parseTabs(body, dialect) : parseQuoted(body, dialect);
  return { rows, dialect: { ...dialect, quoting: quoting ?? "minimal" } };
}

/** Rows back to text in the dialect's spelling. */
export function formatDelimited(rows: readonly (readonly string[])[], dialect: TableDialect): string {
  return (dialect.bom ? BOM : "") + spell(rows, dialect);
}

/** What `quoting: "text"` quotes, beside cells that need it: everything that is no number. */
const NO_NUMBER = /^(?!-?[\d.,]+(?:e[+-]?\d+)?$)(?!NA$)/i;

function spell(rows: readonly (readonly string[])[], dialect: TableDialect): string {
  const plain = dialect.quoting === "none";
  return stringify(plain ? rows.map((row) => row.map(oneLine)) : (rows as string[][]), {
    delimiter: dialect.delimiter,
    record_delimiter: dialect.newline,
    quote: plain ? false : '"',
    quoted: dialect.quoting === "all",
    quoted_empty: dialect.quoting === "all" || dialect.quoting === "text",
    // A cell with a lone carriage return would be split when read again.
    quoted_match: plain ? null : dialect.quoting === "text" ? NO_NUMBER : /\r|\n/,
    eof: dialect.finalNewline,
  });
}

/** Tabs and line breaks cannot be told in a table without quotes: each becomes a space. */
export function oneLine(cell: string): string {
  return /[\t\r\n]/.test(cell) ? cell.replace(/[\t\r\n]+/g, " ") : cell;
}

function firstLine(body: string): string {
  return /[^\r\n]+/.exec(body)?.[0] ?? "";
}

/** Tabs win, as labels and headers hold commas; then whichever of semicolon and comma is more frequent. */
function detectDelimiter(header: string): TableDialect["delimiter"] {
  if (header.includes("\t")) return "\t";
  const bare = header.replace(/"(?:[^"]|"")*"/g, "");
  const count = (sign: string): number => bare.split(sign).length - 1;
  return count(";") > count(",") ? ";" : ",";
}

interface QuotedRows {
  readonly rows: TextRow[];
  /** The rule by which the cells are quoted; undefined when it is none that we know. */
  readonly quoting: TableDialect["quoting"] | undefined;
}

function parseTabs(body: string, dialect: TableDialect): QuotedRows {
  if (body.includes('"')) {
    try {
      const quoted = parseQuoted(body, dialect);
      const width = quoted.rows[0]?.cells.length ?? 0;
      // Two stray quotes can frame the end of one row and the start of the next: that is no cell.
      const framed = (cell: string): boolean => cell.includes("\t") && /[\r\n]/.test(cell);
      const sound = quoted.rows.every(({ cells }) => cells.length <= width && !cells.some(framed));
      if (sound && (quoted.quoting !== undefined || body.startsWith('"'))) return quoted;
    } catch {
      // Not quoted throughout: the quotes are letters, as in Raven.
    }
  }
  return { rows: run(body, "\t", false), quoting: "none" };
}

function parseQuoted(body: string, dialect: TableDialect): QuotedRows {
  const rows = run(body, dialect.delimiter, true);
  if (!body.includes('"')) return { rows, quoting: "minimal" };
  const cells = rows.map((row) => row.cells);
  // What does not come out the same is at least written as every reader expects it.
  const quoting = (["minimal", "text", "all"] as const).find(
    (rule) => spell(cells, { ...dialect, quoting: rule }) === body,
  );
  return { rows, quoting };
}

function run(body: string, delimiter: string, quotes: boolean): TextRow[] {
  const rows: TextRow[] = [];
  let lastLine = 0;
  try {
    parse(body, {
      delimiter,
      quote: quotes ? '"' : null,
      escape: quotes ? '"' : null,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      record_delimiter: lineBreaks(body),
      on_record: (cells: string[], info: InfoRecord): null => {
        lastLine = info.lines;
        rows.push({ cells, line: quotes ? info.lines - breaksIn(cells) : info.lines });
        return null;
      },
    });
    return rows;
  } catch (error) {
    const { code, lines, column } = error as CsvError & { lines?: number; column?: number };
    // An open quote swallows the rest of the table: what helps is where it opened.
    const line = code === "CSV_QUOTE_NOT_CLOSED" ? lastLine + 1 : lines;
    const place = { line, column: column === undefined ? undefined : `number ${column + 1}` };
    throw formatError(`not a well-formed table: ${errorMessage(error)}`, place, error);
  }
}

/** Every kind of line break the text has: looking for one kind alone is faster. */
function lineBreaks(body: string): string[] {
  const single = body.replaceAll("\r\n", "");
  const kinds = [body.includes("\r\n") ? "\r\n" : "", single.includes("\n") ? "\n" : ""];
  if (single.includes("\r")) kinds.push("\r");
  const found = kinds.filter((kind) => kind !== "");
  return found.length === 0 ? ["\n"] : found;
}

/** csv-parse counts lines where a record ends; a row is named by where it starts. */
function breaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
}
