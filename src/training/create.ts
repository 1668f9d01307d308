/** From an archive and annotation tables to a dataset on disk, in one call. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { normalColumn } from "../annotations/columns.js";
import {
  type MatchOptions,
  type MatchReport,
  matchAnnotations,
  type UnmatchedAnnotation,
} from "../annotations/match.js";
import type { AnnotationTable } from "../annotations/model.js";
import { type ReadAnnotationsOptions, readAnnotations } from "../annotations/read.js";
import { unmatchedReasons } from "../annotations/unmatched.js";
import { formatAnnotations } from "../annotations/write.js";
import type { Archive } from "../archive/open.js";
import { type DamagedRecording, type OpenedRecordings, openRecordings } from "../archive/open-each.js";
import { mapMany } from "../archive/many.js";
import { argumentError, OpusZarrError } from "../errors.js";
import { oneOf } from "../units.js";
import { backgroundRule } from "./background.js";
import { type ColumnValues, columnValues } from "./groups.js";
import { labelRule } from "./labels.js";
import type { DatasetPlanOptions } from "./model.js";
import { listed, planDataset } from "./plan.js";
import type { WriteDatasetOptions } from "./settings.js";
import { archiveStream } from "./rows.js";
import { noteDataset } from "./shard.js";
import { type DatasetReport, writeStream } from "./write.js";

/** A dataset, from tables to files. */
export interface CreateDatasetOptions extends DatasetPlanOptions, Omit<WriteDatasetOptions, "about"> {
  /** Folder of the dataset. */
  readonly out: string;
  /** Annotation tables: paths, or tables that are at hand. */
  readonly annotations?: readonly (string | AnnotationTable)[] | undefined;
  /** How tables are read. */
  readonly read?: Omit<ReadAnnotationsOptions, "path"> | undefined;
  /** How rows find their recordings. */
  readonly match?: MatchOptions | undefined;
  /** Ids of the recordings to use; all of the archive when absent. */
  readonly recordings?: readonly string[] | undefined;
  /** What happens to rows that match no recording: `error` (default), or `list` them and go on. */
  readonly unmatched?: "error" | "list" | undefined;
}

/** What was made, and of what. */
export interface CreatedDataset extends DatasetReport {
  readonly annotations: number;
  readonly unmatched: readonly UnmatchedAnnotation[];
  /** Names of tables whose begin times were taken to count through joined files. */
  readonly cumulativeTables: readonly string[];
  readonly unannotated: readonly string[];
  /** Recordings of the archive that were left out, for they cannot be opened. */
  readonly damaged: readonly DamagedRecording[];
}

/**
 * Makes a training dataset: reads tables, matches them to recordings, lays windows, labels and splits them, and
 * writes audio or spectrograms with all that is needed to make the same again.
 *
 * @param archive where the recordings are
 * @param options what goes in, and how it is written
 * @returns what was written
 * @throws {OpusZarrError} as `readAnnotations`, `planDataset` and `writeDataset`; of kind `not-found` when rows match no
 *   recording, naming them and the recordings there are
 * @example
 * ```ts
 * const report = await createDataset(await openArchive("birds.zarr"), {
 *   annotations: ["site1.raven.txt"],
 *   windowSeconds: 3,
 *   split: { by: "site", fractions: { train: 0.8, validation: 0.1, test: 0.1 } },
 *   out: "clips",
 * });
 * ```
 */
export async function createDataset(
  archive: Archive,
  options: CreateDatasetOptions,
): Promise<CreatedDataset> {
  const tables = await Promise.all(
    (options.annotations ?? []).map((table) => readTable(table, options.read)),
  );
  const { recordings, damaged } = await wantedRecordings(archive, options.recordings);
  const match = matchAnnotations(
    tables.map(({ table }) => table),
    recordings,
    options.match,
  );
  refuseUnmatched(match, { recordings, damaged }, options);
  const columns = splitColumn(tables, match, options);
  const plan = planDataset({ recordings, annotations: match.matched, columns }, options);
  const about = { options: aboutOptions(options), annotations: aboutAnnotations(tables, match) };
  const report = await writeStream(
    {
      plan,
      recordings: new Map(recordings.map((recording) => [recording.id, recording])),
      stream: archiveStream(archive),
      note: (shard, fingerprint) => noteDataset(archive, options, { shard, fingerprint }),
    },
    { ...options, about },
  );
  return {
    ...report,
    annotations: match.matched.length,
    unmatched: match.unmatched,
    cumulativeTables: match.cumulativeTables.map((index) => tables[index]?.name ?? ""),
    unannotated: plan.unannotated,
    damaged,
  };
}

interface NamedTable {
  readonly table: AnnotationTable;
  readonly name: string;
  readonly sha256: string;
}

async function readTable(
  source: string | AnnotationTable,
  options: CreateDatasetOptions["read"],
): Promise<NamedTable> {
  const digest = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
  if (typeof source !== "string") {
    const name = source.path === undefined ? "(table)" : basename(source.path);
    return { table: source, name, sha256: digest(formatAnnotations(source)) };
  }
  const table = await readAnnotations(source, options);
  return { table, name: basename(source), sha256: digest(await readFile(source)) };
}

/** The recordings that were named; or all of the archive, of which some may be damaged. */
async function wantedRecordings(
  archive: Archive,
  ids: readonly string[] | undefined,
): Promise<OpenedRecordings> {
  const opened =
    ids === undefined
      ? await openRecordings(archive)
      : { recordings: await mapMany([...new Set(ids)], (id) => archive.recording(id)), damaged: [] };
  if (opened.recordings.length === 0) {
    const what = ids === undefined ? "recordings in the archive" : "ids, or nothing for all";
    throw argumentError("recordings", what, opened.damaged[0]?.error ?? "none");
  }
  return opened;
}

function refuseUnmatched(
  { matched, unmatched }: MatchReport,
  { recordings, damaged }: OpenedRecordings,
  options: CreateDatasetOptions,
): void {
  const wanted = oneOf("unmatched", options.unmatched ?? "error", ["error", "list"]);
  if (wanted === "list" || unmatched.length === 0) return;
  const unread = damaged.length === 0 ? "" : ` Damaged: ${listed(damaged.map(({ id }) => id))}.`;
  throw new OpusZarrError(
    "not-found",
    `${unmatched.length} of ${unmatched.length + matched.length} annotations match no recording: ` +
      `${unmatchedReasons(unmatched)}. ` +
      `The recordings are: ${listed(recordings.map(({ id }) => id))}.${unread} ` +
      "Say which one a table is about that names none (match.recording, --about), or go on without these rows " +
      '(unmatched "list", --allow-unmatched)',
  );
}

/** Values of the column that the split goes by, from whichever tables have it. */
function splitColumn(
  tables: readonly NamedTable[],
  { matched }: MatchReport,
  { split }: CreateDatasetOptions,
): ColumnValues {
  if (split === undefined) return new Map();
  const wanted = normalColumn(split.by);
  const indices = tables.map(({ table }) => table.columns.findIndex((name) => normalColumn(name) === wanted));
  return columnValues(matched, (table) => indices[table] ?? -1);
}

/** The options as they were understood, defaults filled in. */
function aboutOptions(options: CreateDatasetOptions): Record<string, unknown> {
  const { background, split } = options;
  return {
    anchor: options.anchor ?? "recording",
    window_s: options.windowSeconds ?? null,
    hop_s: options.hopSeconds ?? options.windowSeconds ?? null,
    padding_s: options.paddingSeconds ?? 0,
    labels: labelRule(options.labels),
    background: background === undefined ? null : backgroundRule(background),
    classes: options.classes ?? null,
    ignore_labels: options.ignoreLabels ?? ["nocall"],
    unannotated: options.unannotated ?? "skip",
    split: split ?? null,
    cap: options.cap ?? null,
    balance: options.balance ?? false,
    seed: options.seed ?? 0,
    recordings: options.recordings ?? "all",
    match: {
      by: options.match?.by ?? "auto",
      joined: options.match?.joined ?? "auto",
      recording: options.match?.recording ?? null,
    },
  };
}

function aboutAnnotations(tables: readonly NamedTable[], match: MatchReport): Record<string, unknown> {
  return {
    tables: tables.map(({ table, name, sha256 }, index) => ({
      name,
      format: table.format,
      label_column: table.labelColumn ?? null,
      rows: table.annotations.length,
      sha256,
      cumulative_times: match.cumulativeTables.includes(index),
    })),
    matched: match.matched.length,
    clipped: match.matched.filter(({ clipped }) => clipped).length,
    repeated_views: match.repeatedViews,
    unmatched: match.unmatched.map(({ annotation, table, reason }) => ({
      table: tables[table]?.name,
      line: annotation.line,
      reason,
    })),
  };
}
