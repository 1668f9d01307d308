import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { segmentFeatures } from "../../src/tensor/features.js";
import { tensorOf } from "../frame/tensors.js";
import { noise } from "../model/noise.js";

const RATE = 32_000;
const tone = (hertz: number, amplitude = 0.5, length = RATE, rate = RATE): number[] =>
  Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / rate));
const mix = (...signals: number[][]): number[] =>
  (signals[0] ?? []).map((_, i) => signals.reduce((sum, signal) => sum + (signal[i] ?? 0), 0));
const white = (seed: number, length = RATE): number[] => {
  const random = noise(seed);
  return Array.from({ length }, () => 0.1 * random());
};
const of = (samples: number[], options = {}, rate = RATE): Record<string, number> => {
  const columns = segmentFeatures(tensorOf([{ channels: [samples] }], { sampleRate: rate }), options);
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[0] as number]));
};

describe("segmentFeatures", () => {
  it("knows a tone: level, place, width, crossings, band", () => {
    const features = of(tone(3000));
    expect(features["peak_dbfs"]).toBeCloseTo(-6.0206, 3);
    expect(features["rms_dbfs"]).toBeCloseTo(-9.0309, 3);
    expect(features["centroid_hz"]).toBeCloseTo(3000, 0);
    expect(features["bandwidth_hz"]).toBeLessThan(40);
    expect(features["zero_crossings_per_s"]).toBeCloseTo(6000, -1);
    expect(features["band_2000_4000_dbfs"]).toBeCloseTo(-9.0309, 1);
    expect(features["band_8000_16000_dbfs"]).toBeLessThan(-80);
    expect(features["aci"]).toBeLessThan(of(white(1))["aci"] as number);
  });

  it("sees animals at 3 kHz and people at 1.5 kHz, and a balance between", () => {
    expect(of(tone(3000))["ndsi"]).toBeCloseTo(1, 2);
    expect(of(tone(1500))["ndsi"]).toBeCloseTo(-1, 2);
    expect(of(mix(tone(1500), tone(3000)))["ndsi"]).toBeCloseTo(0, 2);
    expect(of(tone(9000), { biophonyHz: [8500, 9500] })["ndsi"]).toBeCloseTo(1, 2);
  });

  it("has bands that are together as loud as the whole", () => {
    const features = of(white(2, 4 * RATE));
    const power = Object.entries(features)
      .filter(([name]) => name.startsWith("band_"))
      .reduce((sum, [, level]) => sum + 10 ** (level / 10), 0);
    expect(10 * Math.log10(power)).toBeCloseTo(features["rms_dbfs"] as number, 1);
  });

  it("is blind to an offset in all but the level", () => {
    const plain = of(tone(3000));
    const offset = of(tone(3000).map((value) => value + 0.2));
    for (const name of ["centroid_hz", "ndsi", "band_2000_4000_dbfs"]) {
      expect(offset[name]).toBeCloseTo(plain[name] as number, 3);
    }
    expect(offset["rms_dbfs"]).toBeGreaterThan(plain["rms_dbfs"] as number);
  });

  it("speaks of true frequencies at an ultrasonic rate", () => {
    const features = of(tone(45_000, 0.5, 25_000, 250_000), {}, 250_000);
    expect(features["centroid_hz"]).toBeCloseTo(45_000, -2);
    expect(features["band_32000_64000_dbfs"]).toBeCloseTo(-9.03, 1);
  });

  it("gives int16 samples the same features as float32 ones", () => {
    const whole = tone(3000).map((value) => Math.round(value * 32_768));
    const options = { bandsHz: [[0, 16_000]] } as const;
    const ints = segmentFeatures(
      tensorOf([{ channels: [whole] }], { dtype: "int16", sampleRate: RATE }),
      options,
    );
    const floats = segmentFeatures(
      tensorOf([{ channels: [whole.map((value) => value / 32_768)] }], { sampleRate: RATE }),
      options,
    );
    for (const [name, values] of Object.entries(ints))
      expect(values[0], name).toBeCloseTo(floats[name]?.[0] ?? 0, 9);
  });

  it("takes the mean of the channels, or one of them", () => {
    const tensor = tensorOf([{ channels: [tone(3000), tone(5000)] }], { sampleRate: RATE });
    expect(segmentFeatures(tensor)["centroid_hz"]?.[0]).toBeCloseTo(4000, 0);
    expect(segmentFeatures(tensor, { channel: 1 })["centroid_hz"]?.[0]).toBeCloseTo(5000, 0);
  });

  it("is undefined, not wrong, for silence, scraps and nothing", () => {
    const silence = of(new Array(RATE).fill(0));
    expect(silence).toMatchObject({ rms_dbfs: -Infinity, centroid_hz: NaN, ndsi: NaN, aci: 0 });
    expect(of(tone(3000, 0.5, 100))).toMatchObject({ aci: NaN });
    expect(of(tone(3000, 0.5, 100))["centroid_hz"]).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(of([]))) expect(value, name).toBeNaN();
    const none = segmentFeatures(tensorOf([], { sampleRate: RATE }));
    expect(Object.values(none).map((column) => column.length)).toEqual(Object.keys(of([])).map(() => 0));
  });

  it.each([
    ["channel", { channel: 1 }],
    ["bandsHz", { bandsHz: [[3000, 2000]] }],
    ["bandsHz", { bandsHz: [[16_000, 20_000]] }],
    ["rangeHz", { rangeHz: [-1, 5] }],
    ["fftSize", { fftSize: 1000 }],
    ["hopSamples", { hopSamples: 0 }],
  ])("refuses a wrong %s", (field, options) => {
    let caught: unknown;
    try {
      of(tone(3000), options);
    } catch (error) {
      caught = error;
    }
    expect(isOpusZarrError(caught, "argument") && caught.place.field).toBe(field);
  });
});

const python = process.env["OPUS_ZARR_PYTHON"] ?? "python3";
const search = "import importlib.util, sys; sys.exit(importlib.util.find_spec('maad') is None)";
const hasMaad = spawnSync(python, ["-c", search]).status === 0;
const why = hasMaad ? "" : " (skipped: no Python with scikit-maad; name one in OPUS_ZARR_PYTHON)";

describe("beside scikit-maad", () => {
  const chirp = Array.from({ length: 3 * RATE }, (_, i) => {
    const time = i / RATE;
    return 0.3 * Math.sin(2 * Math.PI * (1200 + 900 * time) * time) * (0.5 + 0.5 * Math.sin(20 * time));
  });
  const signals = [
    white(3, 2 * RATE),
    mix(white(4), tone(2500, 0.2)).map((value) => value + 0.05),
    mix(chirp, white(5, 3 * RATE)),
  ];

  it.skipIf(!hasMaad)(`has the same numbers for noise, a tone and a chirp in noise${why}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "opus-zarr-maad-"));
    try {
      const files = signals.map((_, i) => join(folder, `${i}.f32`));
      await Promise.all(
        signals.map((samples, i) => writeFile(files[i] as string, Float32Array.from(samples))),
      );
      const script = join(import.meta.dirname, "maad_reference.py");
      const { stdout } = await promisify(execFile)(python, [script, String(RATE), ...files]);
      const lines = stdout.trim().split("\n");
      expect(lines).toHaveLength(signals.length);
      for (const [i, line] of lines.entries()) {
        const expected = JSON.parse(line) as Record<string, number>;
        const features = of(signals[i] as number[]);
        expect(Object.keys(expected)).toHaveLength(7);
        for (const [name, value] of Object.entries(expected)) {
          expect((features[name] as number) / value, `${name} of signal ${i}`).toBeCloseTo(1, 5);
        }
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
