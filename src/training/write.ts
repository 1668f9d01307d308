/** Writes a planned dataset: streamed, resumable, the same bytes every time. */
import { join } from "node:path";
import type { Archive } from "../archive/open.js";
import type { ShardNote } from "../archive/shard-records.js";
import type { StreamOptions } from "../extract/stream.js";
import { filesThere, writeFileAtomic } from "../files.js";
import { type Shard, shardOption } from "../shards/shard.js";
import { datasetDescription, datasetFingerprint } from "./describe.js";
import type { DatasetRecording } from "./groups.js";
import { type DatasetLayout, datasetLayout, type Part } from "./layout.js";
import { checkLabels } from "./metadata.js";
import type { DatasetPlan } from "./model.js";
import { archiveStream, type DatasetRow, datasetRows, type SegmentStream } from "./rows.js";
import { type WriteDatasetOptions, type WriteSettings, writeSettings } from "./settings.js";
import { shardParts } from "./shard.js";
import { shardMemory } from "./shard-file.js";
import { openPart, type PartSink, type SinkContext } from "./sinks.js";
import { type DatasetState, openState, type PartRecord } from "./state.js";
import { writeTables } from "./tables.js";

/** Memory for decoded samples unless said otherwise, in MB. */
const DEFAULT_MEMORY_MB = 128;

/** What was written. */
export interface DatasetReport {
  readonly out: string;
  readonly windows: number;
  /** Windows that an earlier run had written already. */
  readonly resumed: number;
  readonly files: number;
  readonly classes: readonly string[];
  readonly splits: DatasetPlan["splits"];
  readonly dropped: DatasetPlan["dropped"];
  /** Windows that lack samples, which the recording has lost. */
  readonly windowsWithHoles: number;
  readonly fingerprint: string;
  /** Wall time in seconds. */
  readonly seconds: number;
}

/**
 * Writes a planned dataset to a folder.
 *
 * Files appear whole. A run that was stopped goes on where it was when called again with the same plan and options,
 * and the folder ends up with the bytes that one run would have given; `dataset.json` is written last.
 *
 * @param archive where the recordings are
 * @param plan from `planDataset`
 * @param options see {@link WriteDatasetOptions}, and `out`, the folder
 * @returns what was written
 * @throws {OpusZarrError} of kind `argument` for a bad option, or windows of several shapes in shards; `not-found`
 *   for a recording that is not in the archive; `conflict` when the folder holds something else; `io`
 * @example
 * ```ts
 * const report = await writeDataset(archive, plan, { out: "clips", format: "wav", sampleRate: 32000 });
 * ```
 */
export async function writeDataset(
  archive: Archive,
  plan: DatasetPlan,
  options: WriteDatasetOptions & { readonly out: string },
): Promise<DatasetReport> {
  const recordings = new Map<string, DatasetRecording>();
  for (const id of new Set(plan.windows.map(({ recording }) => recording))) {
    recordings.set(id, await archive.recording(id));
  }
  return await writeStream({ plan, recordings, stream: archiveStream(archive) }, options);
}

/** A plan, and what decodes it. */
export interface StreamInput {
  readonly plan: DatasetPlan;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  readonly stream: SegmentStream;
  /** Notes that a shard of it has begun. */
  readonly note?: ((shard: Shard, fingerprint: string) => Promise<ShardNote>) | undefined;
}

/** {@link writeDataset} with the decoding injected. */
export async function writeStream(
  { plan, recordings, stream, note }: StreamInput,
  options: WriteDatasetOptions & { readonly out: string },
): Promise<DatasetReport> {
  const started = performance.now();
  const { out: folder, about = {} } = options;
  const settings = writeSettings(options);
  checkLabels(plan.classes);
  const layout = datasetLayout(plan, recordings, settings);
  const input = { plan, layout, recordings, settings, about };
  const fingerprint = datasetFingerprint(input);
  const state = await openState(folder, fingerprint, () => expectedFiles(layout));
  const shard = shardOption(options.shard);
  const parts = shard === undefined ? layout.parts : shardParts(layout, shard);
  const noted = shard && !state.complete ? await note?.(shard, fingerprint) : undefined;
  const done = state.complete ? new Set(parts) : await donePartsOf(state, { ...layout, parts }, folder);
  const resumed = windowsIn(done);
  const job: Job = { layout, settings, recordings, stream, state, folder, options };
  const records = new Map(state.done);
  const open = parts.filter((part) => !done.has(part));
  const progress = { records, resumed, started, windows: windowsIn(parts) };
  if (open.length > 0) await writeParts(job, open, progress);
  const holes = holesOf({ ...layout, parts }, records);
  if (shard === undefined && !state.complete) {
    await writeTables({ folder, layout, recordings, holes });
    const description = describeResult(records, { fingerprint, holes });
    await writeFileAtomic(join(folder, "dataset.json"), Buffer.from(datasetDescription(input, description)));
    await state.finish();
  }
  const counts = countsOf({ ...layout, parts });
  await noted?.done({ counts, failed: [] });
  const { classes, splits, dropped } = plan;
  const seconds = (performance.now() - started) / 1000;
  return {
    ...{ out: folder, ...counts, resumed, classes, splits, dropped },
    ...{ windowsWithHoles: holes.size, fingerprint, seconds },
  };
}

function countsOf({ parts, windows }: DatasetLayout): { windows: number; files: number } {
  const written = parts.flatMap(({ first, end }) => windows.slice(first, end));
  return { windows: written.length, files: new Set(written.map(({ file }) => file)).size };
}

function describeResult(
  records: ReadonlyMap<number, PartRecord>,
  { fingerprint, holes }: { readonly fingerprint: string; readonly holes: ReadonlyMap<number, number> },
): Parameters<typeof datasetDescription>[1] {
  const decoder = [...new Set([...records.values()].map((record) => record.decoder))].join(", ");
  const holeSeconds = [...holes.values()].reduce((sum, seconds) => sum + seconds, 0);
  return { fingerprint, decoder, holeSeconds, holes: holes.size };
}

function expectedFiles(layout: DatasetLayout): Iterable<string> {
  return new Set([...layout.windows.map(({ file }) => file), "metadata.csv"]);
}

function windowsIn(parts: Iterable<Part>): number {
  return [...parts].reduce((sum, { first, end }) => sum + end - first, 0);
}

/** Parts that are recorded as done and whose files are there. */
async function donePartsOf(state: DatasetState, layout: DatasetLayout, folder: string): Promise<Set<Part>> {
  const done = new Set<Part>();
  for (const part of layout.parts) {
    if (!state.done.has(part.index)) continue;
    const files = new Set(layout.windows.slice(part.first, part.end).map(({ file }) => file));
    if (await filesThere(folder, files)) done.add(part);
  }
  return done;
}

interface Job {
  readonly layout: DatasetLayout;
  readonly settings: WriteSettings;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  readonly stream: SegmentStream;
  readonly state: DatasetState;
  readonly folder: string;
  readonly options: WriteDatasetOptions;
}

interface Progress {
  readonly records: Map<number, PartRecord>;
  readonly resumed: number;
  readonly started: number;
  /** Windows in all. */
  readonly windows: number;
}

/** Decodes the windows of all parts in one go, and deals the rows to the parts as they come. */
async function writeParts(
  job: Job,
  parts: readonly Part[],
  { records, resumed, started, windows: total }: Progress,
): Promise<void> {
  const { layout, settings, recordings, stream, folder, options } = job;
  const rows = datasetRows(parts, { layout, stream, recordings, settings, options: streamOptions(job) });
  const context: SinkContext = { folder, layout, settings, recordings, memory: shardMemory() };
  let windowsDone = resumed;
  for (const part of parts) {
    const sink = await openPart(part, context);
    try {
      const record = await fillPart(part, rows, sink);
      await sink.close();
      await job.state.markDone(part.index, record);
      records.set(part.index, record);
    } catch (error) {
      await sink.abort();
      await rows.return(undefined);
      throw error;
    }
    windowsDone += part.end - part.first;
    const seconds = (performance.now() - started) / 1000;
    options.onProgress?.({ windows: total, windowsDone, seconds });
  }
}

async function fillPart(part: Part, rows: AsyncGenerator<DatasetRow>, sink: PartSink): Promise<PartRecord> {
  const holes: Record<string, number> = {};
  let decoder = "";
  for (let i = 0; i < part.end - part.first; i++) {
    const next = await rows.next();
    if (next.done === true) throw new Error(`the decoder stopped before window ${part.first + i}`);
    const row = next.value;
    if (row.holeSeconds > 0) holes[String(i)] = row.holeSeconds;
    decoder = row.decoder;
    await sink.add(row);
  }
  return { holes, decoder };
}

function streamOptions({ settings, options }: Job): StreamOptions {
  return {
    accuracy: settings.accuracy,
    maxMemoryMb: options.maxMemoryMb ?? DEFAULT_MEMORY_MB,
    // Every row is written before the next part is asked for.
    reuseMemory: true,
    ...(settings.channels === undefined ? {} : { channels: settings.channels }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

/** Seconds lost, by window of the layout. */
function holesOf(layout: DatasetLayout, records: ReadonlyMap<number, PartRecord>): Map<number, number> {
  const holes = new Map<number, number>();
  for (const part of layout.parts) {
    for (const [offset, seconds] of Object.entries(records.get(part.index)?.holes ?? {})) {
      holes.set(part.first + Number(offset), seconds);
    }
  }
  return holes;
}
