/** Segments out of recordings, all at once. */
import type { Archive, Recording } from "../archive/open.js";
import { rangeSamples, type SegmentRequest } from "../segments/select.js";
import type { ExtractedSegment, SegmentTensor } from "../tensor/tensor.js";
import { OPUS_RATE_HZ } from "../units.js";
import { createPool, sharedPool } from "../workers/pool.js";
import { type Chosen, chooseSegments } from "./choose.js";
import { batchDecoder } from "./decoders.js";
import { holesByRow, holesOf, outputHoles } from "./holes.js";
import { planJob } from "./job.js";
import { type ExtractOptions, type ExtractSettings, extractSettings } from "./options.js";
import { outputBlock } from "./output.js";
import { decodedRange, outputLength } from "./rates.js";
import { resampleBlock } from "./resample.js";
import { runJobs } from "./run.js";

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

/** Extracts checked segments into one tensor. */
export async function extractChosen(
  chosen: Chosen,
  settings: ExtractSettings,
  options: ExtractOptions,
): Promise<SegmentTensor> {
  const started = performance.now();
  const { segments, channels, memory, rate } = chosen;
  const { dtype } = settings;
  const lengths = segments.map((segment) => outputLength(segment, rate));
  const block = outputBlock(lengths, channels, { dtype, memory: memory?.output });
  const decoded = segments.map((segment) => decodedRange(segment, rate));
  // What is resampled is decoded into a block of its own.
  const toResample =
    rate.margin === undefined
      ? undefined
      : outputBlock(decoded.map(rangeSamples), channels, { dtype: "float32", memory: memory?.decoded });
  const { leastBatches } = chosen;
  const context = { settings, block: toResample ?? block, rate, options, leastBatches };
  const jobs = await Promise.all(
    [...chosen.recordings.values()].map((recording) => planJob(recording, decoded, context)),
  );
  const pool = settings.workers === 0 ? createPool(0) : sharedPool(settings.workers);
  const done = await runJobs(jobs, { decode: batchDecoder(settings, pool), options });
  if (toResample) await resampleBlock(toResample, block, { rate, pool, signal: options.signal });
  const found = jobs.flatMap((job) => holesOf(job, decoded)).concat(done.refused);
  const holes = holesByRow(outputHoles(found, { segments, decoded, rate }));
  return {
    data: block.data,
    shape: block.shape,
    dtype,
    ragged: block.ragged,
    offsets: block.offsets,
    sampleRate: rate.toHz,
    recordingRate: rate.fromHz,
    segments: segments.map((segment, row): ExtractedSegment => ({ ...segment, holes: holes.get(row) ?? [] })),
    accuracy: settings.accuracy,
    preRollSeconds: done.preRollSamples / OPUS_RATE_HZ,
    decoder: done.decoder,
    stats: {
      segments: segments.length,
      batches: done.batches,
      decoderRuns: done.batches,
      seconds: (performance.now() - started) / 1000,
      audioSeconds: segments.reduce((sum, segment) => sum + rangeSamples(segment), 0) / rate.fromHz,
      decodedSeconds: done.decodedSamples / OPUS_RATE_HZ,
      bytesRead: jobs.reduce((sum, { blob }) => sum + blob.bytesRead, 0),
      storeReads: jobs.reduce((sum, { blob }) => sum + blob.storeReads, 0),
    },
  };
}
