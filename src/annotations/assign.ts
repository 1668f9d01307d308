/** Which recording a row is about: by name, by clock, or not to be told. */
import type { Annotation, AnnotationTable } from "./model.js";
import {
  type ClockSpan,
  conflicting,
  type NameIndex,
  type PathPieces,
  pathPieces,
  type AnnotationTarget,
} from "./recordings.js";

/** By the row's path or name, the table's own name, the clock, or as the caller said which one is meant. */
export type MatchWay = "file" | "table" | "clock" | "named";

/** A row whose recording is known; its place on it is not yet checked. */
export interface AssignedRow {
  readonly annotation: Annotation;
  readonly facts: AnnotationTarget;
  readonly via: MatchWay;
  /** Start within the recording, where the clock tells it. */
  readonly clockSeconds?: number | undefined;
}

/** The recordings, by name and by clock. */
export interface Finder {
  readonly names: NameIndex;
  readonly spans: readonly ClockSpan[];
  readonly by: "auto" | "file" | "clock";
  /** Of rows that name no file. */
  readonly fallback: AnnotationTarget | undefined;
}

/**
 * Names in one table that lead to the same recording although their folders differ: at most one can be meant.
 * Returns those that are not, or cannot be told, with the reason.
 */
export function tiedNames(rows: readonly Annotation[], names: NameIndex): ReadonlyMap<string, string> {
  const wanted = new Map<string, WantedName[]>();
  for (const name of new Set(rows.map(({ file }) => file))) {
    if (name === undefined) continue;
    const { found, folders } = names.find(name);
    const id = found.length === 1 ? found[0]?.id : undefined;
    if (id === undefined) continue;
    wanted.set(id, [...(wanted.get(id) ?? []), { name, folders, pieces: pathPieces(name) }]);
  }
  const tied = new Map<string, string>();
  for (const [id, all] of wanted) {
    for (const one of all) {
      const rival = all.find(
        (other) => other.folders >= one.folders && conflicting(one.pieces, other.pieces),
      );
      if (rival === undefined) continue;
      const how = rival.folders > one.folders ? "better" : "as well";
      tied.set(one.name, `another file of this name fits recording ${id} ${how}: ${rival.name}`);
    }
  }
  return tied;
}

interface WantedName {
  readonly name: string;
  /** How many folders agree with the recording's. */
  readonly folders: number;
  readonly pieces: PathPieces;
}

/** What a row of one table is looked up in. */
export interface AssignContext {
  readonly table: AnnotationTable;
  readonly finder: Finder;
  readonly tied: ReadonlyMap<string, string>;
}

/** The recording of a row, or the reason why there is none. */
export function assign(annotation: Annotation, context: AssignContext): AssignedRow | string {
  const { by } = context.finder;
  if (by === "clock") return assignByClock(annotation, context.finder.spans);
  const byFile = assignByFile(annotation, context);
  if (typeof byFile !== "string") return onClock(byFile, context.finder.spans);
  if (by === "file" || annotation.clock === undefined) return byFile;
  const byClock = assignByClock(annotation, context.finder.spans);
  return typeof byClock === "string" && annotation.file !== undefined ? `${byFile}; ${byClock}` : byClock;
}

function assignByFile(annotation: Annotation, { table, finder, tied }: AssignContext): AssignedRow | string {
  const { file } = annotation;
  if (file !== undefined) {
    const why = tied.get(file);
    if (why !== undefined) return why;
    const { found } = finder.names.find(file);
    const [facts] = found;
    if (facts === undefined) return `no recording is called ${JSON.stringify(file)}`;
    if (found.length === 1) return { annotation, facts, via: "file" };
    return `${found.length} recordings fit ${JSON.stringify(file)}: ${found.map(({ id }) => id).join(", ")}`;
  }
  const named = table.path === undefined ? undefined : finder.names.findByTable(table.path);
  if (named !== undefined) return { annotation, facts: named, via: "table" };
  if (finder.fallback !== undefined) return { annotation, facts: finder.fallback, via: "named" };
  return "the row names no file, and the table's name is no recording's";
}

/** A row that is found by file but timed by clock needs the recording's own start. */
function onClock(row: AssignedRow, spans: readonly ClockSpan[]): AssignedRow | string {
  if (row.annotation.timesFrom === "file") return row;
  const span = spans.find(({ facts }) => facts === row.facts);
  const start = span === undefined ? undefined : startOnClock(row.annotation, span);
  if (start === undefined)
    return `the start time of recording ${row.facts.id} is not known in the row's zone`;
  return { ...row, clockSeconds: start };
}

function assignByClock(annotation: Annotation, spans: readonly ClockSpan[]): AssignedRow | string {
  const { clock } = annotation;
  if (clock === undefined) return "the row has no clock time";
  const found = spans.filter((span) => {
    const seconds = startOnClock(annotation, span);
    return seconds !== undefined && seconds >= 0 && seconds * 1000 < span.milliseconds;
  });
  const [span] = found;
  const when = new Date(clock.milliseconds).toISOString().slice(0, clock.zone === "utc" ? 24 : 23);
  if (span === undefined) return `no recording whose start is known was running at ${when}`;
  if (found.length > 1) {
    return `${found.length} recordings were running at ${when}: ${found.map(({ facts }) => facts.id).join(", ")}`;
  }
  return { annotation, facts: span.facts, via: "clock", clockSeconds: startOnClock(annotation, span) };
}

/** Seconds from the recording's start to the row's clock time: UTC with UTC, wall clock with wall clock. */
function startOnClock({ clock }: Annotation, span: ClockSpan): number | undefined {
  const start = clock?.zone === "utc" ? span.utc : span.local;
  return clock === undefined || start === undefined ? undefined : (clock.milliseconds - start) / 1000;
}
