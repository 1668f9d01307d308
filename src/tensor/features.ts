/** Numbers that describe how a segment sounds: level, spectrum, and two acoustic indices. */
import { argumentError } from "../errors.js";
import { segmentLevels } from "./levels.js";
import { binFrequencies, type FramePlan, forEachPowerFrame, planFrames, type WindowName } from "./stft.js";
import { channelsOf, type SegmentTensor, segmentSamples } from "./tensor.js";

/** A range of frequencies `[low, high)` in Hz. */
export type FrequencyBand = readonly [lowHz: number, highHz: number];

/** What {@link segmentFeatures} computes with. */
export interface FeatureOptions {
  /** Samples a frame: a power of two; 1024 unless given. */
  readonly fftSize?: number | undefined;
  /** Samples from frame to frame; half of `fftSize` unless given, as the acoustic indices were defined with. */
  readonly hopSamples?: number | undefined;
  /** `hann` unless given. */
  readonly window?: WindowName | undefined;
  /** One channel, from 0; the mean over all channels when not given. */
  readonly channel?: number | undefined;
  /** Only these frequencies count for centroid, bandwidth and ACI; all up to half the sample rate unless given. */
  readonly rangeHz?: FrequencyBand | undefined;
  /** Bands to give levels of; 0–1 kHz and the octaves above it that the sample rate holds unless given. */
  readonly bandsHz?: readonly FrequencyBand[] | undefined;
  /** Where people are heard, for NDSI: 1–2 kHz unless given (Kasten et al. 2012). */
  readonly anthrophonyHz?: FrequencyBand | undefined;
  /** Where animals are heard, for NDSI: 2–8 kHz unless given (Kasten et al. 2012). */
  readonly biophonyHz?: FrequencyBand | undefined;
}

/** A column a feature, a number a segment. */
export interface FeatureColumns {
  readonly [name: string]: Float64Array;
}

const OCTAVES_HZ: readonly FrequencyBand[] = [
  [0, 1_000],
  ...[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000].map((low): FrequencyBand => [low, 2 * low]),
];

/** Options after the check. */
interface FeaturePlan {
  readonly options: FeatureOptions;
  readonly channels: readonly number[];
  readonly sampleRateHz: number;
  readonly range: FrequencyBand;
  readonly bands: readonly FrequencyBand[];
  readonly anthrophony: FrequencyBand;
  readonly biophony: FrequencyBand;
}

/** The spectrum of one channel, summed up. */
interface Summary {
  /** Mean power of each bin, so that their sum is the mean square of the samples. */
  readonly power: Float64Array;
  readonly frequencies: Float64Array;
  readonly complexity: number;
  readonly crossingsPerSecond: number;
}

/**
 * Describes each segment of a tensor by a row of numbers.
 *
 * - `peak_dbfs`, `rms_dbfs`: 20·log10 of the largest magnitude and of the root mean square (−Infinity for silence);
 * - `centroid_hz`, `bandwidth_hz`: mean and standard deviation of frequency, weighted by the mean power spectrum;
 * - `zero_crossings_per_s`: changes between positive and not positive;
 * - `aci`: the acoustic complexity index over the whole segment, Σ over frequencies of Σ|ΔA| / ΣA, A being the
 *   amplitude from frame to frame (Pieretti, Farina and Morri 2011, who split recordings in pieces of 5 s: cut
 *   segments of 5 s to compare); NaN for segments of fewer than two frames;
 * - `ndsi`: (B − A) / (B + A) of the power in the biophony and anthrophony bands, from −1 (people, engines) to 1
 *   (animals) (Kasten et al. 2012; the power of each band is summed, as in the R package soundecology);
 * - `band_LOW_HIGH_dbfs`: 10·log10 of the power in a band; all bands together are as loud as `rms_dbfs`.
 *
 * Frequencies are true ones, also of ultrasonic recordings. A segment's mean, and the bins at 0 Hz and at half the
 * sample rate, are left out of all spectral features: a recorder's offset is no sound. Segments without samples have NaN throughout.
 *
 * @param tensor of `extractSegments`, or a batch of `streamSegments`
 * @returns columns as plain objects, `[segments]` numbers each
 * @throws {OpusZarrError} of kind `argument` for a channel that is not there or a band that is none
 * @example
 * ```ts
 * const { ndsi, rms_dbfs } = segmentFeatures(clips, { bandsHz: [[2000, 4000]] });
 * ```
 * @see Pieretti et al. (2011), Ecological Indicators 11, 868–873; Kasten et al. (2012), Ecological Informatics 12, 50–67
 */
export function segmentFeatures(tensor: SegmentTensor, options: FeatureOptions = {}): FeatureColumns {
  const plan = planFeatures(tensor, options);
  const columns: Record<string, Float64Array> = {};
  for (const name of featureNames(plan)) columns[name] = new Float64Array(tensor.shape[0]);
  for (let row = 0; row < tensor.shape[0]; row++) {
    for (const [name, value] of Object.entries(featuresOf(tensor, row, plan))) {
      const column = columns[name];
      if (column !== undefined) column[row] = value;
    }
  }
  return columns;
}

function planFeatures(tensor: SegmentTensor, options: FeatureOptions): FeaturePlan {
  const half = tensor.sampleRate / 2;
  const fitting = OCTAVES_HZ.filter(([, high]) => high <= half);
  const plan: FeaturePlan = {
    options,
    channels: channelsOf(tensor, options.channel),
    sampleRateHz: tensor.sampleRate,
    range: checkBand("rangeHz", options.rangeHz ?? [0, half]),
    bands: (options.bandsHz ?? fitting).map((band) => checkBand("bandsHz", band)),
    anthrophony: checkBand("anthrophonyHz", options.anthrophonyHz ?? [1_000, 2_000]),
    biophony: checkBand("biophonyHz", options.biophonyHz ?? [2_000, 8_000]),
  };
  framePlan(0, plan);
  const beyond = [plan.range, ...plan.bands].find(([low]) => low >= half);
  if (beyond !== undefined) {
    throw argumentError("bandsHz", `bands that begin below ${half} Hz, half the sample rate`, beyond[0]);
  }
  return plan;
}

function checkBand(field: string, band: FrequencyBand): FrequencyBand {
  const [low, high] = band;
  if (low >= 0 && high > low && Number.isFinite(high)) return band;
  throw argumentError(field, "a band of Hz with 0 ≤ low < high", `${low} to ${high}`);
}

function featureNames(plan: FeaturePlan): string[] {
  const own = "peak_dbfs rms_dbfs centroid_hz bandwidth_hz zero_crossings_per_s aci ndsi".split(" ");
  return [...own, ...plan.bands.map(bandName)];
}

function bandName([low, high]: FrequencyBand): string {
  return `band_${low}_${high}_dbfs`;
}

function featuresOf(tensor: SegmentTensor, row: number, plan: FeaturePlan): Record<string, number> {
  const levels = segmentLevels(tensor, row, plan.options.channel);
  const summaries = plan.channels.map((one) => summaryOf(segmentSamples(tensor, row, one), plan));
  const power = meanOf(summaries.map((one) => one.power));
  const frequencies = summaries[0]?.frequencies ?? new Float64Array(0);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const bands = plan.bands.map((band): [string, number] => [
    bandName(band),
    Number.isNaN(levels.rmsDbfs) ? Number.NaN : 10 * Math.log10(powerIn(power, frequencies, band)),
  ]);
  const animals = powerIn(power, frequencies, plan.biophony);
  const people = powerIn(power, frequencies, plan.anthrophony);
  return {
    peak_dbfs: levels.peakDbfs,
    rms_dbfs: levels.rmsDbfs,
    ...shapeOf(power, frequencies, plan.range),
    zero_crossings_per_s: mean(summaries.map((one) => one.crossingsPerSecond)),
    aci: mean(summaries.map((one) => one.complexity)),
    ndsi: (animals - people) / (animals + people),
    ...Object.fromEntries(bands),
  };
}

function framePlan(samples: number, { options, sampleRateHz }: FeaturePlan): FramePlan {
  const { fftSize = 1024, window } = options;
  const hopSamples = options.hopSamples ?? Math.max(1, Math.floor(fftSize / 2));
  return planFrames(
    samples,
    { sampleRateHz, fftSize, hopSamples, window },
    { scaling: "density", center: false },
  );
}

function summaryOf(samples: Float32Array | Int16Array, plan: FeaturePlan): Summary {
  const frames = framePlan(samples.length, plan);
  const frequencies = binFrequencies(frames);
  const power = new Float64Array(frames.bins);
  const amplitude = new Float64Array(frames.bins);
  const before = new Float64Array(frames.bins);
  const change = new Float64Array(frames.bins);
  const binHz = plan.sampleRateHz / frames.fftSize;
  forEachPowerFrame(withoutMean(samples), frames, (density, frame) => {
    for (let k = 1; k < frames.bins - 1; k++) {
      const now = Math.sqrt(density[k] as number);
      power[k] = (power[k] as number) + ((density[k] as number) * binHz) / frames.frames;
      amplitude[k] = (amplitude[k] as number) + now;
      if (frame > 0) change[k] = (change[k] as number) + Math.abs(now - (before[k] as number));
      before[k] = now;
    }
  });
  let complexity = frames.frames < 2 ? Number.NaN : 0;
  for (let k = 1; k < frames.bins - 1; k++) {
    const total = amplitude[k] as number;
    if (total > 0 && isIn(frequencies[k] as number, plan.range)) complexity += (change[k] as number) / total;
  }
  return { power, frequencies, complexity, crossingsPerSecond: crossings(samples) * plan.sampleRateHz };
}

/** Around zero and in full-scale units: otherwise the window spreads an offset into the lowest bins. */
function withoutMean(samples: Float32Array | Int16Array): Float64Array {
  const unit = samples instanceof Int16Array ? 1 / 32_768 : 1;
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] as number;
  const mean = sum / samples.length;
  // A plain loop: `Float64Array.from` with a function takes ten times as long.
  const centred = new Float64Array(samples.length);
  for (let i = 0; i < samples.length; i++) centred[i] = ((samples[i] as number) - mean) * unit;
  return centred;
}

/** Changes between positive and not positive, a sample. */
function crossings(samples: Float32Array | Int16Array): number {
  let count = 0;
  for (let i = 1; i < samples.length; i++) {
    if ((samples[i] as number) > 0 !== (samples[i - 1] as number) > 0) count++;
  }
  return count / samples.length;
}

function shapeOf(
  power: Float64Array,
  frequencies: Float64Array,
  range: FrequencyBand,
): { centroid_hz: number; bandwidth_hz: number } {
  const weights = power.map((value, k) => (isIn(frequencies[k] as number, range) ? value : 0));
  const total = weights.reduce((sum, value) => sum + value, 0);
  const mean = weights.reduce((sum, value, k) => sum + value * (frequencies[k] as number), 0) / total;
  const spread = weights.reduce((sum, value, k) => sum + value * ((frequencies[k] as number) - mean) ** 2, 0);
  return { centroid_hz: mean, bandwidth_hz: Math.sqrt(spread / total) };
}

function powerIn(power: Float64Array, frequencies: Float64Array, band: FrequencyBand): number {
  return power.reduce((sum, value, k) => (isIn(frequencies[k] as number, band) ? sum + value : sum), 0);
}

function isIn(frequency: number, [low, high]: FrequencyBand): boolean {
  return frequency >= low && frequency < high;
}

function meanOf(spectra: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(0)] = spectra;
  return first.map((_, k) => spectra.reduce((sum, power) => sum + (power[k] as number), 0) / spectra.length);
}
