/** A table in another format: what both can say is kept, what the other cannot hold is named. */
import { argumentError } from "../errors.js";
import { bindColumns, type ColumnBinding } from "./columns.js";
import { oneLine } from "./delimited.js";
import { fillRow } from "./fill.js";
import {
  ANNOTATION_FORMATS,
  type Annotation,
  type AnnotationFormat,
  type AnnotationTable,
  type TableDialect,
} from "./model.js";
import {
  type FreeColumn,
  keepsFree,
  LABEL_COLUMNS,
  ownColumns,
  same,
  type Uses,
  usesOf,
} from "./own-columns.js";
import { rowReader } from "./rows.js";

/** A converted table. */
export interface ConvertedAnnotations {
  readonly table: AnnotationTable;
  /** Columns and properties that the format has no place for. */
  readonly lost: readonly string[];
}

const TABS: TableDialect = {
  delimiter: "\t",
  newline: "\n",
  bom: false,
  finalNewline: true,
  quoting: "none",
  decimal: ".",
  encoding: "utf-8",
};
const COMMAS: TableDialect = { ...TABS, delimiter: ",", quoting: "minimal" };

/**
 * Makes a table from annotations that come from no table.
 *
 * @param annotations in the order of the rows
 * @param format what to make
 * @returns a table for {@link formatAnnotations} or {@link writeAnnotations}
 * @throws {OpusZarrError} of kind `argument` for an unknown format, or clock times that the format cannot hold
 * @example
 * ```ts
 * const table = annotationTable([{ startSeconds: 0, endSeconds: 3, label: "WOTH" }], "raven");
 * ```
 */
export function annotationTable(
  annotations: readonly (Pick<Annotation, "startSeconds" | "endSeconds"> & Partial<Annotation>)[],
  format: AnnotationFormat,
): AnnotationTable {
  const source: AnnotationTable = {
    format: "csv",
    columns: [],
    dialect: COMMAS,
    annotations: annotations.map((row) => ({ timesFrom: "file", line: 0, cells: [], ...row })),
  };
  return build(source, format, []).table;
}

/**
 * Converts a table to another format.
 *
 * @param table any table
 * @param format the format to make
 * @returns the new table, and what it could not keep
 * @throws {OpusZarrError} of kind `argument` for an unknown format, or clock times that the format cannot hold
 * @example
 * ```ts
 * const { table: labels, lost } = convertAnnotations(table, "audacity");
 * ```
 */
export function convertAnnotations(table: AnnotationTable, format: AnnotationFormat): ConvertedAnnotations {
  if (table.format === format) return { table, lost: [] };
  const binding = bindColumns(table.columns, table.format, table.labelColumn);
  // Its one text among the indices, the unit, is no column.
  const bound = new Set<unknown>(Object.values(binding).flat());
  const free = table.columns.map((name, index) => ({ name, index })).filter(({ index }) => !bound.has(index));
  return build(table, format, free);
}

function build(
  table: AnnotationTable,
  format: AnnotationFormat,
  free: readonly FreeColumn[],
): ConvertedAnnotations {
  if (!ANNOTATION_FORMATS.includes(format))
    throw argumentError("format", ANNOTATION_FORMATS.join(", "), format);
  if (format !== "csv" && table.annotations.some((row) => row.timesFrom === "clock")) {
    throw argumentError("format", '"csv" for annotations whose start is a clock time', format);
  }
  const uses = usesOf(table.annotations);
  const own = ownColumns(format, { uses, free, clock: table.annotations[0]?.timesFrom === "clock" });
  const extras = keepsFree(format)
    ? free.filter(({ name }) => !own.some((column) => same(column, name)))
    : [];
  const columns = [...own, ...extras.map(({ name }) => name)];
  const labelColumn = own.find((name) => LABEL_COLUMNS.includes(name));
  const binding = bindColumns(columns, format, labelColumn);
  const dialect = format.endsWith("audacity") || format.endsWith("raven") ? TABS : COMMAS;
  const bare: AnnotationTable = { format, columns, dialect, annotations: [], labelColumn, path: table.path };
  const files = fileOrder(table.annotations);
  const { read } = rowReader({ columns, rows: [] }, binding);
  const annotations = table.annotations.map((row, index) => {
    const fresh = freshCells({ own, free, row, index, path: table.path, files });
    const cells = [...fresh, ...extras.map((extra) => row.cells[extra.index] ?? "")];
    fillRow({ row: cells, before: undefined, annotation: row, binding, table: bare });
    if (format.endsWith("audacity") && cells.slice(3).every((cell) => cell === "")) cells.length = 3;
    return read({ cells: cells.map(dialect.quoting === "none" ? oneLine : (cell) => cell), line: index + 2 });
  });
  return { table: { ...bare, annotations }, lost: lostOf({ own, free, extras, uses, binding }) };
}

interface FreshRow {
  readonly own: readonly string[];
  readonly free: readonly FreeColumn[];
  readonly row: Annotation;
  readonly index: number;
  readonly path: string | undefined;
  readonly files: ReadonlyMap<string | undefined, number>;
}

/** The cells that do not follow from what the annotation means: taken over, constant, or still empty. */
function freshCells({ own, free, row, index, path, files }: FreshRow): string[] {
  return own.map((name) => {
    const reused = free.find((column) => same(column.name, name));
    const kept = reused === undefined ? undefined : row.cells[reused.index];
    if (kept !== undefined) return kept;
    if (name === "Selection") return String(index + 1);
    if (name === "View") return "Spectrogram 1";
    if (name === "Channel") return "1";
    if (name === "annot_path") return path ?? "None";
    if (name === "sequence") return "0";
    if (name === "annotation") return String(files.get(row.file) ?? 0);
    return name === "notated_path" && row.file === undefined ? "None" : "";
  });
}

/** Files numbered as they first appear. */
function fileOrder(rows: readonly Annotation[]): Map<string | undefined, number> {
  const order = new Map<string | undefined, number>();
  for (const { file } of rows) if (!order.has(file)) order.set(file, order.size);
  return order;
}

interface LossQuestion {
  readonly own: readonly string[];
  readonly free: readonly FreeColumn[];
  readonly extras: readonly FreeColumn[];
  readonly uses: Uses;
  readonly binding: ColumnBinding;
}

/** What the new columns have no place for, by the old column's name or by what it means. */
function lostOf({ own, free, extras, uses, binding }: LossQuestion): string[] {
  const lost = free.filter(
    (column) => !extras.includes(column) && !own.some((name) => same(name, column.name)),
  );
  const missing: string[] = [];
  if (uses.file && binding.files.length === 0) missing.push("the file");
  if (uses.low && binding.low === undefined) missing.push("frequencies");
  if (uses.channel && binding.channel === undefined) missing.push("the channel");
  if (uses.confidence && binding.confidence === undefined) missing.push("the confidence");
  return [...lost.map(({ name }) => name), ...missing];
}
