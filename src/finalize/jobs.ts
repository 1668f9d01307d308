/** Whether the shards of a job are all there: told from their records alone. */
import type { ShardCommand, ShardRecord } from "../archive/shard-records.js";

/** What became of one job. */
export interface ShardJobReport {
  /** Its name, such as `import-0f3a…`. */
  readonly job: string;
  readonly command: ShardCommand;
  /** How many shards it was cut into. */
  readonly shards: number;
  /** Shards that are done. */
  readonly done: number;
  /** Shards that left no record. */
  readonly missing: readonly number[];
  /** Shards that have begun and not ended: at work, or dead. */
  readonly begun: readonly { readonly shard: number; readonly host: string }[];
  /** Shards that saw other work than most: files were added, or a table changed. They must run again. */
  readonly differing: readonly number[];
  /** What could not be done, one line each. */
  readonly failed: readonly string[];
  /** Sums over the shards. */
  readonly counts: Readonly<Record<string, number>>;
  /** All shards are there, and of the same work. */
  readonly complete: boolean;
}

/** What `finalize` was told to expect. */
export interface ExpectedShards {
  /** Only this job. */
  readonly job?: string | undefined;
  /** How many shards it was cut into; by default what the records say. */
  readonly shards?: number | undefined;
}

/** A job, and the records that count for it. */
export interface JudgedJob {
  readonly report: ShardJobReport;
  readonly records: readonly ShardRecord[];
}

/** Judges every job that left records, and the one that was expected. */
export function judgeJobs(all: readonly ShardRecord[], expected: ExpectedShards): JudgedJob[] {
  const byJob = new Map<string, ShardRecord[]>();
  if (expected.job !== undefined && expected.shards !== undefined) byJob.set(expected.job, []);
  for (const record of all) {
    if (expected.job !== undefined && record.job !== expected.job) continue;
    byJob.set(record.job, [...(byJob.get(record.job) ?? []), record]);
  }
  return [...byJob].map(([job, records]) => judge(job, records, expected.shards));
}

/** The same job may have been cut twice, into other numbers of shards: the cut counts that is nearest to its end. */
function judge(job: string, records: readonly ShardRecord[], shards: number | undefined): JudgedJob {
  const counts = shards === undefined ? [...new Set(records.map(({ count }) => count))] : [shards];
  const cuts = counts.map((count) => judgeCut(job, count, records));
  const open = ({ report }: JudgedJob): number => report.shards - report.done + report.differing.length;
  return cuts.reduce((best, cut) => (open(cut) < open(best) ? cut : best));
}

function judgeCut(job: string, shards: number, all: readonly ShardRecord[]): JudgedJob {
  const records = all.filter(({ count, index }) => count === shards && index < shards);
  const byIndex = new Map(records.map((record) => [record.index, record]));
  const indices = Array.from({ length: shards }, (_, i) => i);
  const done = records.filter(({ state }) => state === "done");
  const work = mostCommon(done.map((record) => record.work));
  const differing = done.filter((record) => record.work !== work).map(({ index }) => index);
  const begun = records.filter(({ state }) => state === "begun");
  return {
    records: done.sort((a, b) => a.index - b.index),
    report: {
      job,
      command: job.split("-")[0] as ShardCommand,
      shards,
      done: done.length,
      missing: indices.filter((index) => !byIndex.has(index)),
      begun: begun.map(({ index, host }) => ({ shard: index, host })).sort((a, b) => a.shard - b.shard),
      differing: differing.sort((a, b) => a - b),
      // A path with nothing there is every shard's to report.
      failed: [...new Set(done.flatMap((record) => record.failed))],
      counts: sums(done),
      complete: done.length === shards && differing.length === 0,
    },
  };
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function sums(records: readonly ShardRecord[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { counts } of records) {
    for (const [name, value] of Object.entries(counts)) total[name] = (total[name] ?? 0) + value;
  }
  return total;
}
