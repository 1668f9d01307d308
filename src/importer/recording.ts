/** One file into an archive. */
import { stat } from "node:fs/promises";
import { recordingAttributes, type RecordingAttributes } from "../archive/attributes.js";
import { writeRecording } from "../archive/layout.js";
import type { Archive, Recording } from "../archive/open.js";
import type { Staging } from "../archive/store.js";
import { isOpusZarrError, OpusZarrError } from "../errors.js";
import { accumulate } from "../pageindex/accumulate.js";
import { copyToBlob } from "./copy.js";
import type { SourceFile } from "./names.js";
import { type ImportSource, openImportSource } from "./source.js";
import type { ImportOptions, ImportSettings } from "./options.js";
import type { ImportedRecording } from "./report.js";

interface Job {
  readonly options: ImportOptions;
  readonly settings: ImportSettings;
  readonly onBytes: (bytes: number) => void;
}

/** Files from here on are scanned and hashed on threads: starting two costs as long as scanning this much. */
const THREADS_FROM_BYTES = 24 * 1024 * 1024;

/** Imports one file, or finds that it is there already. */
export async function importRecording(
  archive: Archive,
  file: SourceFile,
  job: Job,
): Promise<ImportedRecording> {
  const { settings, options } = job;
  const there = await existing(archive, file.id);
  if (settings.check === "mtime" && settings.duplicates === "skip") {
    const same = await sameByMtime(there, file);
    if (same) return skipped(file, same);
  }
  const source = await openImportSource(file.path, options);
  const staging = await (archive.store.stage as NonNullable<typeof archive.store.stage>)(file.id);
  try {
    const row = await stageAndCommit({ archive, file, source, staging, there, job });
    return row;
  } finally {
    await source.close();
    await staging.discard();
  }
}

interface Work {
  readonly archive: Archive;
  readonly file: SourceFile;
  readonly source: ImportSource;
  readonly staging: Staging;
  readonly there: readonly Recording[];
  readonly job: Job;
}

async function stageAndCommit(work: Work): Promise<ImportedRecording> {
  const { file, source, staging, job } = work;
  const { settings, options } = job;
  const copied = await copyToBlob(source, staging, {
    batchBytes: settings.batchBytes(source.byteLength),
    chunkTargetBytes: settings.chunkTargetBytes,
    threads: source.byteLength >= THREADS_FROM_BYTES,
    signal: options.signal,
    onBytes: job.onBytes,
  });
  const index = accumulate(copied.scan);
  const attributes = recordingAttributes(index, await source.describe({ index, copied, file, options }));
  const id = await freeId(work, attributes);
  if (typeof id !== "string") return id;
  await writeRecording(staging, index, {
    attributes,
    blobBytes: source.byteLength,
    chunkTargetBytes: settings.chunkTargetBytes,
  });
  if (!(await staging.commit(id))) {
    throw new OpusZarrError(
      "conflict",
      "another import committed a recording of this name just now; run this one again",
      {
        recording: id,
      },
    );
  }
  return {
    id,
    source: file.path,
    status: "imported",
    bytes: attributes.source.bytes,
    pages: index.pages,
    samples: index.totalSamples,
    sha256: attributes.source.sha256,
    holes: index.holes.length,
  };
}

/** Recordings that stand under the file's id, or under it with the beginning of a hash. */
async function existing(archive: Archive, id: string): Promise<Recording[]> {
  const found: Recording[] = [];
  const names = archive.store.named ? await archive.store.named(id) : [id];
  for (const name of names) {
    if (name !== id && !/^-[0-9a-f]{8}$/.test(name.slice(id.length))) continue;
    try {
      found.push(await archive.recording(name));
    } catch (error) {
      if (!isOpusZarrError(error, "not-found")) throw error;
    }
  }
  return found;
}

async function sameByMtime(there: readonly Recording[], file: SourceFile): Promise<Recording | undefined> {
  if (there.length === 0) return undefined;
  const info = await stat(file.path);
  const mtime = info.mtime.toISOString();
  return there.find(({ attributes: { source } }) => source.bytes === info.size && source.mtime === mtime);
}

function skipped(file: SourceFile, same: Recording): ImportedRecording {
  const { source, total_samples } = same.attributes;
  return {
    id: same.id,
    source: file.path,
    status: "skipped",
    bytes: source.bytes,
    pages: 0,
    samples: total_samples,
    sha256: source.sha256,
    holes: same.attributes.holes.length,
    error: "already there",
  };
}

/** The id that a new recording gets; a row instead where it is not to be added. */
async function freeId(work: Work, attributes: RecordingAttributes): Promise<string | ImportedRecording> {
  const { file, archive, job } = work;
  const there = await existing(archive, file.id);
  if (there.length === 0) return file.id;
  const sha256 = attributes.source.sha256;
  const same = there.find((recording) => recording.attributes.source.sha256 === sha256);
  if (same && job.settings.duplicates === "error") {
    throw new OpusZarrError("conflict", `the same content is there already as ${same.id}`, {
      path: file.path,
      recording: same.id,
    });
  }
  const beside = `${file.id}-${sha256.slice(0, 8)}`;
  const taken = there.some((recording) => recording.id === beside);
  if (same && (job.settings.duplicates === "skip" || taken)) return skipped(file, same);
  if (!there.some((recording) => recording.id === file.id)) return file.id;
  return beside;
}
