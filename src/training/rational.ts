/** Decimal numbers times whole numbers, without rounding in between. */
import { argumentError } from "../errors.js";

/** A number as the fraction of two whole numbers that its decimal text says: 0.1 is one tenth here. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function fractionOf(value: number): Fraction {
  const [, digits = "0", decimals = "", exponent = "0"] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const shift = Number(exponent) - decimals.length;
  const whole = BigInt(digits + decimals);
  return shift >= 0
    ? { numerator: whole * 10n ** BigInt(shift), denominator: 1n }
    : { numerator: whole, denominator: 10n ** BigInt(-shift) };
}

/**
 * The smallest whole number that is not below `share × length`.
 *
 * In floating point 0.07 × 100 is 7.000000000000001, and a threshold of 8 would follow.
 *
 * @param share a number from 0, taken as the decimal it is written as
 * @param length a whole number
 */
export function ceilShare(share: number, length: number): number {
  const { numerator, denominator } = fractionOf(share);
  return Number((numerator * BigInt(length) + denominator - 1n) / denominator);
}

/** Seconds as the nearest whole number of samples, halves up. */
export function nearestSamples(seconds: number, sampleRate: number): number {
  const { numerator, denominator } = fractionOf(seconds);
  return Number((2n * numerator * BigInt(sampleRate) + denominator) / (2n * denominator));
}

/** A length in seconds as at least one whole sample; throws for what is no length. */
export function samplesOf(field: string, seconds: number, sampleRate: number): number {
  if (!Number.isFinite(seconds) || seconds <= 0) throw argumentError(field, "seconds above 0", seconds);
  const samples = nearestSamples(seconds, sampleRate);
  if (samples < 1 || !Number.isSafeInteger(samples)) {
    throw argumentError(field, `at least one sample at ${sampleRate} Hz`, seconds);
  }
  return samples;
}
