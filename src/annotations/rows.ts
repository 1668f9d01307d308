/** One row of text to one annotation, checked. */
import { formatError } from "../errors.js";
import { OPUS_RATE_HZ } from "../units.js";
import { detectDecimal, parseClock, parseNumber } from "./cells.js";
import type { ColumnBinding } from "./columns.js";
import type { TextRow } from "./delimited.js";
import type { Annotation } from "./model.js";

/** A reader for the rows of one table, and the decimal sign that it found in them. */
export interface RowReader {
  readonly read: (row: TextRow) => Annotation;
  readonly decimal: "." | ",";
}

/** Cell access that knows where it is. */
interface RowContext {
  readonly row: TextRow;
  readonly binding: ColumnBinding;
  readonly columns: readonly string[];
  readonly decimal: "." | ",";
  readonly rate: number;
}

/** Makes the reader: the decimal sign is settled once, over all rows. */
export function rowReader(
  table: { readonly columns: readonly string[]; readonly rows: readonly TextRow[] },
  binding: ColumnBinding,
  sampleRate: number = OPUS_RATE_HZ,
): RowReader {
  const { start, end, duration, fileOffset, low, high, confidence } = binding;
  const numeric = [start, end, duration, fileOffset, low, high, confidence].filter(
    (index) => index !== undefined,
  );
  const decimal = detectDecimal(numberCells(table.rows, numeric));
  const read = (row: TextRow): Annotation => {
    refuseExtra(row, table.columns);
    return readRow({ row, binding, columns: table.columns, decimal, rate: sampleRate });
  };
  return { read, decimal };
}

function* numberCells(rows: readonly TextRow[], columns: readonly number[]): Iterable<string> {
  for (const { cells } of rows) {
    for (const column of columns) yield cells[column] ?? "";
  }
}

/** Cells beyond the header have no name and would be lost; empty ones only end the row. */
function refuseExtra({ cells, line }: TextRow, columns: readonly string[]): void {
  if (cells.length <= columns.length) return;
  const extra = cells.slice(columns.length).find((cell) => cell.trim() !== "");
  if (extra === undefined) return;
  throw formatError(
    `${cells.length} cells where the header has ${columns.length}: ${JSON.stringify(extra)}`,
    {
      line,
      column: `number ${columns.length + 1}`,
    },
  );
}

function readRow(context: RowContext): Annotation {
  const { row, binding } = context;
  const times = readTimes(context);
  const lowHz = optionalNumber(context, binding.low);
  const highHz = optionalNumber(context, binding.high);
  if (lowHz !== undefined && highHz !== undefined && highHz < lowHz) {
    fail(context, binding.high, `the upper frequency ${highHz} is below the lower, ${lowHz}`);
  }
  // Written out: spreading `times` here makes reading a long table three times slower.
  return {
    startSeconds: times.startSeconds,
    endSeconds: times.endSeconds,
    timesFrom: times.timesFrom,
    cumulativeStartSeconds: times.cumulativeStartSeconds,
    label: text(context, binding.label),
    lowHz,
    highHz,
    channel: optionalNumber(context, binding.channel, (cell) => /^\d+$/.test(cell)),
    confidence: optionalNumber(context, binding.confidence, (cell) => cell !== "NA"),
    file: firstText(context, binding.files),
    clock: readClock(context),
    line: row.line,
    cells: row.cells,
  };
}

type Times = Pick<Annotation, "startSeconds" | "endSeconds" | "timesFrom" | "cumulativeStartSeconds">;

function readTimes(context: RowContext): Times {
  const { binding } = context;
  const scale = binding.unit === "samples" ? context.rate : 1;
  const byClock = binding.start === undefined;
  const start = byClock ? 0 : time(context, binding.start) / scale;
  const endColumn = binding.end ?? binding.duration;
  const read = time(context, endColumn) / scale;
  const end = binding.end === undefined ? start + read : read;
  if (end < start) fail(context, endColumn, `the end ${end} is before the start ${start}`);
  const offset = byClock ? undefined : optionalNumber(context, binding.fileOffset);
  if (offset === undefined) {
    return { startSeconds: start, endSeconds: end, timesFrom: byClock ? "clock" : "file" };
  }
  if (offset < 0) fail(context, binding.fileOffset, `a time before the start of the file: ${offset}`);
  return {
    startSeconds: offset,
    endSeconds: offset === start ? end : offset + (end - start),
    timesFrom: "file",
    cumulativeStartSeconds: start,
  };
}

function readClock(context: RowContext): Annotation["clock"] {
  const column = context.binding.clock;
  const cell = text(context, column);
  if (cell === undefined) {
    if (context.binding.start === undefined)
      fail(context, column, "expected a date and time, got an empty cell");
    return undefined;
  }
  // A time column beside real starts is only a help for matching: odd spellings there are no harm.
  if (context.binding.start === undefined) return parseClock(cell, place(context, column));
  try {
    return parseClock(cell, place(context, column));
  } catch {
    return undefined;
  }
}

function time(context: RowContext, column: number | undefined): number {
  const cell = column === undefined ? undefined : context.row.cells[column];
  const value = parseNumber(cell ?? "", context.decimal, place(context, column));
  if (value < 0) fail(context, column, `a time before the start of the recording: ${value}`);
  if (!Number.isFinite(value)) fail(context, column, `a time that is too large: ${cell}`);
  return value;
}

/** An empty cell is no number; so is one that `accept` turns down. */
function optionalNumber(
  context: RowContext,
  column: number | undefined,
  accept: (cell: string) => boolean = () => true,
): number | undefined {
  const cell = text(context, column);
  if (cell === undefined || !accept(cell.trim())) return undefined;
  return parseNumber(cell, context.decimal, place(context, column));
}

/** The cell's text, undefined where it is empty or the row is too short to have it. */
function text(context: RowContext, column: number | undefined): string | undefined {
  const cell = column === undefined ? undefined : context.row.cells[column];
  return cell === undefined || cell.trim() === "" ? undefined : cell;
}

function firstText(context: RowContext, columns: readonly number[]): string | undefined {
  for (const column of columns) {
    const cell = text(context, column);
    if (cell !== undefined) return cell;
  }
  return undefined;
}

function place(context: RowContext, column: number | undefined): { line: number; column?: string } {
  const name = column === undefined ? undefined : context.columns[column];
  return name === undefined ? { line: context.row.line } : { line: context.row.line, column: name };
}

function fail(context: RowContext, column: number | undefined, message: string): never {
  throw formatError(message, place(context, column));
}
