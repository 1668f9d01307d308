import { describe, expect, it } from "vitest";
import { createResampler, resampledLength } from "../../src/training/resample.js";

const RATES = [
  [48_000, 32_000],
  [48_000, 22_050],
  [48_000, 44_100],
  [44_100, 48_000],
  [250_000, 48_000],
  [16_000, 48_000],
] as const;

/** The largest difference to a sine that was made at the new rate, in dB below full scale. */
function errorDb(from: number, to: number, hz: number): number {
  const { margin, resample } = createResampler(from, to);
  const samples = Math.round(from / 10);
  const sine = (rate: number) => (i: number) => Math.sin((2 * Math.PI * hz * i) / rate);
  const input = Float32Array.from({ length: samples + 2 * margin }, (_, i) => sine(from)(i - margin));
  const output = resample(input, resampledLength(samples, from, to));
  const worst = output.reduce((most, value, i) => Math.max(most, Math.abs(value - sine(to)(i))), 0);
  return 20 * Math.log10(worst);
}

describe.each(RATES)("%i Hz to %i Hz", (from, to) => {
  const nyquist = Math.min(from, to) / 2;

  it("tones below the limit come out where and as they were, 14 bits deep", () => {
    for (const share of [0.01, 0.2, 0.5, 0.8, 0.88])
      expect(errorDb(from, to, share * nyquist)).toBeLessThan(-84);
  });

  it("a constant stays the constant", () => {
    const { margin, resample } = createResampler(from, to);
    const output = resample(new Float32Array(1000 + 2 * margin).fill(0.25), resampledLength(1000, from, to));
    expect(Math.max(...output.map((value) => Math.abs(value - 0.25)))).toBeLessThan(1e-7);
  });
});

it.each(RATES.filter(([from, to]) => to < from))(
  "%i Hz to %i Hz: what the new rate cannot hold is gone, not folded back",
  (from, to) => {
    const nyquist = to / 2;
    const { margin, resample } = createResampler(from, to);
    const tone = (i: number): number => Math.sin((2 * Math.PI * 1.06 * nyquist * i) / from);
    const input = Float32Array.from({ length: 4000 + 2 * margin }, (_, i) => tone(i - margin));
    const loudest = Math.max(...resample(input, resampledLength(4000, from, to)).map(Math.abs));
    expect(20 * Math.log10(loudest)).toBeLessThan(-80);
  },
);

it("lengths are the nearest whole number", () => {
  expect(resampledLength(144_000, 48_000, 22_050)).toBe(66_150);
  expect(resampledLength(1, 48_000, 22_050)).toBe(0);
  expect(resampledLength(5, 2, 1)).toBe(3);
  expect(resampledLength(7, 48_000, 48_000)).toBe(7);
});
