/** Our spectrograms beside those of scipy and librosa. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { melSpectrogram } from "../../src/tensor/mel.js";
import { spectrogram } from "../../src/tensor/spectrogram.js";
import { PYTHON, pythonHas } from "../python.js";

const script = fileURLToPath(new URL("reference.py", import.meta.url));
const has = pythonHas("scipy, librosa");
const withPython = it.skipIf(!has);
const why = has ? "" : " (skipped: no Python with scipy and librosa; name one in OPUS_ZARR_PYTHON)";

/** Chirp, tone, noise and silence: every bin has something in it at some time. */
function testSignal(samples: number, rateHz: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: samples }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const t = i / rateHz;
    if (i > samples * 0.9) return 0;
    return 0.4 * Math.sin(2 * Math.PI * (500 + 2000 * t) * t) + 0.1 * (state / 2 ** 31 - 1);
  });
}

function reference(args: readonly (string | number)[], samples: Float32Array): Float32Array {
  const run = spawnSync(PYTHON, [script, ...args.map(String)], {
    input: new Uint8Array(samples.buffer),
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return new Float32Array(new Uint8Array(run.stdout).buffer);
}

/** Equal to a ten-thousandth of each value; values 1e-9 below the loudest count as nothing. */
function expectAgreement(ours: Float32Array, theirs: Float32Array): void {
  expect(ours.length).toBe(theirs.length);
  const loudest = theirs.reduce((most, v) => Math.max(most, v), 0);
  let worst = 0;
  theirs.forEach((value, i) => {
    const allowed = 1e-4 * value + 1e-9 * loudest;
    worst = Math.max(worst, Math.abs((ours[i] as number) - value) / allowed);
  });
  expect(worst).toBeLessThan(1);
}

describe(`against scipy and librosa${why}`, () => {
  withPython.each([
    [48_000, 1024, 256],
    [250_000, 512, 512],
    [22_050, 2048, 300],
  ])("scipy.signal.spectrogram at %i Hz, frames of %i, hop %i", (rate, fftSize, hopSamples) => {
    const samples = testSignal(rate, rate);
    for (const [kind, scaling] of [["scipy", "spectrum"] as const, ["density", "density"] as const]) {
      const ours = spectrogram(samples, { sampleRateHz: rate, fftSize, hopSamples, scale: "power", scaling });
      expectAgreement(ours.values, reference([kind, rate, fftSize, hopSamples], samples));
    }
  });

  withPython("librosa.stft, centred", () => {
    const samples = testSignal(40_001, 44_100);
    const options = { sampleRateHz: 44_100, fftSize: 1024, hopSamples: 256, scale: "power" } as const;
    const ours = spectrogram(samples, { ...options, scaling: "none", center: true });
    expectAgreement(ours.values, reference(["stft", 44_100, 1024, 256], samples));
  });

  withPython.each([
    ["slaney", "slaney", 128, 0, 24_000],
    ["htk", "slaney", 64, 300, 12_000],
    ["slaney", "none", 40, 1000, 20_000],
    ["htk", "none", 80, 0, 24_000],
  ] as const)(
    "librosa mel, scale %s, norm %s, %i bands, %i to %i Hz",
    (melScale, melNorm, mels, lowHz, highHz) => {
      const samples = testSignal(48_000, 48_000);
      const common = { sampleRateHz: 48_000, fftSize: 2048, hopSamples: 512, scale: "power" } as const;
      const ours = melSpectrogram(samples, { ...common, mels, lowHz, highHz, melScale, melNorm });
      const args = ["mel", 48_000, 2048, 512, mels, lowHz, highHz, melScale, melNorm];
      expectAgreement(ours.values, reference(args, samples));
    },
  );
});
