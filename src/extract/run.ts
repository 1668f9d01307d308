/** Runs the batches of all jobs on a pool. */
import type { DecodeOutcome } from "../decode/task.js";
import { formatError } from "../errors.js";
import type { Link } from "../pageindex/page-index.js";
import type { DecodeBatch } from "../segments/batches.js";
import { positionOf } from "../segments/preroll.js";
import { OPUS_RATE_HZ } from "../units.js";
import type { BatchDecoder } from "./decoders.js";
import { type HoleInSegment, refusedHoles } from "./holes.js";
import type { Job } from "./job.js";
import type { ExtractOptions } from "./options.js";

/** What the batches took. */
export interface Done {
  batches: number;
  decodedSamples: number;
  preRollSamples: number;
  decoder: string;
  refused: HoleInSegment[];
}

/**
 * Pre-rolls that batches get, one after the other, whose first one did not let the decoder settle, in seconds. Steady
 * tones and hum need more than a second; some never settle, and are decoded from the stream's start.
 */
const LONGER_PREROLLS_SECONDS: readonly number[] = [2.5, 8, 30, Number.POSITIVE_INFINITY];

/** Runs all batches; the first that fails stops the rest. */
export async function runJobs(
  jobs: readonly Job[],
  run: { readonly decode: BatchDecoder; readonly options: ExtractOptions },
): Promise<Done> {
  const done: Done = { batches: 0, decodedSamples: 0, preRollSamples: 0, decoder: "", refused: [] };
  const report = progressReporter(run.options, done);
  let left = jobs;
  for (const longer of [...LONGER_PREROLLS_SECONDS, undefined]) {
    report.planned(left);
    const unsettled = await runOnce(left, { ...run, done, report });
    if (unsettled.length === 0 || longer === undefined) break;
    left = unsettled.map(({ job, batches }) => job.again(batches, longer));
  }
  return done;
}

interface Run {
  readonly decode: BatchDecoder;
  readonly options: ExtractOptions;
  readonly done: Done;
  readonly report: ProgressReporter;
}

interface Unsettled {
  readonly job: Job;
  readonly batches: readonly DecodeBatch[];
}

/** Runs every batch of the jobs once; gives those back that need a longer pre-roll. */
async function runOnce(jobs: readonly Job[], run: Run): Promise<Unsettled[]> {
  const failures: unknown[] = [];
  const stop = new AbortController();
  const { signal } = run.options;
  const halt = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const settles = async (job: Job, number: number): Promise<boolean> => {
    try {
      return await runBatch(job, number, { ...run, halt });
    } catch (error) {
      failures.push(error);
      stop.abort();
      return true;
    }
  };
  const unsettled = await Promise.all(
    jobs.map(async (job): Promise<Unsettled> => {
      const settled = await Promise.all(job.batches.map((_, number) => settles(job, number)));
      return { job, batches: job.batches.filter((_, number) => !settled[number]) };
    }),
  );
  if (failures.length > 0) throw failures[0];
  return unsettled.filter(({ batches }) => batches.length > 0);
}

/** Runs a batch; false if it needs a longer pre-roll. */
async function runBatch(
  job: Job,
  number: number,
  run: Run & { readonly halt: AbortSignal },
): Promise<boolean> {
  const batch = job.batches[number] as DecodeBatch;
  const outcome = await run.decode(
    async () => ({ task: job.task(batch), bytes: await job.reader.read(number) }),
    run.halt,
  );
  if (outcome.settled) refuseShort(job, batch, outcome);
  count(run.done, outcome);
  for (const range of outcome.refused) run.done.refused.push(...refusedHoles(job, batch, range));
  run.report.ended();
  return outcome.settled;
}

/** Samples that no page gave and no hole tells of must not pass for silence: the index promises what is not there. */
function refuseShort(
  { index, recording }: Job,
  batch: DecodeBatch,
  { decodedSamples, prerollSamples, refused }: DecodeOutcome,
): void {
  const from = batch.fromPos - prerollSamples;
  const { toPos } = batch;
  if (from + decodedSamples >= toPos) return;
  const shift = positionOf(index, index.links[batch.link] as Link, 0);
  const lost = [
    ...index.holes.map((h) => ({ start: h.startSample + shift, end: h.endSample + shift })),
    ...refused,
  ];
  const missing = lost.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, toPos) - Math.max(start, from)),
    0,
  );
  const reached = from + decodedSamples + missing;
  if (reached >= toPos) return;
  const expected = `packets up to position ${toPos}, got some up to ${reached}: run opus-zarr verify`;
  throw formatError(`index: expected ${expected}`, { recording: recording.id });
}

function count(done: Done, outcome: DecodeOutcome): void {
  done.batches++;
  done.decodedSamples += outcome.decodedSamples;
  if (outcome.settled) done.preRollSamples = Math.max(done.preRollSamples, outcome.prerollSamples);
  done.decoder = outcome.decoder;
}

interface ProgressReporter {
  planned(jobs: readonly Job[]): void;
  /** A batch has ended. */
  ended(): void;
}

function progressReporter({ onProgress }: ExtractOptions, done: Done): ProgressReporter {
  const started = performance.now();
  let batches = 0;
  let plannedSamples = 0;
  return {
    planned(jobs) {
      for (const job of jobs) {
        batches += job.batches.length;
        for (const { toPos, fromPos, start } of job.batches)
          plannedSamples += toPos - Math.min(fromPos, start.startPos);
      }
    },
    ended() {
      onProgress?.({
        batches,
        batchesDone: done.batches,
        decodedSeconds: done.decodedSamples / OPUS_RATE_HZ,
        plannedSeconds: plannedSamples / OPUS_RATE_HZ,
        seconds: (performance.now() - started) / 1000,
      });
    },
  };
}
