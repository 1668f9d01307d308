/** What keeps windows together when a dataset is split: recorder, site, day, file, or any metadata or column. */
import type { MatchedAnnotation } from "../annotations/match.js";
import { type AnnotationTarget, clockSpan } from "../annotations/recordings.js";
import { argumentError } from "../errors.js";
import { byText } from "./labels.js";

/** What a dataset needs to know of a recording; an archive's `Recording` is one. */
export interface DatasetRecording extends AnnotationTarget {
  readonly channels: number;
  readonly attributes: AnnotationTarget["attributes"] & {
    readonly source: { readonly name: string; readonly sha256: string };
    readonly user: Readonly<Record<string, unknown>>;
    readonly recorder: Readonly<Record<string, unknown>> | null;
    readonly tags: Readonly<Record<string, unknown>>;
  };
}

/** Values of one column of the annotation tables, by recording. */
export type ColumnValues = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The group of every recording.
 *
 * @param by `file`, `recorder` (serial number), `site`, `day` (of the recorder's own clock, else UTC), or the name of
 *   a metadata field (user's, recorder's, tags) or of a column of the tables that has one value a recording
 * @returns recording id → group; recordings of one content (sha256) share a group
 * @throws {OpusZarrError} of kind `argument` when a recording has no such value, naming what there is instead
 */
export function recordingGroups(
  recordings: readonly DatasetRecording[],
  by: string,
  columns: ColumnValues,
): ReadonlyMap<string, string> {
  const values = recordings.map((recording) => groupValue(recording, by, columns));
  const missing = recordings.filter((_, i) => values[i] === undefined);
  if (missing.length > 0) throw missingGroup(by, { missing, recordings });
  const names = new Map(recordings.map(({ id }, i) => [id, values[i] as string]));
  return withTwins(recordings, names);
}

/** One column of the tables, by recording; empty when no table has it. */
export function columnValues(
  matched: readonly MatchedAnnotation[],
  columnOf: (table: number) => number,
): ColumnValues {
  const values = new Map<string, Set<string>>();
  for (const { recording, annotation, table } of matched) {
    const cell = annotation.cells[columnOf(table)]?.trim();
    if (cell === undefined || cell === "") continue;
    const known = values.get(recording) ?? new Set();
    values.set(recording, known.add(cell));
  }
  return values;
}

function groupValue(recording: DatasetRecording, by: string, columns: ColumnValues): string | undefined {
  if (by === "file") return recording.id;
  if (by === "day") return dayOf(recording) ?? columnValue(recording, by, columns);
  const { user, recorder, tags } = recording.attributes;
  const key = by === "recorder" ? "serial" : by;
  const found = [user[by], recorder?.[key], tags[by], tags[key]].find(isValue);
  if (found !== undefined) return String(found);
  return columnValue(recording, by, columns);
}

function isValue(value: unknown): value is string | number | boolean {
  return (
    (typeof value === "string" && value.trim() !== "") ||
    typeof value === "number" ||
    typeof value === "boolean"
  );
}

function columnValue({ id }: DatasetRecording, by: string, columns: ColumnValues): string | undefined {
  const values = columns.get(id);
  if (values === undefined) return undefined;
  if (values.size === 1) return [...values][0];
  const shown = [...values].sort(byText).slice(0, 5).join(", ");
  throw argumentError(
    "split",
    `one value of "${by}" a recording; recording ${id} has ${values.size} (${shown})`,
    by,
  );
}

/** The day by the recorder's clock; by UTC where its zone is not known. */
function dayOf(recording: DatasetRecording): string | undefined {
  const span = clockSpan(recording);
  const start = span?.local ?? span?.utc;
  return start === undefined || Number.isNaN(start) ? undefined : new Date(start).toISOString().slice(0, 10);
}

/** A recording that is there twice under two names must not stand in two splits. */
function withTwins(
  recordings: readonly DatasetRecording[],
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  const root = (name: string): string => {
    const parent = parents.get(name);
    return parent === undefined ? name : root(parent);
  };
  const owners = new Map<string, string>();
  for (const { id, attributes } of recordings) {
    const name = root(names.get(id) as string);
    const owner = owners.get(attributes.source.sha256);
    owners.set(attributes.source.sha256, owner ?? name);
    if (owner !== undefined && root(owner) !== name) parents.set(name, root(owner));
  }
  return new Map([...names].map(([id, name]) => [id, root(name)]));
}

interface MissingGroup {
  readonly missing: readonly DatasetRecording[];
  readonly recordings: readonly DatasetRecording[];
}

function missingGroup(by: string, { missing, recordings }: MissingGroup): Error {
  const shown = missing.slice(0, 3).map(({ id }) => id);
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
  const fields = new Set<string>(["file"]);
  for (const { attributes } of recordings) {
    if (attributes.start_time !== null) fields.add("day");
    for (const part of [attributes.user, attributes.recorder ?? {}, attributes.tags]) {
      for (const [key, value] of Object.entries(part)) if (isValue(value)) fields.add(key);
    }
  }
  return argumentError(
    "split",
    `something that every recording has; ${shown.join(", ")}${more} (of ${recordings.length}) ha${missing.length === 1 ? "s" : "ve"} no "${by}". Their metadata has: ${[...fields].slice(0, 20).join(", ")}`,
    by,
  );
}
