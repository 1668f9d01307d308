/** Many files into an archive; one bad file is one failed row. */
import { stat } from "node:fs/promises";
import type { Archive } from "../archive/open.js";
import { argumentError, errorMessage } from "../errors.js";
import { copyMemoryBytes } from "./copy.js";
import { limiter } from "./limiter.js";
import { listSources, recordingId, type SourceFile, shardOf } from "./names.js";
import { type ImportOptions, type ImportProgress, importSettings, type ImportSettings } from "./options.js";
import { importRecording } from "./recording.js";
import { type ImportedRecording, type ImportReport, importReport } from "./report.js";

/**
 * Imports recordings: Ogg Opus byte for byte, anything else through ffmpeg.
 *
 * Files that are in the archive already, from the same source, are skipped: an import that was cut short
 * is completed by running it again.
 *
 * @param archive opened with mode `a`
 * @param paths files, folders (searched through) and globs
 * @returns one row a file, also for the files that failed
 * @throws {OpusZarrError} of kind `argument` for wrong options, `not-found` for a path with nothing there;
 * the signal's reason if it aborts: what was committed until then stays
 * @example
 * ```ts
 * const archive = await openArchive("birds.zarr", { mode: "a" });
 * const report = await importRecordings(archive, ["site1/"], { batchSizeMb: 8 });
 * console.log(report.imported, report.failed);
 * ```
 */
export async function importRecordings(
  archive: Archive,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const started = performance.now();
  const settings = importSettings(options);
  if (!archive.writable || archive.store.stage === undefined) {
    throw argumentError("archive", 'one opened with mode "a"', "a read-only one", {
      path: archive.store.place,
    });
  }
  if (!Array.isArray(paths) || paths.length === 0) throw argumentError("paths", "one path or more", paths);
  const sources = await listSources(paths);
  await clearOrphans(archive);
  const rows = await runAll(archive, shardOf(sources.files, settings.shard), { options, settings });
  options.signal?.throwIfAborted();
  // What stands for no file is every shard's to report: none would notice it otherwise.
  const missing = sources.failures.map(({ path, error }) =>
    failedRow({ id: recordingId(path), path }, error),
  );
  return importReport([...missing, ...rows], (performance.now() - started) / 1000);
}

interface Job {
  readonly options: ImportOptions;
  readonly settings: ImportSettings;
}

async function runAll(
  archive: Archive,
  files: readonly SourceFile[],
  job: Job,
): Promise<ImportedRecording[]> {
  const { options, settings } = job;
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(file.path).catch(() => undefined))?.size ?? 0),
  );
  const note = progressNotes(sizes, options.onProgress);
  const gate = limiter(settings.memoryBytes, settings.workers);
  // Files that share an id take their turns in order, so that the same one gets it each time.
  const turns = new Map<string, Promise<unknown>>();
  return await Promise.all(
    files.map((file, i) => {
      const bytes = sizes[i] as number;
      const before = turns.get(file.id) ?? Promise.resolve();
      const turn = before.then(() =>
        gate.run(copyMemoryBytes(bytes, settings.batchBytes(bytes)), () =>
          importRow(archive, file, { ...job, onBytes: note.bytes }),
        ),
      );
      turns.set(file.id, turn);
      return turn.then((row) => {
        note.row(row, bytes);
        return row;
      });
    }),
  );
}

async function importRow(
  archive: Archive,
  file: SourceFile,
  job: Job & { readonly onBytes: (bytes: number) => void },
): Promise<ImportedRecording> {
  try {
    job.options.signal?.throwIfAborted();
    return await importRecording(archive, file, job);
  } catch (error) {
    // A full disk fails every file after it as well, each in its own row.
    return failedRow(file, error);
  }
}

function failedRow(file: { readonly id: string; readonly path: string }, error: unknown): ImportedRecording {
  const none = { bytes: 0, pages: 0, samples: 0, sha256: "", holes: 0 };
  return { id: file.id, source: file.path, status: "failed", ...none, error: errorMessage(error) };
}

/** Clears what importers that are gone left behind. */
async function clearOrphans(archive: Archive): Promise<void> {
  const { store } = archive;
  for (const orphan of (await store.orphans?.()) ?? []) {
    if (!orphan.live) await store.removeOrphan?.(orphan.name);
  }
}

function progressNotes(
  sizes: readonly number[],
  onProgress: ((progress: ImportProgress) => void) | undefined,
): { bytes(bytes: number): void; row(row: ImportedRecording, bytes: number): void } {
  const started = performance.now();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let filesDone = 0;
  let failed = 0;
  let finished = 0;
  let partial = 0;
  let pages = 0;
  const tell = (): void =>
    onProgress?.({
      files: sizes.length,
      filesDone,
      failed,
      bytes: total,
      bytesDone: Math.min(total, finished + partial),
      pages,
      seconds: (performance.now() - started) / 1000,
    });
  return {
    bytes(bytes) {
      partial += bytes;
      tell();
    },
    row(row, bytes) {
      filesDone++;
      finished += bytes;
      partial = Math.max(0, partial - row.bytes);
      if (row.status === "failed") failed++;
      if (row.status === "imported") pages += row.pages;
      tell();
    },
  };
}
