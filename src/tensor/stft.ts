/** Power of short overlapping frames: what spectrogram and mel spectrogram share. */
import { fft } from "fourier-transform";
import { argumentError } from "../errors.js";
import { oneOf, positiveNumber, wholeNumber } from "../units.js";

/** Shape of the piece of signal that one spectrum is taken of; all periodic, as for spectral analysis. */
export type WindowName = "hann" | "hamming" | "rectangular";

/**
 * What a value of 1 means: `spectrum` is power (a sine of amplitude A reads A²/2), `density` is power per Hz,
 * `none` is the bare |X|² that librosa gives.
 */
export type SpectralScaling = "spectrum" | "density" | "none";

/** How frames are cut from the signal. */
export interface FrameOptions {
  /** True sample rate in Hz. */
  readonly sampleRateHz: number;
  /** Samples a frame: a power of two, at least 2. Default 1024. */
  readonly fftSize?: number | undefined;
  /** Samples from one frame to the next, at least 1. Default a quarter of `fftSize`. */
  readonly hopSamples?: number | undefined;
  /** Default `hann`. */
  readonly window?: WindowName | undefined;
  /** What the numbers mean. */
  readonly scaling?: SpectralScaling | undefined;
  /** Frames centred on multiples of the hop, the signal padded with zeros by half a frame on both sides. */
  readonly center?: boolean | undefined;
}

/** Frame options after the check, defaults filled in. */
export interface FramePlan {
  readonly sampleRateHz: number;
  readonly fftSize: number;
  readonly hopSamples: number;
  readonly window: WindowName;
  readonly scaling: SpectralScaling;
  readonly center: boolean;
  readonly frames: number;
  readonly bins: number;
}

const COSINE: Readonly<Record<WindowName, number>> = { hann: 0.5, hamming: 0.54, rectangular: 1 };

/** Checks the options once and counts frames and bins for a signal of `samples` samples. */
export function planFrames(
  samples: number,
  options: FrameOptions,
  defaults: { readonly scaling: SpectralScaling; readonly center: boolean },
): FramePlan {
  const sampleRateHz = positiveNumber("sampleRateHz", options.sampleRateHz);
  const fftSize = wholeNumber("fftSize", options.fftSize ?? 1024, 2);
  if ((fftSize & (fftSize - 1)) !== 0) throw argumentError("fftSize", "a power of two", fftSize);
  const hopSamples = wholeNumber("hopSamples", options.hopSamples ?? Math.max(1, fftSize / 4), 1);
  const window = oneOf("window", options.window ?? "hann", ["hann", "hamming", "rectangular"]);
  const scaling = oneOf("scaling", options.scaling ?? defaults.scaling, ["spectrum", "density", "none"]);
  const center = options.center ?? defaults.center;
  const frames = countFrames(samples, fftSize, hopSamples, center);
  return { sampleRateHz, fftSize, hopSamples, window, scaling, center, frames, bins: fftSize / 2 + 1 };
}

/** A signal shorter than one frame still makes one, padded with zeros; an empty one makes none. */
function countFrames(samples: number, fftSize: number, hop: number, center: boolean): number {
  if (samples === 0) return 0;
  if (center) return 1 + Math.floor(samples / hop);
  return samples <= fftSize ? 1 : 1 + Math.floor((samples - fftSize) / hop);
}

/** Calls `each` with the power of every frame in order; the array is reused between calls. */
export function forEachPowerFrame(
  samples: Float32Array | Float64Array | Int16Array,
  plan: FramePlan,
  each: (power: Float64Array, frame: number) => void,
): void {
  const { fftSize, hopSamples, bins } = plan;
  const window = windowValues(plan.window, fftSize);
  const gains = binGains(plan, window);
  // Full scale of 16-bit samples is 32768, as in float32 decoding.
  const unit = samples instanceof Int16Array ? 1 / 32768 : 1;
  const frameSamples = new Float64Array(fftSize);
  const spectrum: [Float64Array, Float64Array] = [new Float64Array(bins), new Float64Array(bins)];
  const [re, im] = spectrum;
  const power = new Float64Array(bins);
  for (let frame = 0; frame < plan.frames; frame++) {
    const start = frame * hopSamples - (plan.center ? fftSize / 2 : 0);
    for (let i = 0; i < fftSize; i++) {
      frameSamples[i] = (samples[start + i] ?? 0) * unit * (window[i] as number);
    }
    fft(frameSamples, spectrum);
    for (let k = 0; k < bins; k++) {
      power[k] = ((re[k] as number) ** 2 + (im[k] as number) ** 2) * (gains[k] as number);
    }
    each(power, frame);
  }
}

/** Seconds of the middle of every frame. */
export function frameTimes(plan: FramePlan): Float64Array {
  const offset = plan.center ? 0 : plan.fftSize / 2;
  return Float64Array.from(
    { length: plan.frames },
    (_, i) => (i * plan.hopSamples + offset) / plan.sampleRateHz,
  );
}

/** Hz of every bin, 0 to half the sample rate. */
export function binFrequencies(plan: FramePlan): Float64Array {
  return Float64Array.from({ length: plan.bins }, (_, k) => (k * plan.sampleRateHz) / plan.fftSize);
}

function windowValues(name: WindowName, size: number): Float64Array {
  const a = COSINE[name];
  return Float64Array.from({ length: size }, (_, n) => a - (1 - a) * Math.cos((2 * Math.PI * n) / size));
}

/** One-sided: every bin but the first and the last stands for two. */
function binGains(plan: FramePlan, window: Float64Array): Float64Array {
  const gains = new Float64Array(plan.bins).fill(1);
  if (plan.scaling === "none") return gains;
  const sum = window.reduce((total, w) => total + w, 0);
  const squares = window.reduce((total, w) => total + w * w, 0);
  const gain = plan.scaling === "spectrum" ? 1 / (sum * sum) : 1 / (plan.sampleRateHz * squares);
  return gains.map((_, k) => (k === 0 || k === plan.bins - 1 ? gain : 2 * gain));
}
