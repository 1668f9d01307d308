/** Rows of tables to stretches of recordings; what fits nowhere is listed with the reason. */
import { argumentError } from "../errors.js";
import { type AssignedRow, assign, type Finder, type MatchWay, tiedNames } from "./assign.js";
import { JOINT_TOLERANCE_SECONDS, joinedOffsets } from "./joined.js";
import type { Annotation, AnnotationTable } from "./model.js";
import { distinctRows } from "./views.js";
import { clockSpan, NameIndex, type AnnotationTarget } from "./recordings.js";

/** How rows find their recordings. */
export interface MatchOptions {
  /**
   * `file`: by the path or name in the row, or the table's own name.
   * `clock`: by the clock time in the row. `auto` (default): by file where the row or table names one that is
   * there, else by clock.
   */
  readonly by?: "auto" | "file" | "clock" | undefined;
  /**
   * What begin times count in tables of several files without a file offset: `file` from each file's start,
   * `cumulative` through all files, in the order in which rows first name them. `auto` (default): `cumulative` in
   * Raven tables whose rows lie inside their recordings only so, else `file`; the report tells which tables.
   */
  readonly joined?: "auto" | "file" | "cumulative" | undefined;
  /** Id of the recording that rows are about which name no file, in tables whose own name is no recording's. */
  readonly recording?: string | undefined;
}

/** An annotation on its recording, in whole samples. */
export interface MatchedAnnotation {
  readonly recording: string;
  /** First sample, in the recording's own rate. */
  readonly startSample: number;
  /** One past the last sample; equal to the start for a point label. */
  readonly endSample: number;
  readonly label?: string | undefined;
  /** How the recording was found. */
  readonly via: MatchWay;
  /** The annotation reached beyond the recording's end and was cut there. */
  readonly clipped: boolean;
  readonly annotation: Annotation;
  /** Which of the tables it is from. */
  readonly table: number;
}

/** An annotation that has no place. */
export interface UnmatchedAnnotation {
  readonly annotation: Annotation;
  readonly table: number;
  /** Path of the table, where known. */
  readonly path?: string | undefined;
  readonly reason: string;
}

/** Every row of the tables, on one list or the other. */
export interface MatchReport {
  /** In the order of tables and rows. */
  readonly matched: readonly MatchedAnnotation[];
  readonly unmatched: readonly UnmatchedAnnotation[];
  /** Raven writes a selection once a view: rows that only repeat another. */
  readonly repeatedViews: number;
  /** Tables whose begin times were found to count through joined files, by position. */
  readonly cumulativeTables: readonly number[];
}

/**
 * Matches annotations to recordings by file name, path or clock time.
 *
 * Paths are compared from the file outwards, without extension and case, so `D:\data\site1\a.WAV` finds
 * `site1/a.opus`; where two recordings fit equally well, the row is unmatched and says so.
 *
 * @param tables annotation tables
 * @param recordings all that may be meant; an archive's recordings
 * @param options see {@link MatchOptions}
 * @returns every row of the tables: matched, in samples of the recording, or unmatched with the reason
 * @throws {OpusZarrError} of kind `argument` for a bad option
 * @example
 * ```ts
 * const { recordings } = await openRecordings(archive);
 * const { matched, unmatched } = matchAnnotations([await readAnnotations("a.raven.txt")], recordings);
 * ```
 */
export function matchAnnotations(
  tables: readonly AnnotationTable[],
  recordings: readonly AnnotationTarget[],
  options: MatchOptions = {},
): MatchReport {
  const { by = "auto", joined = "auto" } = options;
  if (!["auto", "file", "clock"].includes(by)) throw argumentError("by", '"auto", "file" or "clock"', by);
  if (!["auto", "file", "cumulative"].includes(joined)) {
    throw argumentError("joined", '"auto", "file" or "cumulative"', joined);
  }
  const finder: Finder = {
    names: new NameIndex(recordings),
    spans: recordings.map(clockSpan).filter((span) => span !== undefined),
    by,
    fallback: options.recording === undefined ? undefined : namedRecording(options.recording, recordings),
  };
  const results = tables.map((table, index) => matchTable({ table, index, finder, joined }));
  return {
    matched: results.flatMap(({ matched }) => matched),
    unmatched: results.flatMap(({ unmatched }) => unmatched),
    repeatedViews: results.reduce((sum, { repeated }) => sum + repeated, 0),
    cumulativeTables: results.flatMap(({ cumulative }, index) => (cumulative ? [index] : [])),
  };
}

function namedRecording(id: string, recordings: readonly AnnotationTarget[]): AnnotationTarget {
  const found = recordings.find((recording) => recording.id === id);
  if (found !== undefined) return found;
  const ids = recordings.slice(0, 20).map((recording) => recording.id);
  throw argumentError("recording", `one of the recordings (${ids.join(", ")})`, id);
}

interface TableQuestion {
  readonly table: AnnotationTable;
  readonly index: number;
  readonly finder: Finder;
  readonly joined: "auto" | "file" | "cumulative";
}

interface TableMatch {
  readonly matched: readonly MatchedAnnotation[];
  readonly unmatched: readonly UnmatchedAnnotation[];
  readonly repeated: number;
  readonly cumulative: boolean;
}

function matchTable({ table, index, finder, joined }: TableQuestion): TableMatch {
  const { rows, repeated } = distinctRows(table);
  const tied = tiedNames(rows, finder.names);
  const assigned = rows.map((annotation) => assign(annotation, { table, finder, tied }));
  const found = assigned.filter((row) => typeof row !== "string");
  const counts = joined === "auto" && !table.format.endsWith("raven") ? "file" : joined;
  const offsets = joinedOffsets(found, counts);
  const matched: MatchedAnnotation[] = [];
  const unmatched: UnmatchedAnnotation[] = [];
  for (const [i, annotation] of rows.entries()) {
    const row = assigned[i] as AssignedRow | string;
    const result = typeof row === "string" ? row : place(row, { offsets, index });
    if (typeof result === "string") {
      unmatched.push({ annotation, table: index, path: table.path, reason: result });
    } else {
      matched.push(result);
    }
  }
  return { matched, unmatched, repeated, cumulative: offsets !== undefined };
}

interface PlaceContext {
  /** Seconds to take off the begin times of each recording's rows, in a cumulative table. */
  readonly offsets: ReadonlyMap<string, number> | undefined;
  readonly index: number;
}

/** The row in samples of its recording, or the reason why it does not lie on it. */
function place(row: AssignedRow, { offsets, index }: PlaceContext): MatchedAnnotation | string {
  const { annotation, facts, clockSeconds } = row;
  const seconds = annotation.endSeconds - annotation.startSeconds;
  const shift = clockSeconds === undefined ? (offsets?.get(facts.id) ?? 0) : 0;
  const start = clockSeconds ?? annotation.startSeconds - shift;
  const early = shift > 0 && start < 0 && start >= -JOINT_TOLERANCE_SECONDS;
  const startSample = early ? 0 : Math.round(start * facts.sampleRate);
  const exactEnd = shift === 0 && clockSeconds === undefined ? annotation.endSeconds : start + seconds;
  const endSample = Math.round(exactEnd * facts.sampleRate);
  const length = `${facts.totalSamples / facts.sampleRate} s long`;
  if (startSample < 0) return `starts ${-start} s before recording ${facts.id}`;
  if (startSample > facts.totalSamples || (startSample === facts.totalSamples && endSample > startSample)) {
    return `starts at ${start} s, but recording ${facts.id} is ${length}`;
  }
  return {
    recording: facts.id,
    startSample,
    endSample: Math.min(endSample, facts.totalSamples),
    label: annotation.label,
    via: row.via,
    clipped: endSample > facts.totalSamples,
    annotation,
    table: index,
  };
}
