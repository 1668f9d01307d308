/** Segments out of recordings, all at once. */
import type { Archive, Recording } from "../archive/open.js";
import type { DecodeTask, Target } from "../decode/batch.js";
import { argumentError } from "../errors.js";
import type { Link, PageIndex } from "../pageindex/accumulate.js";
import { type DecodeBatch, type PlanOptions, planSegments, type SegmentPlan } from "../segments/plan.js";
import { type Segment, type SegmentRequest, selectSegment } from "../segments/select.js";
import type { ExtractedSegment, SegmentHole, SegmentTensor } from "../tensor/tensor.js";
import { BYTES_PER_MB, OPUS_RATE_HZ } from "../units.js";
import { createPool, sharedPool, type WorkerPool } from "../workers/pool.js";
import { type ExtractOptions, type ExtractSettings, extractSettings } from "./options.js";
import { type OutputBlock, outputBlock, outputChannels } from "./output.js";
import { type BatchReader, batchReader } from "./read.js";

/**
 * Extracts segments.
 *
 * Segments may come in any order, overlap and repeat: each stretch of a recording is decoded once.
 *
 * @param source a recording, or an archive whose segments name their recordings
 * @param segments `{startSample, endSample}` in samples of the recording's rate, or
 * `{startSeconds, endSeconds}`; half-open
 * @returns a tensor `[segments, channels, samples]` in the order asked for, ragged where lengths differ
 * @throws {OpusZarrError} of kind `argument` for a segment that is none or lies outside its recording,
 * naming its row; `not-found` for an unknown recording; `format` for a damaged archive
 * @example
 * ```ts
 * const clips = await extractSegments(rec, [{ startSeconds: 12.5, endSeconds: 14.5 }]);
 * clips.shape; // [1, 1, 96000]
 * ```
 */
export async function extractSegments(
  source: Archive | Recording,
  segments: readonly SegmentRequest[],
  options: ExtractOptions = {},
): Promise<SegmentTensor> {
  const settings = extractSettings(options);
  const chosen = await chooseSegments(source, segments, settings);
  return await extractChosen(chosen, settings, options);
}

/** Segments checked, with their recordings. */
export interface Chosen {
  readonly segments: readonly Segment[];
  readonly recordings: ReadonlyMap<string, Recording>;
  readonly sampleRate: number;
  /** Channels of the output. */
  readonly channels: number;
  /** Memory for the output, to be used again. */
  readonly memory?: SharedArrayBuffer | undefined;
}

/** Checks what is asked for against the recordings. */
export async function chooseSegments(
  source: Archive | Recording,
  requests: readonly SegmentRequest[],
  settings: ExtractSettings,
): Promise<Chosen> {
  if (!Array.isArray(requests)) throw argumentError("segments", "a list of segments", requests);
  const recordings = new Map<string, Recording>();
  const segments: Segment[] = [];
  let sampleRate = "totalSamples" in source ? source.sampleRate : OPUS_RATE_HZ;
  let channels =
    "totalSamples" in source ? outputChannels(source.channels, settings, { recording: source.id }) : 1;
  for (const [row, request] of requests.entries()) {
    const recording = await recordingOf(source, request, { row, recordings });
    const given = outputChannels(recording.channels, settings, { recording: recording.id });
    if (row === 0) {
      sampleRate = recording.sampleRate;
      channels = given;
    } else if (recording.sampleRate !== sampleRate || given !== channels) {
      const expected = `recordings of ${sampleRate} Hz and ${channels} channels, as the first segment's`;
      const got = `${recording.sampleRate} Hz and ${given} channels`;
      throw argumentError("segments", expected, got, { segment: row, recording: recording.id });
    }
    const { totalSamples, id } = recording;
    segments.push(
      selectSegment(request, row, {
        recording: id,
        sampleRate,
        totalSamples,
        outOfRange: settings.outOfRange,
      }),
    );
  }
  return { segments, recordings, sampleRate, channels };
}

async function recordingOf(
  source: Archive | Recording,
  request: SegmentRequest,
  at: { readonly row: number; readonly recordings: Map<string, Recording> },
): Promise<Recording> {
  if (typeof request !== "object" || request === null) {
    throw argumentError("segments", "{startSample, endSample}", request, { segment: at.row });
  }
  if ("totalSamples" in source) {
    if (request.recording !== undefined && request.recording !== source.id) {
      throw argumentError("recording", source.id, request.recording, { segment: at.row });
    }
    at.recordings.set(source.id, source);
    return source;
  }
  const id = request.recording;
  if (id === undefined)
    throw argumentError("recording", "the id of a recording, for the source is an archive", id, {
      segment: at.row,
    });
  const recording = at.recordings.get(id) ?? (await source.recording(id));
  at.recordings.set(id, recording);
  return recording;
}

/** Extracts checked segments into one tensor. */
export async function extractChosen(
  chosen: Chosen,
  settings: ExtractSettings,
  options: ExtractOptions,
): Promise<SegmentTensor> {
  const started = performance.now();
  const { segments, channels } = chosen;
  const block = outputBlock(
    segments.map((s) => s.endSample - s.startSample),
    channels,
    { dtype: settings.dtype, memory: chosen.memory },
  );
  const jobs = await Promise.all(
    [...chosen.recordings.values()].map((recording) =>
      planJob(recording, segments, { settings, block, options }),
    ),
  );
  const pool = settings.workers === 0 ? createPool(0) : sharedPool(settings.workers);
  const done = await runJobs(jobs, { pool, options });
  const holes = jobs.flatMap((job) => holesOf(job, segments)).concat(done.refused);
  const extracted = segments.map(
    (segment, i): ExtractedSegment => ({
      ...segment,
      holes: holes.filter((h) => h.segment === i).map((h) => h.hole),
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return {
    data: block.data,
    shape: block.shape,
    dtype: settings.dtype,
    ragged: block.ragged,
    offsets: block.offsets,
    sampleRate: chosen.sampleRate,
    segments: extracted,
    accuracy: settings.accuracy,
    preRollSeconds: done.preRollSamples / OPUS_RATE_HZ,
    decoder: done.decoder,
    stats: {
      segments: segments.length,
      batches: done.batches,
      decoderRuns: done.batches,
      seconds,
      audioSeconds: segments.reduce((sum, s) => sum + s.endSample - s.startSample, 0) / chosen.sampleRate,
      decodedSeconds: done.decodedSamples / OPUS_RATE_HZ,
    },
  };
}

interface Job {
  readonly recording: Recording;
  readonly index: PageIndex;
  readonly plan: SegmentPlan;
  readonly reader: BatchReader;
  /** Rows of the tensor that the plan's segments are. */
  readonly rows: readonly number[];
  readonly task: (batch: DecodeBatch) => DecodeTask;
}

interface JobContext {
  readonly settings: ExtractSettings;
  readonly block: OutputBlock;
  readonly options: ExtractOptions;
}

async function planJob(
  recording: Recording,
  segments: readonly Segment[],
  context: JobContext,
): Promise<Job> {
  const { settings, block, options } = context;
  const rows: number[] = [];
  segments.forEach((segment, row) => {
    if (segment.recording === recording.id) rows.push(row);
  });
  const [index, blob] = await Promise.all([recording.index(), recording.blob()]);
  const planOptions: PlanOptions = {
    accuracy: settings.accuracy,
    maxBatchSeconds: settings.maxBatchSeconds,
    workers: Math.max(1, settings.workers),
  };
  const plan = planSegments(
    index,
    rows.map((row) => segments[row] as Segment),
    planOptions,
  );
  const reader = batchReader(blob, plan.batches, {
    readBytes: settings.readSizeMb * BYTES_PER_MB,
    signal: options.signal,
  });
  const task = (batch: DecodeBatch): DecodeTask =>
    decodeTask({ recording, index, rows, settings, block }, batch);
  return { recording, index, plan, reader, rows, task };
}

function decodeTask(
  job: {
    recording: Recording;
    index: PageIndex;
    rows: readonly number[];
    settings: ExtractSettings;
    block: OutputBlock;
  },
  batch: DecodeBatch,
): DecodeTask {
  const { index, settings, block, recording } = job;
  const link = index.links[batch.link] as Link;
  if (link.head.channels !== recording.channels) {
    const expected = `${recording.channels} channels, as its first link has`;
    throw argumentError("segments", expected, `a stretch with ${link.head.channels}`, {
      recording: recording.id,
    });
  }
  const targets = batch.pieces.map((piece): Target => {
    const row = job.rows[piece.segment] as number;
    const { fromPos, toPos } = piece;
    return {
      fromPos,
      toPos,
      element: (block.offsets[row] as number) + piece.offset,
      channelStride: block.lengths[row] as number,
    };
  });
  const { firstPage, endPage, start } = batch;
  return {
    recording: recording.id,
    layout: { channels: link.head.channels, mapping: link.head.mapping, sampleRateHz: OPUS_RATE_HZ },
    serial: link.serial,
    pageOffsets: index.byteOffset.slice(firstPage, endPage).map((offset) => offset - batch.startByte),
    pagePositions: index.samplePos.slice(firstPage, endPage + 1),
    anchorPos: start.anchorPos,
    prerollSamples: start.prerollSamples,
    fresh: start.fresh,
    fromPos: batch.fromPos,
    toPos: batch.toPos,
    gain: settings.applyGain ? 10 ** (link.head.outputGainQ8 / 256 / 20) : 1,
    channels: settings.channels,
    mono: settings.mono,
    targets,
    output: block.data,
  };
}

interface Done {
  batches: number;
  decodedSamples: number;
  preRollSamples: number;
  decoder: string;
  refused: { segment: number; hole: SegmentHole }[];
}

async function runJobs(
  jobs: readonly Job[],
  run: { pool: WorkerPool; options: ExtractOptions },
): Promise<Done> {
  const { signal, onProgress } = run.options;
  const started = performance.now();
  const planned = jobs.reduce((sum, job) => sum + job.plan.estimates.decodedSeconds, 0);
  const batches = jobs.reduce((sum, job) => sum + job.plan.batches.length, 0);
  const done: Done = { batches: 0, decodedSamples: 0, preRollSamples: 0, decoder: "", refused: [] };
  const runBatch = async (job: Job, batch: DecodeBatch, number: number): Promise<void> => {
    const outcome = await run.pool.run<"decode">(async () => {
      const bytes = await job.reader.read(number);
      const task = { kind: "decode", task: job.task(batch), bytes } as const;
      return { task, transfer: [bytes.buffer as ArrayBuffer] };
    }, signal);
    done.batches++;
    done.decodedSamples += outcome.decodedSamples;
    done.preRollSamples = Math.max(done.preRollSamples, outcome.prerollSamples);
    done.decoder = outcome.decoder;
    for (const range of outcome.refused) done.refused.push(...refusedHoles(job, batch, range));
    const seconds = (performance.now() - started) / 1000;
    onProgress?.({
      batches,
      batchesDone: done.batches,
      decodedSeconds: done.decodedSamples / OPUS_RATE_HZ,
      plannedSeconds: planned,
      seconds,
    });
  };
  const failures: unknown[] = [];
  const stop = new AbortController();
  const all = jobs.flatMap((job) => job.plan.batches.map((batch, number) => ({ job, batch, number })));
  await Promise.all(
    all.map(async ({ job, batch, number }) => {
      if (stop.signal.aborted) return;
      try {
        await runBatch(job, batch, number);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return done;
}

/** Holes of a recording that lie in segments, in samples from each segment's start. */
function holesOf(job: Job, segments: readonly Segment[]): { segment: number; hole: SegmentHole }[] {
  const found: { segment: number; hole: SegmentHole }[] = [];
  for (const hole of job.index.holes) {
    if (hole.endSample <= hole.startSample) continue;
    for (const row of job.rows) {
      const { startSample, endSample } = segments[row] as Segment;
      if (hole.startSample >= endSample || hole.endSample <= startSample) continue;
      const from = Math.max(hole.startSample, startSample) - startSample;
      const to = Math.min(hole.endSample, endSample) - startSample;
      found.push({ segment: row, hole: { startSample: from, endSample: to, reason: hole.reason } });
    }
  }
  return found;
}

function refusedHoles(
  job: Job,
  batch: DecodeBatch,
  range: { start: number; end: number },
): { segment: number; hole: SegmentHole }[] {
  const reason = "packet that the decoder refused";
  return batch.pieces
    .filter((piece) => piece.fromPos < range.end && piece.toPos > range.start)
    .map((piece) => {
      const from = Math.max(range.start, piece.fromPos) - piece.fromPos + piece.offset;
      const to = Math.min(range.end, piece.toPos) - piece.fromPos + piece.offset;
      return {
        segment: job.rows[piece.segment] as number,
        hole: { startSample: from, endSample: to, reason },
      };
    });
}
