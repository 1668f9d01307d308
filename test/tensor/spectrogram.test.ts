import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { melSpectrogram } from "../../src/tensor/mel.js";
import { spectrogram } from "../../src/tensor/spectrogram.js";

function sine(hz: number, sampleRateHz: number, samples: number, amplitude = 1): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz),
  );
}

describe("spectrogram", () => {
  it("reads a full-scale sine on a bin as −3.01 dB there, and far less two bins away", () => {
    const { values, bins, frames, frequenciesHz } = spectrogram(sine(3000, 48_000, 48_000), {
      sampleRateHz: 48_000,
    });
    expect(bins).toBe(513);
    expect(frames).toBe(1 + Math.floor((48_000 - 1024) / 256));
    expect(frequenciesHz[64]).toBe(3000);
    expect(values[64]).toBeCloseTo(10 * Math.log10(0.5), 3);
    expect(values[67] as number).toBeLessThan(-100);
  });

  it("keeps the true rate of ultrasonic recordings", () => {
    const { frequenciesHz, timesSeconds } = spectrogram(sine(45_000, 250_000, 4096), {
      sampleRateHz: 250_000,
      hopSamples: 512,
    });
    expect(frequenciesHz.at(-1)).toBe(125_000);
    expect(timesSeconds[0]).toBeCloseTo(512 / 250_000, 12);
    expect((timesSeconds[1] as number) - (timesSeconds[0] as number)).toBeCloseTo(512 / 250_000, 12);
  });

  it("sums to the signal's power (Parseval), with no window", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 }),
        (x) => {
          const samples = Float64Array.from(x);
          const { values } = spectrogram(samples, {
            sampleRateHz: 8000,
            fftSize: 64,
            window: "rectangular",
            scale: "power",
          });
          const meanSquare = samples.reduce((sum, v) => sum + v * v, 0) / 64;
          expect(values.reduce((sum, v) => sum + v, 0)).toBeCloseTo(meanSquare, 5);
        },
      ),
    );
  });

  it("gives 16-bit samples the values of the floats they stand for", () => {
    const ints = Int16Array.from({ length: 3000 }, (_, i) => Math.round(20_000 * Math.sin(i * 0.3)));
    const floats = Float32Array.from(ints, (v) => v / 32768);
    const options = { sampleRateHz: 22_050, fftSize: 512 };
    expect(spectrogram(ints, options).values).toEqual(spectrogram(floats, options).values);
  });

  it("gives one frame for a short signal, none for an empty one, and finite values for silence", () => {
    expect(spectrogram(new Float32Array(10), { sampleRateHz: 8000 }).frames).toBe(1);
    expect(spectrogram(new Float32Array(0), { sampleRateHz: 8000 }).frames).toBe(0);
    expect(spectrogram(new Float32Array(2000), { sampleRateHz: 8000 }).values.every((v) => v === -200)).toBe(
      true,
    );
  });

  it("cuts off what lies below rangeDb", () => {
    const { values } = spectrogram(sine(1000, 8000, 4000), { sampleRateHz: 8000, rangeDb: 40 });
    expect(Math.max(...values) - Math.min(...values)).toBeCloseTo(40, 4);
  });

  it.each([
    [{ sampleRateHz: 0 }, "sampleRateHz"],
    [{ sampleRateHz: 8000, fftSize: 1000 }, "fftSize"],
    [{ sampleRateHz: 8000, hopSamples: 0 }, "hopSamples"],
    [{ sampleRateHz: 8000, window: "kaiser" as "hann" }, "window"],
    [{ sampleRateHz: 8000, rangeDb: -1 }, "rangeDb"],
  ])("refuses %o, naming %s", (options, field) => {
    expect(() => spectrogram(new Float32Array(100), options)).toThrow(field);
  });
});

describe("melSpectrogram", () => {
  it("puts a tone into the band whose middle is nearest", () => {
    const { values, bins, frequenciesHz } = melSpectrogram(sine(4000, 48_000, 24_000), {
      sampleRateHz: 48_000,
      fftSize: 2048,
      mels: 64,
    });
    const frame = values.subarray(20 * bins, 21 * bins);
    const loudest = frame.indexOf(Math.max(...frame));
    const distances = frequenciesHz.map((hz) => Math.abs(hz - 4000));
    expect(loudest).toBe(distances.indexOf(Math.min(...distances)));
  });

  it("refuses bands above half the sample rate and upside down", () => {
    expect(() => melSpectrogram(new Float32Array(9), { sampleRateHz: 8000, highHz: 5000 })).toThrow("highHz");
    expect(() =>
      melSpectrogram(new Float32Array(9), { sampleRateHz: 8000, lowHz: 3000, highHz: 2000 }),
    ).toThrow("lowHz");
  });
});
