/** One file into an archive. */
import { type RecordingAttributes, recordingAttributes } from "../archive/attributes.js";
import { writeRecording } from "../archive/layout.js";
import type { Archive, Recording } from "../archive/open.js";
import type { Staging } from "../archive/store.js";
import { OpusZarrError } from "../errors.js";
import { accumulate } from "../pageindex/accumulate.js";
import { fileFacts, openFile } from "../source/file.js";
import { copyToBlob } from "./copy.js";
import type { SourceFile } from "./names.js";
import type { ImportOptions, ImportSettings } from "./options.js";
import type { ImportedRecording } from "./report.js";
import {
  type ImportSource,
  modificationTime,
  type OpenContext,
  openImportSource,
  sha256Of,
} from "./source.js";
import { besides, standsUnder, type TakenNames } from "./taken.js";

/** What goes for all files of an import. */
export interface ImportJob {
  readonly options: ImportOptions;
  readonly settings: ImportSettings;
  readonly names: TakenNames;
  readonly encode: OpenContext["encode"];
  readonly user: (file: SourceFile) => OpenContext["user"];
  readonly onBytes: (bytes: number) => void;
}

/** Files from here on are hashed on a thread: starting one takes as long as hashing this much. */
export const THREADS_FROM_BYTES: number = 24 * 1024 * 1024;

/** Imports one file, or finds that it is there already. */
export async function importRecording(
  archive: Archive,
  file: SourceFile,
  job: ImportJob,
): Promise<ImportedRecording> {
  const { settings, options } = job;
  const there = await job.names.recordings(file.id);
  const same = settings.duplicates === "keep" ? undefined : await sameContent(there, file, job);
  if (same !== undefined) return duplicate(file, same, settings);
  const stage = archive.store.stage as NonNullable<typeof archive.store.stage>;
  const staging = await stage(file.id, { signal: options.signal });
  let source: ImportSource | undefined;
  try {
    const { encode, onBytes } = job;
    const spoolMemoryBytes = settings.spoolMemoryBytes;
    const context = { staging, options, user: job.user(file), spoolMemoryBytes, encode, onBytes };
    source = await openImportSource(file, context);
    return await stageAndCommit({ file, source, staging, job });
  } finally {
    await source?.close();
    await staging.discard();
  }
}

interface Work {
  readonly file: SourceFile;
  readonly source: ImportSource;
  readonly staging: Staging;
  readonly job: ImportJob;
}

async function stageAndCommit(work: Work): Promise<ImportedRecording> {
  const { file, source, staging, job } = work;
  const { settings, options } = job;
  const copied = await copyToBlob(source, staging, {
    batchBytes: settings.batchBytes(source.byteLength),
    chunkTargetBytes: settings.chunkTargetBytes,
    large: source.byteLength >= THREADS_FROM_BYTES,
    signal: options.signal,
    onBytes: job.onBytes,
  });
  const index = accumulate(copied.scan);
  const attributes = recordingAttributes(index, await source.describe(copied));
  await writeRecording(staging, index, {
    attributes,
    blobBytes: source.byteLength,
    chunkTargetBytes: settings.chunkTargetBytes,
  });
  options.signal?.throwIfAborted();
  const id = await commit(work, attributes);
  if (typeof id !== "string") return id;
  return {
    id,
    source: file.path,
    status: "imported",
    bytes: attributes.source.bytes,
    pages: index.pages,
    samples: index.totalSamples,
    sha256: attributes.source.sha256,
    holes: index.holes.length,
    ...(attributes.source.warnings === undefined ? {} : { warnings: attributes.source.warnings }),
  };
}

/** The recording among `there` that was made of the same content, as far as can be told without importing. */
async function sameContent(
  there: readonly Recording[],
  file: SourceFile,
  job: ImportJob,
): Promise<Recording | undefined> {
  if (there.length === 0) return undefined;
  const info = await fileFacts(file.path);
  const candidates = there.filter(
    (other) => standsUnder(other, file.id) && other.attributes.source.bytes === info?.byteLength,
  );
  if (info === undefined || candidates.length === 0) return undefined;
  const mtime = modificationTime(info.mtimeMs);
  // Of two files of one import, size and time say nothing: recorders that run side by side stop together.
  const untouched = candidates.find(
    ({ id, attributes }) => attributes.source.mtime === mtime && !job.names.isNew(id),
  );
  if (untouched !== undefined && job.settings.check === "mtime") return untouched;
  // Reading a file costs far less than writing it again only to find that it is there.
  const source = await openFile(file.path);
  try {
    const sha256 = await sha256Of(source, job.options.signal);
    return candidates.find(({ attributes }) => attributes.source.sha256 === sha256);
  } finally {
    await source.close();
  }
}

/** The row of a file whose content is there already. */
function duplicate(file: SourceFile, same: Recording, settings: ImportSettings): ImportedRecording {
  const { source, total_samples: samples, holes } = same.attributes;
  if (settings.duplicates === "error") {
    throw new OpusZarrError("conflict", `the same content is there already as ${same.id}`, {
      path: file.path,
      recording: same.id,
    });
  }
  const { bytes, sha256 } = source;
  const seen = { id: same.id, source: file.path, status: "skipped" } as const;
  return { ...seen, bytes, pages: 0, samples, sha256, holes: holes.length };
}

/** Commits under the file's id, or beside it; a row instead where the content turns out to be there already. */
async function commit(work: Work, attributes: RecordingAttributes): Promise<string | ImportedRecording> {
  const { file, job, staging } = work;
  const { names, settings } = job;
  // Each time around, another importer was faster.
  for (let attempt = 0; attempt < 9; attempt++) {
    const there = await names.recordings(file.id, attributes.source.sha256);
    const place = freePlace(file, attributes.source.sha256, { there, settings });
    if (typeof place !== "string") return duplicate(file, place, settings);
    if (await staging.commit(place)) {
      names.add(place);
      return place;
    }
    await names.refresh();
  }
  throw new OpusZarrError("conflict", "expected a free place, got something that is no recording", {
    path: file.path,
    recording: file.id,
  });
}

/** The id that a new recording gets; the recording that stands for it where it is not to be added. */
function freePlace(
  file: SourceFile,
  sha256: string,
  taken: { readonly there: readonly Recording[]; readonly settings: ImportSettings },
): string | Recording {
  const same = taken.there.find(
    (recording) => recording.attributes.source.sha256 === sha256 && standsUnder(recording, file.id),
  );
  if (same !== undefined && taken.settings.duplicates !== "keep") return same;
  for (const id of [file.id, ...besides(file.id, sha256)]) {
    const other = taken.there.find((recording) => recording.id === id);
    if (other === undefined) return id;
    if (id !== file.id && other.attributes.source.sha256 === sha256) return other;
  }
  return same ?? file.id;
}
