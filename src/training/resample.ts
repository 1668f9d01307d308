/** Another sample rate for a window: band-limited interpolation, exact about where each sample stands. */

/** Zero crossings of the sinc on each side: the longer, the narrower the band that is lost below the limit. */
const CROSSINGS = 40;
/** Share of the lower rate's band that passes; what lies above fades out before it would fold back. */
const PASSED_BAND = 0.95;
/** Kaiser window with side lobes about 88 dB down; with the crossings above, 0.88 of the band passes untouched. */
const KAISER_BETA = 8.6;

/** Turns pieces of one rate into another. */
export interface Resampler {
  /** Samples that are needed on either side of a piece. */
  readonly margin: number;
  /**
   * Output sample n stands at input time `margin + n × from / to`.
   *
   * @param input a piece with `margin` more samples on either side
   * @param length samples to make
   */
  resample(input: Float32Array, length: number): Float32Array;
}

/** Samples of a piece after resampling: the nearest whole number. */
export function resampledLength(samples: number, fromHz: number, toHz: number): number {
  if (fromHz === toHz) return samples;
  return Number((2n * BigInt(samples) * BigInt(toHz) + BigInt(fromHz)) / (2n * BigInt(fromHz)));
}

/**
 * A resampler for whole rates.
 *
 * @see Smith and Gossett, A flexible sampling-rate conversion method, ICASSP 1984
 */
export function createResampler(fromHz: number, toHz: number): Resampler {
  const divisor = greatestDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const cutoff = PASSED_BAND * Math.min(1, toHz / fromHz);
  const margin = Math.ceil(CROSSINGS / cutoff) + 1;
  const phases = new Map<number, Float64Array>();
  const phase = (index: number): Float64Array => {
    const known = phases.get(index);
    if (known !== undefined) return known;
    const made = filterPhase(index / up, cutoff, margin);
    phases.set(index, made);
    return made;
  };
  return {
    margin,
    resample(input, length) {
      const output = new Float32Array(length);
      for (let n = 0; n < length; n++) {
        const at = Math.floor((n * down) / up);
        const weights = phase((n * down) % up);
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (input[at + k] as number);
        output[n] = sum;
      }
      return output;
    },
  };
}

/** Weights of the `2 × margin + 1` samples around a place that lies `fraction` of a sample after the middle one. */
function filterPhase(fraction: number, cutoff: number, margin: number): Float64Array {
  const width = CROSSINGS / cutoff;
  const weights = new Float64Array(2 * margin + 1);
  for (let k = 0; k < weights.length; k++) {
    const distance = k - margin - fraction;
    if (Math.abs(distance) < width) weights[k] = cutoff * sinc(cutoff * distance) * kaiser(distance / width);
  }
  // A constant stays that constant, whatever the phase.
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
