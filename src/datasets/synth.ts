/**
 * Sound synthesis whose output is the same on every machine, bit for bit: only + − × ÷ and square roots,
 * which IEEE 754 defines exactly. `Math.sin` and `Math.exp` may differ in the last bit between engines.
 */
import type { Random } from "../random.js";

// 2π/4 times a quarter turn at most: the error of the series after x^13 is below 1e-9.
const SERIES = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800, 1 / 6_227_020_800];
const TWO_PI = 6.283185307179586;

/** Sine of an angle in turns (1 is a full circle); within 1e-9. */
export function sinTurns(turns: number): number {
  let t = turns - Math.floor(turns + 0.5);
  if (t > 0.25) t = 0.5 - t;
  else if (t < -0.25) t = -0.5 - t;
  const x = TWO_PI * t;
  const square = x * x;
  let sum = 0;
  for (let i = SERIES.length - 1; i >= 0; i--) sum = (sum + (SERIES[i] as number)) * square;
  return x + x * sum;
}

/**
 * A band-pass filter of second order with 0 dB at its centre (R. Bristow-Johnson, Audio EQ Cookbook).
 *
 * @param centreHz centre frequency, below half the rate
 * @param q centre frequency ÷ bandwidth
 * @param rateHz samples a second
 * @returns a function that takes one sample and gives one, with the filter's memory inside
 */
export function bandPass(centreHz: number, q: number, rateHz: number): (sample: number) => number {
  const turns = centreHz / rateHz;
  const alpha = sinTurns(turns) / (2 * q);
  const b = alpha / (1 + alpha);
  const a1 = (-2 * sinTurns(turns + 0.25)) / (1 + alpha);
  const a2 = (1 - alpha) / (1 + alpha);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return (x) => {
    const y = b * (x - x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    return y;
  };
}

/** Values that wander: one drawn for every `stepSamples`, straight lines between them. */
export function wanderer(random: Random, stepSamples: number): () => number {
  let from = random();
  let to = random();
  let at = 0;
  return () => {
    if (at === stepSamples) {
      from = to;
      to = random();
      at = 0;
    }
    return from + ((to - from) * at++) / stepSamples;
  };
}

/** Rises from 0 to 1 within `edge`, falls likewise before `length`: a quarter sine squared at both ends. */
export function swell(at: number, length: number, edge: number): number {
  const near = Math.min(at, length - at) / edge;
  if (near >= 1) return 1;
  const rise = near <= 0 ? 0 : sinTurns(near / 4);
  return rise * rise;
}
