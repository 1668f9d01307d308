/** The work on one recording: its plan, and each batch of it as a task for a worker. */
import type { BlobSource } from "../archive/blob.js";
import type { Recording } from "../archive/open.js";
import type { DecodeTask, Target } from "../decode/task.js";
import { argumentError } from "../errors.js";
import type { Link, PageIndex } from "../pageindex/page-index.js";
import type { DecodeBatch } from "../segments/batches.js";
import { FFMPEG_COSTS, LIBOPUS_COSTS } from "../segments/costs.js";
import { planAgain, type PlanOptions, planSegments } from "../segments/plan.js";
import type { Segment } from "../segments/select.js";
import { BYTES_PER_MB } from "../units.js";
import type { ExtractOptions, ExtractSettings } from "./options.js";
import type { OutputBlock } from "./output.js";
import type { RatePlan } from "./rates.js";
import { type BatchReader, batchReader } from "./read.js";

/** What is decoded of one recording. */
export interface Job {
  readonly recording: Recording;
  readonly index: PageIndex;
  readonly batches: readonly DecodeBatch[];
  readonly reader: BatchReader;
  /** What the reader reads of, counting. */
  readonly blob: BlobSource;
  /** Rows of the tensor that the plan's segments are. */
  readonly rows: readonly number[];
  readonly task: (batch: DecodeBatch) => DecodeTask;
  /** The same for some of its batches, with another pre-roll. */
  readonly again: (batches: readonly DecodeBatch[], preRollSeconds: number) => Job;
}

/** What all jobs share. */
export interface JobContext {
  readonly settings: ExtractSettings;
  readonly block: OutputBlock;
  readonly rate: RatePlan;
  readonly options: ExtractOptions;
  readonly leastBatches?: number | undefined;
}

/** Plans what is decoded of a recording for those of the segments that lie in it. */
export async function planJob(
  recording: Recording,
  segments: readonly Segment[],
  context: JobContext,
): Promise<Job> {
  const { settings, block, rate, options, leastBatches } = context;
  const rows: number[] = [];
  segments.forEach((segment, row) => {
    if (segment.recording === recording.id) rows.push(row);
  });
  const [index, blob] = await Promise.all([recording.index(), recording.blob()]);
  const planOptions: PlanOptions = {
    accuracy: settings.accuracy,
    strategy: settings.strategy,
    costs: settings.decoder === "ffmpeg" ? FFMPEG_COSTS : LIBOPUS_COSTS,
    ...(settings.preRollSeconds === undefined ? {} : { preRollSeconds: settings.preRollSeconds }),
    ...(settings.maxBatchSeconds === undefined ? {} : { maxBatchSeconds: settings.maxBatchSeconds }),
    workers: Math.max(1, settings.workers),
    ...(leastBatches === undefined ? {} : { leastBatches }),
  };
  const jobOf = (batches: readonly DecodeBatch[]): Job => ({
    recording,
    index,
    batches,
    reader: batchReader(blob, batches, {
      readBytes: settings.readSizeMb * BYTES_PER_MB,
      signal: options.signal,
    }),
    blob,
    rows,
    task: (batch) => decodeTask({ recording, index, rows, settings, block, rate }, batch),
    again: (some, preRollSeconds) => jobOf(planAgain(index, some, { ...planOptions, preRollSeconds })),
  });
  const ranges = rows.map((row) => segments[row] as Segment);
  return jobOf(planSegments(index, ranges, planOptions).batches);
}

function decodeTask(
  job: {
    recording: Recording;
    index: PageIndex;
    rows: readonly number[];
    settings: ExtractSettings;
    block: OutputBlock;
    rate: RatePlan;
  },
  batch: DecodeBatch,
): DecodeTask {
  const { index, settings, block, recording, rate } = job;
  const link = index.links[batch.link] as Link;
  if (link.head.channels !== recording.channels) {
    const expected = `${recording.channels} channels, as its first link has`;
    throw argumentError("segments", expected, `a stretch with ${link.head.channels}`, {
      recording: recording.id,
    });
  }
  const targets = batch.pieces.map((piece): Target => {
    const row = job.rows[piece.segment] as number;
    const { fromPos, toPos, offset } = piece;
    return {
      fromPos,
      toPos,
      originPos: fromPos - offset,
      element: block.offsets[row] as number,
      channelStride: block.lengths[row] as number,
    };
  });
  const { firstPage, endPage, start } = batch;
  return {
    recording: recording.id,
    layout: { channels: link.head.channels, mapping: link.head.mapping, sampleRateHz: rate.decoderHz },
    serial: link.serial,
    pageOffsets: index.byteOffset.slice(firstPage, endPage).map((offset) => offset - batch.startByte),
    pagePositions: index.samplePos.slice(firstPage, endPage + 1),
    anchorPos: start.anchorPos,
    prerollSamples: start.prerollSamples,
    fresh: start.fresh,
    exact: settings.accuracy === "exact",
    fromPos: batch.fromPos,
    toPos: batch.toPos,
    gain: settings.applyGain ? 10 ** (link.head.outputGainQ8 / 256 / 20) : 1,
    channels: settings.channels,
    mono: settings.mono,
    targets,
    output: block.data,
  };
}
