/** Runs the batches of all jobs on a pool. */
import { OPUS_RATE_HZ } from "../units.js";
import type { DecodeBatch } from "../segments/batches.js";
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

/** Runs all batches; the first that fails stops the rest. */
export async function runJobs(
  jobs: readonly Job[],
  run: { decode: BatchDecoder; options: ExtractOptions },
): Promise<Done> {
  const { signal, onProgress } = run.options;
  const started = performance.now();
  const planned = jobs.reduce((sum, job) => sum + job.plan.estimates.decodedSeconds, 0);
  const batches = jobs.reduce((sum, job) => sum + job.plan.batches.length, 0);
  const done: Done = { batches: 0, decodedSamples: 0, preRollSamples: 0, decoder: "", refused: [] };
  const stop = new AbortController();
  const halt = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const runBatch = async (job: Job, batch: DecodeBatch, number: number): Promise<void> => {
    const outcome = await run.decode(async () => {
      const bytes = await job.reader.read(number);
      return { task: job.task(batch), bytes };
    }, halt);
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
  const all = jobs.flatMap((job) => job.plan.batches.map((batch, number) => ({ job, batch, number })));
  await Promise.all(
    all.map(async ({ job, batch, number }) => {
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
