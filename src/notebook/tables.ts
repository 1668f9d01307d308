/** Tables the way pandas shows them, as HTML and as text. */
import { wholeNumber } from "../units.js";
import { escapeHtml } from "./html.js";

/** What a table needs to be: a danfo DataFrame is one. */
export interface FrameLike {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  /** Row by row. */
  readonly values: unknown;
}

/** Anything that can be shown as a table: a frame, or a list of objects with the same keys. */
export type TableSource = FrameLike | readonly object[];

/** How much of a table is shown. */
export interface TableLimits {
  /** Most rows; a longer table shows its first and last ones. Default 10. */
  readonly rows?: number | undefined;
  /** Most columns; a wider table shows its first and last ones. Default 20. */
  readonly columns?: number | undefined;
}

/** The part of a table that is shown, as text; `…` stands for what is left out. */
export interface TableView {
  readonly head: readonly string[];
  readonly body: readonly { readonly index: string; readonly cells: readonly TableCell[] }[];
  /** `1,000 rows × 12 columns`. */
  readonly size: string;
}

/** One cell of a table, as it is shown. */
export interface TableCell {
  readonly text: string;
  readonly numeric: boolean;
}

/** Longest text of a cell; longer ones are cut, as pandas does. */
const MAX_CELL_CHARS = 50;
const GAP: TableCell = { text: "…", numeric: false };

/** Cuts a table down to its limits and writes out its cells. */
export function viewTable(source: TableSource, limits: TableLimits = {}): TableView {
  const frame = toFrame(source);
  const rowCount = frame.index.length;
  const rows = chosen(rowCount, wholeNumber("rows", limits.rows ?? 10, 1));
  const columns = chosen(frame.columns.length, wholeNumber("columns", limits.columns ?? 20, 1));
  const values = frame.values as readonly (readonly unknown[])[];
  const body = rows.map((row) => {
    if (row === null) return { index: "…", cells: columns.map(() => GAP) };
    // A frame of one column may keep plain values instead of rows.
    const cells = Array.isArray(values[row]) ? (values[row] as readonly unknown[]) : [values[row]];
    return {
      index: String(frame.index[row] ?? row),
      cells: columns.map((column) => (column === null ? GAP : cellOf(cells[column]))),
    };
  });
  const head = columns.map((column) => (column === null ? "…" : String(frame.columns[column])));
  const size = `${counted(rowCount, "row")} × ${counted(frame.columns.length, "column")}`;
  return { head, body, size };
}

function toFrame(source: TableSource): FrameLike {
  if (!isList(source)) return source;
  const columns = [...new Set(source.flatMap((row) => Object.keys(row)))];
  return {
    columns,
    index: source.map((_, i) => i),
    values: source.map((row) => columns.map((column) => (row as Readonly<Record<string, unknown>>)[column])),
  };
}

function isList(source: TableSource): source is readonly object[] {
  return Array.isArray(source);
}

/** Positions shown of `count`; null for the gap between the first and the last ones. */
function chosen(count: number, most: number): readonly (number | null)[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const first = Math.ceil(most / 2);
  const last = most - first;
  return [
    ...Array.from({ length: first }, (_, i) => i),
    null,
    ...Array.from({ length: last }, (_, i) => count - last + i),
  ];
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

function cellOf(value: unknown): TableCell {
  if (typeof value === "number") return { text: numberText(value), numeric: true };
  if (typeof value === "bigint") return { text: String(value), numeric: true };
  const text = typeof value === "object" && value !== null ? objectText(value) : String(value ?? "");
  const chars = Array.from(text);
  return {
    text: chars.length > MAX_CELL_CHARS ? `${chars.slice(0, MAX_CELL_CHARS - 1).join("")}…` : text,
    numeric: false,
  };
}

function objectText(value: object): string {
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? "";
}

/** Whole numbers in full, others with six digits that count. */
function numberText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

const TABLE_STYLE = "border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums";
const CELL_STYLE = "padding:3px 9px;border-bottom:1px solid #8884;white-space:pre;text-align:";

/** A table as HTML; every name and value is escaped. */
export function tableHtml(source: TableSource, limits: TableLimits = {}): string {
  const { head, body, size } = viewTable(source, limits);
  const numeric = head.map((_, i) => body.some(({ cells }) => cells[i]?.numeric === true));
  const side = (i: number): string => `${CELL_STYLE}${numeric[i] ? "right" : "left"}`;
  const names = head.map((name, i) => `<th style="${side(i)}">${escapeHtml(name)}</th>`).join("");
  const rows = body.map(({ index, cells }) => {
    const row = cells.map(({ text }, i) => `<td style="${side(i)}">${escapeHtml(text)}</td>`).join("");
    return `<tr><th style="${CELL_STYLE}right">${escapeHtml(index)}</th>${row}</tr>`;
  });
  return `<div class="opus-zarr-table" style="overflow-x:auto"><table style="${TABLE_STYLE}">
<thead><tr><th style="${CELL_STYLE}right"></th>${names}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>
<p style="margin:4px 0;opacity:.7">${size}</p></div>`;
}

/** A table as text, for a terminal. */
export function tableText(source: TableSource, limits: TableLimits = {}): string {
  const { head, body, size } = viewTable(source, limits);
  const lines = [
    ["", ...head],
    ...body.map(({ index, cells }) => [index, ...cells.map((cell) => cell.text)]),
  ].map((line) => line.map(printable));
  const widths = ["", ...head].map((_, i) =>
    Math.max(...lines.map((line) => Array.from(line[i] ?? "").length)),
  );
  const numeric = ["", ...head].map(
    (_, i) => i === 0 || body.some(({ cells }) => cells[i - 1]?.numeric === true),
  );
  const text = lines.map((line) =>
    line
      .map((cell, i) => {
        const room = " ".repeat((widths[i] ?? 0) - Array.from(cell).length);
        return numeric[i] ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n${size}`;
}

/** A tag may hold control characters; a terminal would obey them. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "�");
}
