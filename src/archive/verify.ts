/** Holds an archive against itself: checksums, index, attributes. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AsyncMutable } from "@zarrita/storage";
import * as zarr from "zarrita";
import { errorMessage } from "../errors.js";
import { accumulate } from "../pageindex/accumulate.js";
import type { PageIndex } from "../pageindex/page-index.js";
import { pageScanner } from "../pageindex/scan.js";
import { type Shard, shardOption } from "../shards/shard.js";
import { shareOut } from "../shards/share.js";
import { BYTES_PER_MB } from "../units.js";
import type { RecordingAttributes } from "./attributes.js";
import { asJson, attributeFaults, attributesAnew, brief } from "./attributes-anew.js";
import { type BlobSource, blobSource } from "./blob.js";
import { readBlobLayout } from "./blob-layout.js";
import { checkedAttributes, checkFormat } from "./check-attributes.js";
import { type IndexColumns, readColumns, writeIndexArrays } from "./index-arrays.js";
import { mapMany } from "./many.js";
import { type NodeMetadata, opusZarrOf, readNode } from "./metadata.js";
import { type Archive, checkId } from "./open.js";
import { digestOf, noteShard, type ShardNote, shardJob } from "./shard-records.js";
import type { ArchiveStore } from "./store.js";

/** How an archive is verified. */
export interface VerifyOptions {
  /** Rebuilds indexes that do not fit their blob, and clears what crashed imports left; never touches a blob. */
  readonly repair?: boolean;
  /**
   * Only this share of the recordings, about as many bytes as every other: `"i/N"`, counted from 0; `"slurm"`,
   * `"kubernetes/N"` or `"auto"` as the environment says. Orphans are looked for by shard 0.
   */
  readonly shard?: string;
  readonly signal?: AbortSignal;
  /** Told after every recording. */
  readonly onProgress?: (progress: { readonly recordings: number; readonly recordingsDone: number }) => void;
}

/** What is wrong with a recording. */
export interface Problem {
  readonly recording: string;
  readonly problem: string;
  /** Whether it was mended. */
  readonly repaired: boolean;
}

/** What a verification found. */
export interface VerifyReport {
  readonly recordings: number;
  readonly ok: number;
  /** Recordings that are not what they should be, repaired ones not counted. */
  readonly damaged: number;
  /** Folders that an import left behind; cleared ones not counted. */
  readonly orphans: number;
  /** Indexes rebuilt and orphans cleared. */
  readonly repaired: number;
  readonly problems: readonly Problem[];
}

/**
 * Verifies every recording: the blob's SHA-256, each page's checksum, the index against the pages, the
 * attributes against both. Damage that was there at the import and is on record as holes is no problem.
 *
 * @example
 * ```ts
 * const report = await verifyArchive(archive);
 * console.log(report.ok, report.problems);
 * ```
 */
export async function verifyArchive(archive: Archive, options: VerifyOptions = {}): Promise<VerifyReport> {
  const shard = shardOption(options.shard);
  const all = (await archive.list()).sort();
  const names = shard === undefined ? all : await shardNames(archive, all, shard);
  const note = shard && (await noteVerify(archive, all, shard));
  const problems: Problem[] = [];
  let done = 0;
  for (const name of names) {
    options.signal?.throwIfAborted();
    problems.push(...(await verifyRecording(archive, name, options)));
    options.onProgress?.({ recordings: names.length, recordingsDone: ++done });
  }
  const orphans =
    (shard?.index ?? 0) === 0
      ? await verifyOrphans(archive, options.repair === true)
      : { left: 0, cleared: 0 };
  const bad = new Set(problems.filter((p) => !p.repaired).map((p) => p.recording));
  const mended = new Set(problems.filter((p) => p.repaired && !bad.has(p.recording)).map((p) => p.recording));
  const report = {
    recordings: names.length,
    ok: names.length - bad.size,
    damaged: bad.size,
    orphans: orphans.left,
    repaired: mended.size + orphans.cleared,
    problems,
  };
  const open = problems.filter((problem) => !problem.repaired);
  await note?.done({
    counts: {
      recordings: report.recordings,
      ok: report.ok,
      damaged: report.damaged,
      repaired: report.repaired,
    },
    failed: open.map(({ recording, problem }) => `${recording}: ${problem}`),
  });
  return report;
}

/** The recordings of one shard, balanced by the bytes of their blobs. */
async function shardNames(archive: Archive, all: readonly string[], shard: Shard): Promise<string[]> {
  // One that cannot be read is damaged, and will be found to be.
  const bytes = await mapMany(all, (name) =>
    readBlobLayout(archive.store, name).then(
      (blob) => blob.byteLength,
      () => 0,
    ),
  );
  const shards = shareOut(bytes, shard.count);
  return all.filter((_, i) => shards[i] === shard.index);
}

async function noteVerify(archive: Archive, all: readonly string[], shard: Shard): Promise<ShardNote> {
  const about = { job: shardJob("verify"), command: "verify", work: digestOf(all), merge: null } as const;
  return await noteShard(archive.store, shard, about);
}

async function verifyOrphans(archive: Archive, repair: boolean): Promise<{ left: number; cleared: number }> {
  const orphans = ((await archive.store.orphans?.({ everywhere: true })) ?? []).filter(
    (orphan) => !orphan.live,
  );
  if (!repair) return { left: orphans.length, cleared: 0 };
  for (const orphan of orphans) await archive.store.removeOrphan?.(orphan.name);
  return { left: 0, cleared: orphans.length };
}

async function verifyRecording(archive: Archive, name: string, options: VerifyOptions): Promise<Problem[]> {
  const problem = (text: string, repaired = false): Problem => ({ recording: name, problem: text, repaired });
  try {
    const stored = await storedRecording(archive.store, name);
    const { attributes } = stored;
    const { index, sha256 } = await readBlob(stored.blob, options.signal);
    const expected = attributes.blob_sha256 ?? attributes.source?.sha256;
    if (sha256 !== expected) return [problem(`blob: expected SHA-256 ${String(expected)}, got ${sha256}`)];
    const anew = attributesAnew(attributes, index);
    const faults = [
      ...(await indexFaults(archive.store, stored, index)),
      ...attributeFaults(attributes, anew),
    ];
    // What does not follow from the blob cannot be mended.
    const lasting = faultOf(() => checkedAttributes(asJson(anew), { recording: name }));
    if (lasting !== undefined) return [...faults, lasting].map((fault) => problem(fault));
    if (faults.length === 0) return [];
    const mended = options.repair === true && (await repairIndex(archive.store, stored, { index, anew }));
    return faults.map((fault) => problem(fault, mended));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return [problem(errorMessage(error))];
  }
}

/** A recording as it stands: attributes that follow from its blob may be anything yet. */
interface StoredRecording {
  readonly id: string;
  readonly group: NodeMetadata;
  readonly attributes: Partial<RecordingAttributes>;
  readonly blob: BlobSource;
}

async function storedRecording(store: ArchiveStore, id: string): Promise<StoredRecording> {
  checkId(store, id);
  const group = (await readNode(store, `/${id}`, "group")) ?? {};
  const attributes = opusZarrOf(group);
  checkFormat(attributes, { path: store.place, recording: id });
  const blob = blobSource(store, await readBlobLayout(store, id));
  return { id, group, attributes: attributes as Partial<RecordingAttributes>, blob };
}

async function readBlob(
  blob: BlobSource,
  signal: AbortSignal | undefined,
): Promise<{ index: PageIndex; sha256: string }> {
  const scanner = pageScanner();
  const hash = createHash("sha256");
  const step = 8 * BYTES_PER_MB;
  let held: Uint8Array = new Uint8Array(0);
  for (let start = 0; start < blob.byteLength; start += step) {
    signal?.throwIfAborted();
    const bytes = await blob.read(start, start + step, signal);
    hash.update(bytes);
    const joined = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    const base = start - held.length;
    scanner.push(joined, base, base + joined.length, start + step >= blob.byteLength);
    held = joined.slice(Math.max(0, scanner.next - base));
  }
  return { index: accumulate(scanner.finish()), sha256: hash.digest("hex") };
}

async function indexFaults(
  store: ArchiveStore,
  { id, blob }: StoredRecording,
  built: PageIndex,
): Promise<string[]> {
  let stored: IndexColumns;
  try {
    stored = await readColumns(store, id, Promise.resolve(blob.byteLength));
  } catch (error) {
    return [errorMessage(error)];
  }
  const faults: string[] = [];
  for (const [table, column] of [
    ["opus_index", "samplePos"],
    ["opus_runs", "runPos"],
  ] as const) {
    const [expected, got] = [built[column].length, stored[column].length];
    if (expected !== got) faults.push(`index: ${table}: expected ${expected} rows, got ${got}`);
  }
  if (faults.length > 0) return faults;
  for (const column of ["byteOffset", "pageSize", "samplePos", "runPos", "runMode"] as const) {
    const at = firstDifference(stored[column], built[column]);
    if (at >= 0)
      faults.push(`index: ${column}: expected ${built[column][at]}, got ${stored[column][at]} in row ${at}`);
  }
  if (!isDeepStrictEqual(stored.unsettled, built.unsettled))
    faults.push(`index: unsettled: expected ${brief(built.unsettled)}, got ${brief(stored.unsettled)}`);
  return faults;
}

function faultOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

/** Writes the index anew, and the attributes that follow from the blob. */
async function repairIndex(
  store: ArchiveStore,
  { id, group }: StoredRecording,
  { index, anew }: { readonly index: PageIndex; readonly anew: RecordingAttributes },
): Promise<boolean> {
  if (store.set === undefined) return false;
  const root = zarr.root(store as AsyncMutable).resolve(`/${id}`);
  await writeIndexArrays(root, index);
  await zarr.create(root, { attributes: { ...(group["attributes"] as object), opus_zarr: anew } });
  return true;
}
