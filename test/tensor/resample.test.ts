import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/random.js";
import { openResampler, resampledLength } from "../../src/tensor/resample.js";

const RATES = [
  [48_000, 32_000],
  [48_000, 22_050],
  [48_000, 44_100],
  [44_100, 48_000],
  [250_000, 48_000],
  [16_000, 48_000],
] as const;

/** The largest difference to a sine that was made at the new rate, in dB below full scale. */
async function errorDb(from: number, to: number, hz: number): Promise<number> {
  const { margin, resample } = await openResampler(from, to);
  const samples = Math.round(from / 10);
  const sine = (rate: number) => (i: number) => Math.sin((2 * Math.PI * hz * i) / rate);
  const input = Float32Array.from({ length: samples + 2 * margin }, (_, i) => sine(from)(i - margin));
  const output = resample(input, resampledLength(samples, from, to));
  const worst = output.reduce((most, value, i) => Math.max(most, Math.abs(value - sine(to)(i))), 0);
  return 20 * Math.log10(worst);
}

describe.each(RATES)("%i Hz to %i Hz", (from, to) => {
  const nyquist = Math.min(from, to) / 2;

  it("tones below the limit come out where and as they were, 90 dB above any error", async () => {
    for (const share of [0.01, 0.2, 0.5, 0.8, 0.9])
      expect(await errorDb(from, to, share * nyquist)).toBeLessThan(-89.5);
  });

  it("a constant stays the constant", async () => {
    const { margin, resample } = await openResampler(from, to);
    const output = resample(new Float32Array(1000 + 2 * margin).fill(0.25), resampledLength(1000, from, to));
    expect(Math.max(...output.map((value) => Math.abs(value - 0.25)))).toBeLessThan(2e-6);
  });
});

it.each(RATES.filter(([from, to]) => to < from))(
  "%i Hz to %i Hz: what the new rate cannot hold is gone, not folded back",
  async (from, to) => {
    const nyquist = to / 2;
    const { margin, resample } = await openResampler(from, to);
    const tone = (i: number): number => Math.sin((2 * Math.PI * 1.06 * nyquist * i) / from);
    const input = Float32Array.from({ length: 4000 + 2 * margin }, (_, i) => tone(i - margin));
    const loudest = Math.max(...resample(input, resampledLength(4000, from, to)).map(Math.abs));
    expect(20 * Math.log10(loudest)).toBeLessThan(-80);
  },
);

it("a sample is the same whatever piece it is in, on either side of the blocks that are fed", async () => {
  const { margin, resample } = await openResampler(48_000, 22_050);
  const random = seededRandom(7);
  const sound = Float32Array.from({ length: 48_000 }, () => random() - 0.5);
  const whole = resample(sound, 21_500);
  // Every 320th sample of 48 kHz stands where every 147th of 22.05 kHz does.
  for (const grid of [1, 20, 51, 52, 110]) {
    const piece = resample(sound.subarray(320 * grid, 320 * grid + 9_600 + 2 * margin), 4_410);
    const expected = whole.subarray(147 * grid, 147 * grid + 4_410);
    expect(piece.findIndex((sample, i) => sample !== expected[i])).toBe(-1);
  }
});

it("lengths are the nearest whole number", () => {
  expect(resampledLength(144_000, 48_000, 22_050)).toBe(66_150);
  expect(resampledLength(1, 48_000, 22_050)).toBe(0);
  expect(resampledLength(5, 2, 1)).toBe(3);
  expect(resampledLength(7, 48_000, 48_000)).toBe(7);
});
