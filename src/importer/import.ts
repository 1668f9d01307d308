/** Many files into an archive; one bad file is one failed row. */
import { availableParallelism } from "node:os";
import { limiter } from "../archive/limiter.js";
import type { Archive } from "../archive/open.js";
import type { ShardNote } from "../archive/shard-records.js";
import { argumentError, errorMessage, isOpusZarrError, placed, shownText } from "../errors.js";
import { type MetaTable, readMetaCsv } from "../metadata/user.js";
import { copyMemoryBytes } from "./copy.js";
import { listSources, recordingId, type SourceFile } from "./names.js";
import { type ImportOptions, importSettings, type ImportSettings } from "./options.js";
import { progressNotes } from "./progress.js";
import { type ImportJob, importRecording, THREADS_FROM_BYTES } from "./recording.js";
import { type ImportedRecording, type ImportReport, importReport } from "./report.js";
import { noteImport, shardFiles, type SizedFiles, withSizes } from "./shard.js";
import { takenNames } from "./taken.js";

/**
 * Imports recordings: Ogg Opus byte for byte, anything else through ffmpeg.
 *
 * Files that are in the archive already, from the same source, are skipped: an import that was cut short
 * is completed by running it again.
 *
 * @param archive opened with mode `a`
 * @param paths files, folders (searched through) and globs, on disk or as `s3://bucket/key`
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
  const metaOf = await metaRows(options.metaCsv, sources.files);
  const all = await withSizes(sources.files);
  const { shard } = settings;
  const note = shard && (await noteImport(archive, paths, { shard, all }));
  await clearOrphans(archive);
  const encoders = limiter(availableParallelism(), availableParallelism());
  const rows = await runAll(archive, shard === undefined ? all : shardFiles(all, shard), {
    options,
    settings,
    names: await takenNames(archive),
    encode: (work) => encoders.run(1, work),
    user: (file) => ({ ...options.meta, ...metaOf(file) }),
  });
  options.signal?.throwIfAborted();
  // What stands for no file is every shard's to report: none would notice it otherwise.
  const missing = sources.failures.map(({ path, error }) =>
    failedRow({ id: recordingId(shownText(path)), path }, error),
  );
  const report = importReport([...missing, ...rows], (performance.now() - started) / 1000);
  await note?.done(shardResult(report));
  return report;
}

type MetaRow = ReturnType<MetaTable["rowFor"]>;

/** What a table says of each file. One that says nothing of any is the wrong one. */
async function metaRows(
  path: string | undefined,
  files: readonly SourceFile[],
): Promise<(file: SourceFile) => MetaRow> {
  if (path === undefined) return () => undefined;
  const table = await readMetaCsv(path);
  const rowOf = (file: SourceFile): MetaRow => table.rowFor(file.relative) ?? table.rowFor(file.path);
  if (files[0] !== undefined && !files.some((file) => rowOf(file) !== undefined)) {
    const named = `a row for at least one of the files, such as ${files[0].relative}`;
    throw argumentError("metaCsv", named, `none in ${table.rowCount} rows`, { path });
  }
  return rowOf;
}

function shardResult(report: ImportReport): Parameters<ShardNote["done"]>[0] {
  const { imported, skipped, bytes, pages, recordings } = report;
  const failed = recordings.filter((row) => row.status === "failed");
  return {
    counts: { imported, skipped, failed: failed.length, bytes, pages },
    failed: failed.map(({ source, error }) => `${source}: ${error ?? ""}`),
  };
}

type Job = Omit<ImportJob, "onBytes">;

async function runAll(
  archive: Archive,
  { files, sizes }: SizedFiles,
  job: Job,
): Promise<ImportedRecording[]> {
  const { options, settings } = job;
  const note = progressNotes(sizes, options.onProgress);
  const gate = memoryGate(settings);
  // Files that share an id take their turns in order, so that the same one gets it each time.
  const turns = new Map<string, Promise<unknown>>();
  return await Promise.all(
    files.map((file, i) => {
      const bytes = sizes[i] as number;
      const before = turns.get(file.id) ?? Promise.resolve();
      const turn = before.then(() =>
        gate(file, bytes, () => importRow(archive, file, { ...job, onBytes: (more) => note.bytes(i, more) })),
      );
      turns.set(file.id, turn);
      return turn.then((row) => {
        note.row(i, row);
        return row;
      });
    }),
  );
}

/** Lets files in as memory and threads allow. */
function memoryGate(
  settings: ImportSettings,
): <T>(file: SourceFile, bytes: number, work: () => Promise<T>) => Promise<T> {
  const memory = limiter(settings.memoryBytes, settings.workers);
  // A large file has two threads of its own.
  const places = Math.max(1, Math.floor(availableParallelism() / 2));
  const threads = limiter(places, places);
  return async (file, bytes, work) => {
    const spooled = mayBeOpus(file) ? 0 : Math.min(bytes, settings.spoolMemoryBytes);
    const cost = copyMemoryBytes(bytes, settings.batchBytes(bytes)) + spooled;
    const run = (): ReturnType<typeof work> => memory.run(cost, work);
    return await (bytes < THREADS_FROM_BYTES ? run() : threads.run(1, run));
  };
}

function mayBeOpus(file: SourceFile): boolean {
  return /\.(opus|ogg|oga)$/i.test(file.path);
}

const MAX_ID_CHARACTERS = 255;

async function importRow(archive: Archive, file: SourceFile, job: ImportJob): Promise<ImportedRecording> {
  try {
    job.options.signal?.throwIfAborted();
    // Names of folders can be no longer.
    if (file.id.length > MAX_ID_CHARACTERS) {
      const expected = `a path that makes an id of at most ${MAX_ID_CHARACTERS} characters (name a folder further in)`;
      throw argumentError("path", expected, `one of ${file.id.length}`, { path: file.path });
    }
    return await importRecording(archive, file, job);
  } catch (error) {
    // A full disk fails every file after it as well, each in its own row.
    const named = isOpusZarrError(error) && error.place.path === undefined;
    return failedRow(file, named ? placed(error, { path: file.path }) : error);
  }
}

function failedRow(file: { readonly id: string; readonly path: string }, error: unknown): ImportedRecording {
  const none = { bytes: 0, pages: 0, samples: 0, sha256: "", holes: 0 };
  return { id: file.id, source: shownText(file.path), status: "failed", ...none, error: errorMessage(error) };
}

/** Clears what importers that are gone left behind. */
async function clearOrphans(archive: Archive): Promise<void> {
  const { store } = archive;
  for (const orphan of (await store.orphans?.()) ?? []) {
    if (!orphan.live) await store.removeOrphan?.(orphan.name);
  }
}
