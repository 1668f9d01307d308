/** An annotation's values into the cells of a row. */
import { OPUS_RATE_HZ } from "../units.js";
import { formatNumber } from "./cells.js";
import type { ColumnBinding } from "./columns.js";
import type { Annotation, AnnotationTable } from "./model.js";

/** Decimals of Audacity's own label files: microseconds. */
const AUDACITY_DIGITS = 6;

/** A row to bring up to date: its cells, changed in place. */
export interface RowUpdate {
  readonly row: string[];
  /** What the cells say now; undefined for a row without values yet. */
  readonly before: Annotation | undefined;
  readonly annotation: Annotation;
  readonly binding: ColumnBinding;
  readonly table: AnnotationTable;
}

/** Rewrites the cells whose value is not the annotation's. */
export function fillRow({ row, before, annotation, binding, table }: RowUpdate): void {
  const { decimal } = table.dialect;
  const digits = table.format === "audacity" ? AUDACITY_DIGITS : undefined;
  const set = (column: number | undefined, value: string | undefined): void => {
    if (column === undefined) return;
    while (row.length < column) row.push("");
    row[column] = value ?? "";
  };
  const number = (value: number | undefined): string =>
    value === undefined ? "" : formatNumber(value, decimal, digits);
  if (timesDiffer(before, annotation)) setTimes({ set, number, before, annotation, binding, table });
  if (before === undefined && annotation.timesFrom === "clock")
    set(binding.clock, clockText(annotation.clock));
  if (before?.label !== annotation.label) set(binding.label, annotation.label);
  if (before?.lowHz !== annotation.lowHz) set(binding.low, number(annotation.lowHz));
  if (before?.highHz !== annotation.highHz) set(binding.high, number(annotation.highHz));
  if (before?.channel !== annotation.channel) set(binding.channel, number(annotation.channel));
  if (before?.confidence !== annotation.confidence) set(binding.confidence, number(annotation.confidence));
  if (before?.file !== annotation.file) set(binding.files[0], annotation.file);
}

function timesDiffer(before: Annotation | undefined, now: Annotation): boolean {
  return (
    before?.startSeconds !== now.startSeconds ||
    before.endSeconds !== now.endSeconds ||
    before.cumulativeStartSeconds !== now.cumulativeStartSeconds
  );
}

interface TimesUpdate {
  readonly set: (column: number | undefined, value: string | undefined) => void;
  readonly number: (value: number | undefined) => string;
  readonly before: Annotation | undefined;
  readonly annotation: Annotation;
  readonly binding: ColumnBinding;
  readonly table: AnnotationTable;
}

/** Where a table counts through joined files, begin and end move together and the offset is the file's own. */
function setTimes({ set, number, before, annotation, binding, table }: TimesUpdate): void {
  const { startSeconds, endSeconds, cumulativeStartSeconds } = annotation;
  const scale = binding.unit === "samples" ? (table.sampleRate ?? OPUS_RATE_HZ) : 1;
  const unit = (seconds: number): string =>
    number(binding.unit === "samples" ? Math.round(seconds * scale) : seconds);
  // Moving an annotation within its file moves it as far in the joined files.
  const moved = before?.cumulativeStartSeconds === cumulativeStartSeconds ? before : undefined;
  const shift = moved === undefined ? 0 : startSeconds - moved.startSeconds;
  const joined = cumulativeStartSeconds === undefined ? undefined : cumulativeStartSeconds + shift;
  const counted = binding.fileOffset === undefined || joined === startSeconds ? undefined : joined;
  const begin = counted ?? startSeconds;
  set(binding.start, unit(begin));
  set(binding.end, unit(counted === undefined ? endSeconds : begin + (endSeconds - startSeconds)));
  set(binding.duration, number(endSeconds - startSeconds));
  set(binding.fileOffset, number(startSeconds));
}

/** ISO 8601; a wall clock of unknown zone stays without one. */
function clockText(clock: Annotation["clock"]): string {
  if (clock === undefined) return "";
  const iso = new Date(clock.milliseconds).toISOString();
  return clock.zone === "utc" ? iso : iso.slice(0, -1);
}
