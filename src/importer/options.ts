/** What an import can be told, checked once. */
import { availableParallelism, freemem } from "node:os";
import type { Json } from "../archive/attributes.js";
import { argumentError } from "../errors.js";
import { checkTranscodeOptions } from "../input/encoding.js";
import type { InputOptions } from "../input/opus-source.js";
import { parseTimezone } from "../metadata/timezone.js";
import { BYTES_PER_MB, positiveNumber, wholeNumber } from "../units.js";
import { type Shard, shardOption } from "../shards/shard.js";
import { MAX_SPOOL_MEMORY_BYTES } from "./spool.js";

/** Batch sizes by what an archive is for, in MB. */
const BATCH_SIZE_PRESETS_MB = { import: 16, extraction: 4, mixed: 8 } as const;

/** A batch size in MB: a number, a preset, or `auto` (see {@link autoBatchSizeMb}). */
export type BatchSize = number | "auto" | keyof typeof BATCH_SIZE_PRESETS_MB;

/** How recordings are imported. */
export interface ImportOptions extends InputOptions {
  /** Bytes read, scanned and written at once, in MB; 16 by default. Never more than a chunk. */
  readonly batchSizeMb?: BatchSize | undefined;
  /** Target size of the blob's chunks, in MB; 8 by default. */
  readonly chunkSizeMb?: number | undefined;
  /** Recordings at work at the same time; by default as many as help. */
  readonly workers?: number | undefined;
  /** Memory for buffers, in MB; 256 by default. Large files wait for their turn. */
  readonly maxMemoryMb?: number | undefined;
  /**
   * Only this share of the files, about as many bytes as every other: `"i/N"`, counted from 0; `"slurm"`,
   * `"kubernetes/N"` or `"auto"` as the environment says. It leaves a record for `finalize` in the archive.
   */
  readonly shard?: string | undefined;
  /**
   * What happens with a file whose recording is there already with the same content: `skip` (default),
   * `keep` a second copy, or `error`. Other content under a taken id is always kept beside it.
   */
  readonly duplicates?: "skip" | "keep" | "error" | undefined;
  /** How "the same content" is told: by size and modification time (default), or by SHA-256. */
  readonly check?: "mtime" | "content" | undefined;
  /** Kept under `user` in each recording's attributes. */
  readonly meta?: { readonly [key: string]: Json } | undefined;
  /** Path of a CSV table with a row a file: its other columns are kept under `user` as well. */
  readonly metaCsv?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told as bytes are read, and after every file. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** How far an import is. */
export interface ImportProgress {
  readonly files: number;
  readonly filesDone: number;
  readonly failed: number;
  readonly bytes: number;
  readonly bytesDone: number;
  readonly pages: number;
  readonly seconds: number;
  /** 0 as long as nothing was read. */
  readonly bytesPerSecond: number;
  /** null as long as it cannot be told. */
  readonly secondsLeft: number | null;
}

/** Options with everything filled in. */
export interface ImportSettings {
  readonly batchBytes: (fileBytes: number) => number;
  readonly chunkTargetBytes: number;
  readonly workers: number;
  readonly memoryBytes: number;
  /** How much of one encoded stream may be kept in memory until its length is known. */
  readonly spoolMemoryBytes: number;
  readonly shard: Shard | undefined;
  readonly duplicates: "skip" | "keep" | "error";
  readonly check: "mtime" | "content";
}

/** Small files spend their time waiting for the disk to flush: this many wait together. */
const FILES_IN_FLIGHT = 8;

/** Checks options, naming the one that is wrong. */
export function importSettings(options: ImportOptions): ImportSettings {
  const workers = wholeNumber("workers", options.workers ?? FILES_IN_FLIGHT, 1);
  const memoryMb = positiveNumber("maxMemoryMb", options.maxMemoryMb ?? 256);
  const batch = options.batchSizeMb ?? "import";
  const batchBytes = batchSizeBytes(batch, { workers: Math.min(workers, availableParallelism()), memoryMb });
  const duplicates = options.duplicates ?? "skip";
  if (!["skip", "keep", "error"].includes(duplicates))
    throw argumentError("duplicates", "skip, keep or error", duplicates);
  const check = options.check ?? "mtime";
  if (!["mtime", "content"].includes(check)) throw argumentError("check", "mtime or content", check);
  checkTranscodeOptions(options);
  checkFacts(options);
  return {
    batchBytes,
    chunkTargetBytes: Math.max(
      1,
      Math.round(positiveNumber("chunkSizeMb", options.chunkSizeMb ?? 8) * BYTES_PER_MB),
    ),
    workers,
    memoryBytes: memoryMb * BYTES_PER_MB,
    spoolMemoryBytes: Math.min(MAX_SPOOL_MEMORY_BYTES, (memoryMb * BYTES_PER_MB) / 4),
    shard: shardOption(options.shard),
    duplicates,
    check,
  };
}

/** Checks what is said of the recordings. */
function checkFacts({ timezone, meta, metaCsv }: ImportOptions): void {
  if (typeof timezone === "string") parseTimezone(timezone);
  else if (timezone !== undefined && typeof timezone?.at !== "function")
    throw argumentError("timezone", 'text, as "+02:00" or "Europe/Berlin"', timezone);
  if (meta !== undefined && (typeof meta !== "object" || meta === null || Array.isArray(meta)))
    throw argumentError("meta", "an object of names and values", meta);
  if (metaCsv !== undefined && typeof metaCsv !== "string")
    throw argumentError("metaCsv", "the path of a table", metaCsv);
}

/** The batch size in bytes for a file of given bytes, never more than the memory budget allows. */
export function batchSizeBytes(
  batch: BatchSize,
  machine: { readonly workers: number; readonly memoryMb: number },
): (fileBytes: number) => number {
  const sizeMb = (fileBytes: number): number => {
    if (typeof batch === "number") return positiveNumber("batchSizeMb", batch);
    if (batch === "auto") return autoBatchSizeMb(fileBytes, { ...machine, freeMb: freemem() / BYTES_PER_MB });
    const preset = BATCH_SIZE_PRESETS_MB[batch];
    if (preset === undefined)
      throw argumentError("batchSizeMb", "a positive number, auto, import, extraction or mixed", batch);
    return preset;
  };
  sizeMb(0);
  return (fileBytes) =>
    Math.max(1, Math.floor(Math.min(sizeMb(fileBytes), machine.memoryMb / 2) * BYTES_PER_MB));
}

/**
 * Chooses a batch size.
 *
 * A batch costs one access whatever its size, so larger is better until nothing is left to share out:
 * a file should give each worker at least two batches, or some idle at its end. Two batches a worker are
 * in memory at a time, and should take no more than a quarter of what is free, or of the budget.
 *
 * @param fileBytes size of the file, in bytes
 * @returns MB from 4 to 32
 */
function autoBatchSizeMb(
  fileBytes: number,
  machine: { readonly workers: number; readonly memoryMb: number; readonly freeMb: number },
): number {
  const forWorkers = fileBytes / BYTES_PER_MB / (2 * machine.workers);
  const forMemory = Math.min(machine.memoryMb, machine.freeMb / 4) / (2 * machine.workers);
  return Math.max(4, Math.min(32, forWorkers, forMemory));
}
