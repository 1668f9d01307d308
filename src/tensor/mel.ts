/** Mel spectrogram: power in bands as wide as the ear hears them, with librosa's numbers. */
import { argumentError } from "../errors.js";
import { oneOf, wholeNumber } from "../units.js";
import { limitRange, type Spectrogram, type SpectrogramOptions, toDecibels } from "./spectrogram.js";
import { type FramePlan, forEachPowerFrame, frameTimes, planFrames } from "./stft.js";

/** `slaney` is linear below 1 kHz and logarithmic above; `htk` is 2595·log10(1 + f/700). */
export type MelScale = "slaney" | "htk";

/** Options of {@link melSpectrogram}. */
export interface MelOptions extends SpectrogramOptions {
  /** Bands. Default 128. */
  readonly mels?: number | undefined;
  /** Lower edge of the lowest band in Hz. Default 0. */
  readonly lowHz?: number | undefined;
  /** Upper edge of the highest band in Hz, at most half the sample rate, which is the default. */
  readonly highHz?: number | undefined;
  /** Default `slaney`. */
  readonly melScale?: MelScale | undefined;
  /** `slaney` (default) gives every band the same area; `none` gives every band a peak of 1. */
  readonly melNorm?: "slaney" | "none" | undefined;
}

/** Bands where the slaney scale turns from linear to logarithmic: 1000 Hz, 200/3 Hz a mel below. */
const SLANEY_BREAK_HZ = 1000;
const SLANEY_HZ_PER_MEL = 200 / 3;
const SLANEY_LOG_STEP: number = Math.log(6.4) / 27;

/**
 * The power of a signal over time in mel bands.
 *
 * Defaults are librosa's: frames are centred (padded with zeros), `scaling` is `none`, slaney scale and norm, so
 * that the values equal `librosa.feature.melspectrogram(…, n_fft=fftSize, hop_length=hopSamples)`.
 *
 * @param samples one channel: float in [−1, 1] or 16-bit integers, which count as value / 32768
 * @param options those of {@link spectrogram}, and `mels`, `lowHz`, `highHz`, `melScale`, `melNorm`; `scale` is `db`
 *   unless said otherwise
 * @returns values as `[frames, mels]`; `frequenciesHz` are the middles of the bands
 * @throws {OpusZarrError} of kind `argument` when an option is out of its range
 * @example
 * ```ts
 * const noise = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i * i));
 * const { frames, bins } = melSpectrogram(noise, { sampleRateHz: 48_000, mels: 64, hopSamples: 512 });
 * console.log(frames, bins); // 94 64
 * ```
 * @see Slaney, Auditory Toolbox, Interval Technical Report 1998-010; Young et al., The HTK Book, section 5.4
 */
export function melSpectrogram(
  samples: Float32Array | Float64Array | Int16Array,
  options: MelOptions,
): Spectrogram {
  const plan = planFrames(samples.length, options, { scaling: "none", center: true });
  const scale = oneOf("scale", options.scale ?? "db", ["db", "power"]);
  const bank = melBank(plan, options);
  const mels = bank.length;
  const values = new Float32Array(plan.frames * mels);
  forEachPowerFrame(samples, plan, (power, frame) => {
    bank.forEach(({ firstBin, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++)
        sum += (weights[i] as number) * (power[firstBin + i] as number);
      values[frame * mels + band] = scale === "db" ? toDecibels(sum) : sum;
    });
  });
  limitRange(values, scale, options.rangeDb);
  return {
    values,
    scale,
    frames: plan.frames,
    bins: mels,
    timesSeconds: frameTimes(plan),
    frequenciesHz: Float64Array.from(bank, (band) => band.centerHz),
    sampleRateHz: plan.sampleRateHz,
  };
}

interface MelBand {
  readonly centerHz: number;
  readonly firstBin: number;
  readonly weights: readonly number[];
}

/** Triangles on the mel scale, each from the middle of its lower neighbour to that of its upper one. */
function melBank(plan: FramePlan, options: MelOptions): readonly MelBand[] {
  const mels = wholeNumber("mels", options.mels ?? 128, 1);
  const nyquist = plan.sampleRateHz / 2;
  const lowHz = options.lowHz ?? 0;
  const highHz = options.highHz ?? nyquist;
  if (!(lowHz >= 0 && lowHz < highHz)) throw argumentError("lowHz", `0 Hz to below ${highHz} Hz`, lowHz);
  if (!(highHz <= nyquist))
    throw argumentError("highHz", `at most half the sample rate, ${nyquist} Hz`, highHz);
  const scale = oneOf("melScale", options.melScale ?? "slaney", ["slaney", "htk"]);
  const norm = oneOf("melNorm", options.melNorm ?? "slaney", ["slaney", "none"]);
  const lowMel = hzToMel(lowHz, scale);
  const step = (hzToMel(highHz, scale) - lowMel) / (mels + 1);
  const edges = Array.from({ length: mels + 2 }, (_, i) => melToHz(lowMel + step * i, scale));
  return Array.from({ length: mels }, (_, band) => {
    const [low, center, high] = edges.slice(band, band + 3) as [number, number, number];
    return triangle({ low, center, high }, norm === "slaney" ? 2 / (high - low) : 1, plan);
  });
}

function triangle(
  { low, center, high }: { low: number; center: number; high: number },
  peak: number,
  plan: FramePlan,
): MelBand {
  const hzPerBin = plan.sampleRateHz / plan.fftSize;
  const firstBin = Math.max(0, Math.ceil(low / hzPerBin));
  const weights: number[] = [];
  for (let k = firstBin; k < plan.bins && k * hzPerBin <= high; k++) {
    const hz = k * hzPerBin;
    weights.push(peak * Math.max(0, Math.min((hz - low) / (center - low), (high - hz) / (high - center))));
  }
  return { centerHz: center, firstBin, weights };
}

function hzToMel(hz: number, scale: MelScale): number {
  if (scale === "htk") return 2595 * Math.log10(1 + hz / 700);
  if (hz < SLANEY_BREAK_HZ) return hz / SLANEY_HZ_PER_MEL;
  return SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL + Math.log(hz / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP;
}

function melToHz(mel: number, scale: MelScale): number {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  const breakMel = SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL;
  if (mel < breakMel) return mel * SLANEY_HZ_PER_MEL;
  return SLANEY_BREAK_HZ * Math.exp(SLANEY_LOG_STEP * (mel - breakMel));
}
