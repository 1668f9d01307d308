/** A dataset made in shards: which files are whose, and how they become one dataset. */
import path from "node:path";
import type { Json } from "../archive/attributes.js";
import type { Archive } from "../archive/open.js";
import { noteShard, type ShardNote, shardJob } from "../archive/shard-records.js";
import { argumentError } from "../errors.js";
import { decodedSeconds } from "../extract/shard.js";
import type { Shard } from "../shards/shard.js";
import { shareInOrder, shareOut } from "../shards/share.js";
import type { CreateDatasetOptions } from "./create.js";
import type { DatasetLayout, Part, PlacedWindow } from "./layout.js";

/**
 * The parts of one shard, balanced by the seconds to be decoded. WAV files are shared out by whole recordings; files of
 * many windows by the file, neighbours together, as a recording's windows stand in neighbouring files.
 */
export function shardParts({ parts, windows, shape }: DatasetLayout, shard: Shard): Part[] {
  const seconds = parts.map(({ first, end }) => decodedSeconds(windows.slice(first, end)));
  if (shape !== undefined) {
    const shards = shareInOrder(seconds, shard.count);
    return parts.filter((_, i) => shards[i] === shard.index);
  }
  const recordingOf = (part: Part): string => (windows[part.first] as PlacedWindow).recording;
  const byRecording = new Map<string, number>();
  parts.forEach((part, i) => {
    const id = recordingOf(part);
    byRecording.set(id, (byRecording.get(id) ?? 0) + (seconds[i] ?? 0));
  });
  const shards = shareOut([...byRecording.values()], shard.count);
  const mine = new Set([...byRecording.keys()].filter((_, i) => shards[i] === shard.index));
  return parts.filter((part) => mine.has(recordingOf(part)));
}

/** The name of a dataset in shards: where it is written tells it. */
export function datasetJob(out: string): string {
  return shardJob("dataset", path.resolve(out));
}

/** Notes that a dataset's shard has begun, with the options that make the same dataset again. */
export async function noteDataset(
  archive: Archive,
  options: CreateDatasetOptions,
  { shard, fingerprint }: { readonly shard: Shard; readonly fingerprint: string },
): Promise<ShardNote> {
  const { signal: _signal, onProgress: _progress, shard: _shard, ...plain } = options;
  const annotations = (options.annotations ?? []).map((table) => {
    if (typeof table === "string") return path.resolve(table);
    throw argumentError("annotations", "paths of tables, where the dataset is made in shards", table);
  });
  const merge = { ...plain, annotations, out: path.resolve(options.out) } as unknown as Json;
  return await noteShard(archive.store, shard, {
    ...{ job: datasetJob(options.out), command: "dataset" as const },
    ...{ work: fingerprint, merge },
  });
}
