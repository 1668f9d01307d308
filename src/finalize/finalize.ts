/** Closes work that was done in shards: checks that all are there, puts their results together, writes the catalogue. */
import { finalizeArchive } from "../archive/finalize.js";
import type { Archive } from "../archive/open.js";
import type { DamagedRecording } from "../archive/open-each.js";
import { clearShards, type ShardRecord, shardRecords } from "../archive/shard-records.js";
import { argumentError, errorMessage } from "../errors.js";
import { clearExtract, mergeExtract } from "../extract/save.js";
import { wholeNumber } from "../units.js";
import { type ExpectedShards, type JudgedJob, judgeJobs, type ShardJobReport } from "./jobs.js";

/** What is finalized. */
export interface FinalizeOptions extends ExpectedShards {
  /** Forgets jobs that will not be completed, and failures that stay: their records are removed. */
  readonly force?: boolean | undefined;
}

/** What came of it. */
export interface FinalizeReport {
  /** Recordings in the archive. */
  readonly recordings: number;
  /** False where nothing was to be written. */
  readonly changed: boolean;
  /** No job has shards that are missing, and none has failures. */
  readonly complete: boolean;
  readonly jobs: readonly ShardJobReport[];
  /** Recordings that were left out, for what they say of themselves is not what it should be. */
  readonly damaged: readonly DamagedRecording[];
}

/**
 * Finalizes an archive, and the work on it that was done in shards.
 *
 * Every job of which all shards are there is closed: the parts of an extraction become one `.npy`, a dataset gets its
 * `metadata.csv` and `dataset.json`, and the shards' records are removed. The archive's root gets consolidated
 * metadata, and `catalogue.csv` a row a recording, unless shards of an import are missing. Run twice it changes nothing.
 *
 * @param archive opened with mode `a`
 * @returns `complete: false` if shards are missing or files failed: the jobs name them
 * @throws {OpusZarrError} of kind `argument` for a read-only archive
 * @example
 * ```ts
 * const report = await finalizeShards(archive);
 * for (const job of report.jobs) console.log(job.job, job.missing, job.failed);
 * ```
 */
export async function finalizeShards(
  archive: Archive,
  options: FinalizeOptions = {},
): Promise<FinalizeReport> {
  const { store } = archive;
  if (!archive.writable || store.set === undefined)
    throw argumentError("archive", 'one opened with mode "a"', "a read-only one", { path: store.place });
  if (options.shards !== undefined) wholeNumber("shards", options.shards, 1);
  const closed: ClosedJob[] = [];
  for (const job of judgeJobs(await shardRecords(store), options))
    closed.push(await closeJob(archive, job, options.force === true));
  const jobs = closed.map(({ report }) => report);
  const importing = jobs.some(({ command, complete }) => command === "import" && !complete);
  const recordings =
    importing && options.force !== true
      ? { recordings: (await archive.list()).length, changed: false, damaged: [] }
      : await finalizeArchive(archive);
  return {
    recordings: recordings.recordings,
    changed: recordings.changed || closed.some(({ changed }) => changed),
    complete: jobs.every(({ complete, failed }) => complete && failed.length === 0),
    jobs,
    damaged: recordings.damaged,
  };
}

interface ClosedJob {
  readonly report: ShardJobReport;
  readonly changed: boolean;
}

/** Puts a complete job's results together and removes its records; what cannot be put together is a failure. */
async function closeJob(archive: Archive, judged: JudgedJob, force: boolean): Promise<ClosedJob> {
  const { report, records } = judged;
  let { failed } = report;
  if (report.complete) {
    try {
      await mergeJob(archive, report.command, records);
    } catch (error) {
      failed = [...failed, errorMessage(error)];
    }
  }
  const changed = force || (report.complete && failed.length === 0);
  if (changed) {
    await clearShards(archive.store, report.job);
    if (report.command === "extract") await clearExtract(records);
  }
  return { report: { ...report, failed }, changed };
}

async function mergeJob(
  archive: Archive,
  command: ShardJobReport["command"],
  records: readonly ShardRecord[],
): Promise<void> {
  if (command === "extract") await mergeExtract(archive, records);
  if (command !== "dataset") return;
  const { mergeDataset } = await import("../training/merge.js");
  await mergeDataset(archive, records);
}
