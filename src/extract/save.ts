/** Segments of a table into files, whole or one shard of it. */
import path from "node:path";
import type { Json } from "../archive/attributes.js";
import type { Archive } from "../archive/open.js";
import { digestOf, noteShard, type ShardNote, type ShardRecord, shardJob } from "../archive/shard-records.js";
import { argumentError, OpusZarrError } from "../errors.js";
import { filesThere } from "../files.js";
import type { SegmentRequest } from "../segments/select.js";
import { type Shard, shardOption } from "../shards/shard.js";
import type { SegmentHole, SegmentTensor } from "../tensor/tensor.js";
import { mergeParts, partFile, removeParts, shardRows } from "./shard.js";
import { type StreamOptions, streamSegments } from "./stream.js";
import { readSegmentTable, type SegmentTable } from "./segment-table.js";
import { writeNpy, writeWavs } from "./write.js";

/** What is to be saved, and where. */
export interface SaveOptions extends StreamOptions {
  /** Path of a table, see {@link readSegmentTable}. */
  readonly segments: string;
  /** Id of the recording that an annotation table is about, where its rows name none. */
  readonly about?: string | undefined;
  /** A `.npy` file, or a folder for WAV files. */
  readonly out: string;
  readonly format: "npy" | "wav";
  /**
   * Only this share of the table: whole recordings, about as many seconds to decode as every other. `"i/N"`, counted
   * from 0; `"slurm"`, `"kubernetes/N"` or `"auto"` as the environment says. A `.npy` is put together by `finalize`.
   */
  readonly shard?: string;
  /** Told after every part that was written. */
  readonly onSaved?: (saved: SavedSums, segments: number) => void;
}

interface SavedSums {
  readonly segments: number;
  readonly batches: number;
  readonly decoderRuns: number;
  readonly audioSeconds: number;
  readonly decodedSeconds: number;
  readonly preRollSeconds: number;
}

/** What was saved. */
export interface SavedSegments extends SavedSums {
  readonly seconds: number;
  readonly accuracy: string;
  /** `segment` is the row in the table. */
  readonly holes: readonly (SegmentHole & { readonly segment: number })[];
}

/**
 * Extracts the segments of a table into one `.npy`, or a folder of WAV files.
 *
 * A shard writes its own part; one that is done already does nothing.
 */
export async function saveSegments(archive: Archive, options: SaveOptions): Promise<SavedSegments> {
  const started = performance.now();
  const shard = shardOption(options.shard);
  const table = await readSegmentTable(archive, options.segments, options.about);
  const shards = shardRows(table.segments, shard?.count ?? 1);
  const rows = shards.flatMap((one, row) => (one === (shard?.index ?? 0) ? [row] : []));
  const note = shard && (await noteExtract(archive, options, { shard, table }));
  const done = await doneBefore(note, options, shard);
  const saved = done ?? (await saveRows(archive, options, { segments: table.segments, rows, shard }));
  const { holes, files, sampleRate, ...counts } = saved;
  const result = { holes, files, sampleRate } as unknown as Json;
  if (done === undefined) await note?.done({ counts, failed: [], result });
  const seconds = (performance.now() - started) / 1000;
  return { ...counts, seconds, accuracy: options.accuracy ?? "exact", holes };
}

type Saved = SavedSums & ShardResult;

/** What the record of a shard keeps beside its counts. */
interface ShardResult {
  readonly holes: SavedSegments["holes"];
  /** Names of WAV files. */
  readonly files: readonly string[];
  /** In Hz; 0 where there was nothing to save. */
  readonly sampleRate: number;
}

async function saveRows(
  archive: Archive,
  options: SaveOptions,
  work: {
    readonly segments: readonly SegmentRequest[];
    readonly rows: readonly number[];
    readonly shard: Shard | undefined;
  },
): Promise<Saved> {
  const { segments, rows, shard } = work;
  const sums = {
    segments: 0,
    batches: 0,
    decoderRuns: 0,
    audioSeconds: 0,
    decodedSeconds: 0,
    preRollSeconds: 0,
  };
  const holes: SavedSegments["holes"][number][] = [];
  let sampleRate = 0;
  const wanted = rows.map((row) => segments[row] as SegmentRequest);
  const counted = async function* (): AsyncGenerator<SegmentTensor> {
    for await (const part of streamSegments(archive, wanted, options)) {
      part.segments.forEach((segment, i) => {
        for (const hole of segment.holes) holes.push({ segment: rows[sums.segments + i] as number, ...hole });
      });
      for (const key of ["segments", "batches", "decoderRuns", "audioSeconds", "decodedSeconds"] as const)
        sums[key] += part.stats[key];
      sums.preRollSeconds = Math.max(sums.preRollSeconds, part.preRollSeconds);
      sampleRate = part.sampleRate;
      options.onSaved?.(sums, rows.length);
      yield part;
    }
  };
  const { out, format } = options;
  const file = shard === undefined ? out : partFile(out, shard);
  if (format === "npy") await writeNpy(file, rows.length, counted());
  const files = format === "npy" ? [] : await writeWavs(out, counted());
  return { ...sums, holes, files, sampleRate };
}

/** The name of an extraction in shards: where it writes tells it. */
export function extractJob(out: string): string {
  return shardJob("extract", path.resolve(out));
}

async function noteExtract(
  archive: Archive,
  options: SaveOptions,
  { shard, table }: { readonly shard: Shard; readonly table: SegmentTable },
): Promise<ShardNote> {
  const { segments, about = null, out, format } = options;
  const merge = {
    segments: path.resolve(segments),
    about,
    out: path.resolve(out),
    format,
    sha256: table.sha256,
  };
  const work = digestOf({ ...merge, ...bytesOptions(options) });
  return await noteShard(archive.store, shard, { job: extractJob(out), command: "extract", work, merge });
}

/** Options that decide about the bytes written. */
function bytesOptions({ accuracy, dtype, channels, applyGain, outOfRange, ...more }: SaveOptions): {
  [key: string]: Json;
} {
  return {
    accuracy: accuracy ?? "exact",
    preRollSeconds: more.preRollSeconds ?? null,
    decoder: more.decoder ?? "libopus",
    sampleRate: more.sampleRate ?? null,
    dtype: dtype ?? "float32",
    channels: channels === undefined ? null : typeof channels === "string" ? channels : [...channels],
    applyGain: applyGain ?? true,
    outOfRange: outOfRange ?? "error",
  };
}

/** What a shard that is done already has saved; undefined if it is to be done (again). */
async function doneBefore(
  note: ShardNote | undefined,
  { out, format }: SaveOptions,
  shard: Shard | undefined,
): Promise<Saved | undefined> {
  if (note?.before === undefined || shard === undefined) return undefined;
  const { counts, result } = note.before;
  const { holes, files, sampleRate } = result as unknown as ShardResult;
  const part = partFile(out, shard);
  const there =
    format === "npy"
      ? await filesThere(path.dirname(part), [path.basename(part)])
      : await filesThere(out, files);
  if (!there) return undefined;
  const sums = { ...(counts as unknown as SavedSums), batches: 0, decoderRuns: 0, decodedSeconds: 0 };
  return { ...sums, holes, files, sampleRate };
}

interface ExtractMerge {
  readonly segments: string;
  readonly about: string | null;
  readonly out: string;
  readonly format: SaveOptions["format"];
  readonly sha256: string;
}

/**
 * Puts the shards of an extraction together; for WAV files they are it already.
 *
 * @param records of all its shards
 * @throws {OpusZarrError} of kind `conflict` if the table was changed since; `argument` if the shards do not fit
 *   together; `not-found` for a part that is gone
 */
export async function mergeExtract(archive: Archive, records: readonly ShardRecord[]): Promise<void> {
  const { segments, about, out, format, sha256 } = (records[0] as ShardRecord)
    .merge as unknown as ExtractMerge;
  if (format === "wav") return;
  const table = await readSegmentTable(archive, segments, about ?? undefined);
  if (table.sha256 !== sha256) {
    const message = "segments: expected the table that the shards were cut from, got another one";
    throw new OpusZarrError("conflict", message, { path: segments });
  }
  const rates = new Set(records.map(({ result }) => (result as unknown as ShardResult).sampleRate));
  rates.delete(0);
  if (rates.size > 1)
    throw argumentError("segments", "recordings of one sample rate", `some of ${[...rates].join(", ")} Hz`);
  await mergeParts(out, shardRows(table.segments, records.length), records.length);
}

/** Removes what the shards of an extraction have left beside the file that was made of it. */
export async function clearExtract(records: readonly ShardRecord[]): Promise<void> {
  for (const { merge } of records) await removeParts((merge as unknown as ExtractMerge).out);
}
