/** A segment plan in the seconds of its recording, as the chart of it shows them. */
import type { PageIndex } from "../pageindex/page-index.js";
import type { SampleRange } from "../segments/pieces.js";
import type { SegmentPlan } from "../segments/plan.js";
import { positionOf } from "../segments/preroll.js";
import { OPUS_RATE_HZ, positiveNumber } from "../units.js";
import type { BatchPlanView } from "./plan-plot.js";

/** Options of {@link segmentPlanView}. */
export interface SegmentPlanViewOptions {
  /** The segments that were planned, in samples of the file. */
  readonly segments: readonly (SampleRange & { readonly label?: string | undefined })[];
  /** True rate of the recording in Hz. Default 48000. */
  readonly sampleRateHz?: number | undefined;
}

/**
 * Turns a plan of `planSegments` into times: what {@link batchPlanPlot} draws.
 *
 * @param plan what will be decoded
 * @param index the recording's page index, with which the plan was made
 * @param options the `segments` that were planned, and the recording's true `sampleRateHz`
 * @returns segments and batches in seconds from the recording's first sample
 * @throws {OpusZarrError} of kind `argument` when the rate is no positive number
 * @example
 * ```ts
 * const segments = [{ startSample: 480_000, endSample: 576_000 }];
 * const index = await rec.index();
 * showPlot(batchPlanPlot(segmentPlanView(planSegments(index, segments), index, { segments })));
 * ```
 */
export function segmentPlanView(
  plan: SegmentPlan,
  index: PageIndex,
  options: SegmentPlanViewOptions,
): BatchPlanView {
  const rate = positiveNumber("sampleRateHz", options.sampleRateHz ?? OPUS_RATE_HZ);
  const segments = options.segments.map(({ startSample, endSample, label }) => ({
    startSeconds: startSample / rate,
    endSeconds: endSample / rate,
    label,
  }));
  const batches = plan.batches.flatMap((batch) => {
    const link = index.links[batch.link];
    if (!link) return [];
    const first = positionOf(index, link, 0);
    const linkStart = link.startPos + link.preSkip;
    // What is dropped at a stream's start lies before its first sample: no time of the recording.
    const secondsOf = (position: number): number => (Math.max(position, linkStart) - first) / rate;
    const { fresh, anchorPos, prerollSamples } = batch.start;
    const decodedFrom = fresh ? link.startPos : anchorPos - prerollSamples;
    return {
      preRollStartSeconds: secondsOf(Math.min(decodedFrom, batch.fromPos)),
      startSeconds: secondsOf(batch.fromPos),
      endSeconds: secondsOf(batch.toPos),
    };
  });
  return { segments, batches };
}
