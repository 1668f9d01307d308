/** One shard's share of the files to import, and the record it leaves. */
import path from "node:path";
import type { Archive } from "../archive/open.js";
import { digestOf, noteShard, type ShardNote, shardJob } from "../archive/shard-records.js";
import { mapMany } from "../archive/many.js";
import { fileFacts } from "../source/file.js";
import type { Shard } from "../shards/shard.js";
import { shareOut } from "../shards/share.js";
import type { SourceFile } from "./names.js";

/** Files with their sizes; unreadable ones count nothing, and fail later, each in its own row. */
export interface SizedFiles {
  readonly files: readonly SourceFile[];
  /** In bytes. */
  readonly sizes: readonly number[];
}

/** Looks up how large files are. */
export async function withSizes(files: readonly SourceFile[]): Promise<SizedFiles> {
  const sizes = await mapMany(files, async (file) => (await fileFacts(file.path))?.byteLength ?? 0);
  return { files, sizes };
}

/** The files of one shard, balanced by bytes. Files that share an id are one shard's: their turns decide on names. */
export function shardFiles({ files, sizes }: SizedFiles, shard: Shard): SizedFiles {
  const bytes = new Map<string, number>();
  for (const [i, { id }] of files.entries()) bytes.set(id, (bytes.get(id) ?? 0) + (sizes[i] ?? 0));
  const shards = shareOut([...bytes.values()], shard.count);
  const mine = new Set([...bytes.keys()].filter((_, i) => shards[i] === shard.index));
  const kept = files.map((_, i) => i).filter((i) => mine.has((files[i] as SourceFile).id));
  return { files: kept.map((i) => files[i] as SourceFile), sizes: kept.map((i) => sizes[i] as number) };
}

/** The name of an import in shards: what is to be imported tells it. */
export function importJob(paths: readonly string[]): string {
  const absolute = paths.map((named) => (/^\w+:\/\//.test(named) ? named : path.resolve(named)));
  return shardJob("import", ...absolute.sort());
}

/** Notes that an import's shard has begun. */
export async function noteImport(
  archive: Archive,
  paths: readonly string[],
  { shard, all }: { readonly shard: Shard; readonly all: SizedFiles },
): Promise<ShardNote> {
  const work = digestOf(all.files.map(({ id }, i) => `${id} ${all.sizes[i]}`));
  return await noteShard(archive.store, shard, {
    job: importJob(paths),
    command: "import",
    work,
    merge: null,
  });
}
