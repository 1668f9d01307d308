/** Output at other rates: which of them the decoder gives itself, and what is resampled from all it decodes. */
import { OPUS_RATE_HZ } from "../units.js";
import type { Segment } from "../segments/select.js";
import { openResampler, resampledLength } from "../tensor/resample.js";
import type { DecoderKind } from "./options.js";

/** Rates that libopus decodes at; the lower ones cost no more than the full one. */
const LIBOPUS_RATES_HZ: readonly number[] = [8_000, 12_000, 16_000, 24_000, 48_000];

/** How segments of one recording rate come out at another. */
export interface RatePlan {
  /** Rate of the recordings, in Hz: segments are counted in it. */
  readonly fromHz: number;
  /** Rate of the output, in Hz. */
  readonly toHz: number;
  /** Rate that the decoder is asked for, where 48,000 is the recordings' own. */
  readonly decoderHz: number;
  /** Samples decoded on either side of each segment for the resampler; undefined where none is needed. */
  readonly margin: number | undefined;
}

/** Plans how to come by samples at `toHz`. */
export async function planRate(fromHz: number, toHz: number, decoder: DecoderKind): Promise<RatePlan> {
  const decoderHz = (toHz * OPUS_RATE_HZ) / fromHz;
  const native =
    decoderHz === OPUS_RATE_HZ || (decoder === "libopus" && LIBOPUS_RATES_HZ.includes(decoderHz));
  if (native) return { fromHz, toHz, decoderHz, margin: undefined };
  const { margin } = await openResampler(fromHz, toHz);
  return { fromHz, toHz, decoderHz: OPUS_RATE_HZ, margin };
}

/** Samples of a segment at the output's rate. */
export function outputLength({ startSample, endSample }: Segment, rate: RatePlan): number {
  return resampledLength(endSample - startSample, rate.fromHz, rate.toHz);
}

/** What is decoded for a segment, in samples of the recording's rate. */
export function decodedRange(segment: Segment, rate: RatePlan): Segment {
  const { startSample, endSample } = segment;
  if (rate.margin !== undefined) {
    return { ...segment, startSample: startSample - rate.margin, endSample: endSample + rate.margin };
  }
  const ratio = OPUS_RATE_HZ / rate.decoderHz;
  if (ratio === 1) return segment;
  // Onto the grid of the lower rate: the sample nearest to the start, and as many as the segment has.
  const start = Math.round(startSample / ratio) * ratio;
  return { ...segment, startSample: start, endSample: start + outputLength(segment, rate) * ratio };
}
