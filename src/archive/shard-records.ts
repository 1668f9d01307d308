/**
 * What shards leave in an archive while a job is under way: `.shards/JOB/I-of-N.json`, one small document each,
 * through the archive's store. `finalize` goes by them, and clears them once the job is complete.
 */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { AbsolutePath } from "@zarrita/storage";
import { argumentError } from "../errors.js";
import { MAX_SHARDS, type Shard } from "../shards/shard.js";
import type { Json } from "./attributes.js";
import { mapMany } from "./many.js";
import { isObject } from "./metadata.js";
import type { ArchiveStore } from "./store.js";

/** Commands whose work can be cut. */
export type ShardCommand = "import" | "verify" | "extract" | "dataset";

/** What one shard says of itself. */
export interface ShardRecord {
  readonly job: string;
  readonly command: ShardCommand;
  readonly index: number;
  readonly count: number;
  /** `begun` until it is done: one that stays so has died, or is still at work. */
  readonly state: "begun" | "done";
  /** Digest of the whole work, before it was cut: shards that saw other work do not make one whole. */
  readonly work: string;
  /** Machine that it ran on. */
  readonly host: string;
  /** Counts of what was done, such as recordings, bytes, seconds of audio. */
  readonly counts: Readonly<Record<string, number>>;
  /** What could not be done, one line each. */
  readonly failed: readonly string[];
  /** What is needed to put the shards' results together. */
  readonly merge: Json;
  /** What only this shard knows. */
  readonly result?: Json;
}

/** A shard's record being kept. */
export interface ShardNote {
  /** The record of an earlier run that did the same work. */
  readonly before: ShardRecord | undefined;
  /** Says that all of it is done. */
  done(outcome: Pick<ShardRecord, "counts" | "failed" | "result">): Promise<void>;
}

/** Failures that a record names; the rest it counts. */
const NAMED_FAILURES = 100;

/** The name of a job: its command, and a digest of what tells it from others of that command. */
export function shardJob(command: ShardCommand, ...identity: readonly string[]): string {
  return `${command}-${digestOf(identity).slice(0, 12)}`;
}

/** SHA-256 of a plain value. */
export function digestOf(value: Json | readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/**
 * Notes that a shard has begun: what cannot be noted fails now, not after hours of work. A record of the same work that
 * is done is left as it is.
 *
 * @throws {OpusZarrError} of kind `argument` where the archive's store cannot be written
 */
export async function noteShard(
  store: ArchiveStore,
  shard: Shard,
  about: Pick<ShardRecord, "job" | "command" | "work" | "merge">,
): Promise<ShardNote> {
  const { set } = store;
  if (set === undefined) {
    throw argumentError(
      "shard",
      "an archive that can be written, for the shard's record",
      "a read-only one",
      {
        path: store.place,
      },
    );
  }
  const key = recordKey(about.job, shard);
  const base = { ...about, ...shard, host: hostname() };
  const write = async (record: ShardRecord): Promise<void> =>
    await set.call(store, key, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
  const last = await readRecord(store, key);
  const before = last?.state === "done" && last.work === about.work ? last : undefined;
  if (before === undefined) await write({ ...base, state: "begun", counts: {}, failed: [] });
  return {
    before,
    done: async ({ failed, ...outcome }) => {
      const more = failed.length - NAMED_FAILURES;
      const named = more > 0 ? [...failed.slice(0, NAMED_FAILURES), `and ${more} more`] : failed;
      await write({ ...base, state: "done", ...outcome, failed: named });
    },
  };
}

/** All records that stand in an archive. */
export async function shardRecords(store: ArchiveStore): Promise<ShardRecord[]> {
  const keys = (await store.keys?.("/.shards/")) ?? [];
  const records = await mapMany([...keys].sort(), (key) => readRecord(store, key));
  return records.filter((record) => record !== undefined);
}

/** Removes the records of a job. */
export async function clearShards(store: ArchiveStore, job: string): Promise<void> {
  for (const key of (await store.keys?.(`/.shards/${job}/`)) ?? []) await store.remove?.(key);
}

function recordKey(job: string, { index, count }: Shard): AbsolutePath {
  return `/.shards/${job}/${index}-of-${count}.json`;
}

async function readRecord(store: ArchiveStore, key: AbsolutePath): Promise<ShardRecord | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(record) ? record : undefined;
  } catch {
    // Not one of ours.
    return undefined;
  }
}

function isRecord(record: unknown): record is ShardRecord {
  if (!isObject(record)) return false;
  const { job, index, count, state, work, host, counts, failed } = record;
  return (
    [job, work, host].every((text) => typeof text === "string") &&
    Number.isSafeInteger(index) &&
    Number.isSafeInteger(count) &&
    Number(count) > 0 &&
    Number(count) <= MAX_SHARDS &&
    (state === "begun" || state === "done") &&
    isObject(counts) &&
    Array.isArray(failed)
  );
}
