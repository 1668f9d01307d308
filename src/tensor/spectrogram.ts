/** Spectrogram of a signal: power or decibels over time and frequency. */
import { oneOf, positiveNumber } from "../units.js";
import { binFrequencies, type FrameOptions, forEachPowerFrame, frameTimes, planFrames } from "./stft.js";

/** Linear power, or decibels (10·log10). */
export type SpectrogramScale = "power" | "db";

/** Options of {@link spectrogram}. */
export interface SpectrogramOptions extends FrameOptions {
  /** Default `db`: decibels relative to full scale squared, so a full-scale sine reads −3 dB. */
  readonly scale?: SpectrogramScale | undefined;
  /** Decibels below the loudest value at which values are cut off; no cut if it is not given. */
  readonly rangeDb?: number | undefined;
}

/** Values over time and frequency. */
export interface Spectrogram {
  /** Row-major `[frames, bins]`: value of bin k of frame i at `i * bins + k`. */
  readonly values: Float32Array;
  readonly scale: SpectrogramScale;
  readonly frames: number;
  readonly bins: number;
  /** Middle of every frame in seconds from the signal's first sample. */
  readonly timesSeconds: Float64Array;
  /** Frequency of every bin in Hz. */
  readonly frequenciesHz: Float64Array;
  readonly sampleRateHz: number;
}

/** Power below this reads −200 dB: silence is finite. */
const FLOOR_POWER = 1e-20;

/**
 * The power of a signal over time and frequency.
 *
 * The numbers are those of `scipy.signal.spectrogram(…, detrend=False, window="hann")`, and with
 * `{ scaling: "none", center: true }` those of `abs(librosa.stft(…)) ** 2`.
 *
 * @param samples one channel: float in [−1, 1] or 16-bit integers, which count as value / 32768
 * @param options `sampleRateHz` in Hz (the true rate, also of ultrasonic recordings), `fftSize` (a power of two),
 *   `hopSamples`, `window`, `scale`, `rangeDb`
 * @returns values as `[frames, bins]` with `bins = fftSize / 2 + 1`, and both axes; a signal shorter than a frame
 *   gives one frame, an empty one none
 * @throws {OpusZarrError} of kind `argument` when an option is out of its range
 * @example
 * ```ts
 * const tone = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin((2 * Math.PI * 3_000 * i) / 48_000));
 * const { values, frames, bins } = spectrogram(tone, { sampleRateHz: 48_000 });
 * console.log(frames, bins, values[64]?.toFixed(1)); // bin 64 of the first frame is 3000 Hz: −3.0 dB
 * ```
 * @see Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 10 (windows, one-sided power)
 */
export function spectrogram(
  samples: Float32Array | Float64Array | Int16Array,
  options: SpectrogramOptions,
): Spectrogram {
  const plan = planFrames(samples.length, options, { scaling: "spectrum", center: false });
  const scale = oneOf("scale", options.scale ?? "db", ["db", "power"]);
  const values = new Float32Array(plan.frames * plan.bins);
  forEachPowerFrame(samples, plan, (power, frame) => {
    values.set(scale === "db" ? power.map(toDecibels) : power, frame * plan.bins);
  });
  limitRange(values, scale, options.rangeDb);
  return {
    values,
    scale,
    frames: plan.frames,
    bins: plan.bins,
    timesSeconds: frameTimes(plan),
    frequenciesHz: binFrequencies(plan),
    sampleRateHz: plan.sampleRateHz,
  };
}

/** Power as decibels, never below −200. */
export function toDecibels(power: number): number {
  return 10 * Math.log10(Math.max(power, FLOOR_POWER));
}

/** Lifts everything that lies more than `rangeDb` below the loudest value to that limit, in place. */
export function limitRange(values: Float32Array, scale: SpectrogramScale, rangeDb: number | undefined): void {
  if (rangeDb === undefined) return;
  positiveNumber("rangeDb", rangeDb);
  const loudest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const least = scale === "db" ? loudest - rangeDb : loudest * 10 ** (-rangeDb / 10);
  for (let i = 0; i < values.length; i++) if ((values[i] as number) < least) values[i] = least;
}
