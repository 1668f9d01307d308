/** Our spectrograms beside those of scipy and librosa. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { melSpectrogram } from "../../src/tensor/mel.js";
import { spectrogram } from "../../src/tensor/spectrogram.js";
import { PYTHON, pythonHas } from "../python.js";

interface Job {
  readonly kind: "spectrum" | "density" | "stft" | "mel";
  readonly samples: number;
  readonly rate: number;
  readonly fft: number;
  readonly hop: number;
  readonly mels?: number;
  readonly low?: number;
  readonly high?: number;
  readonly scale?: "slaney" | "htk";
  readonly norm?: "slaney" | "none";
}

const MEL = { kind: "mel", samples: 48_000, rate: 48_000, fft: 2048, hop: 512 } as const;
const JOBS: readonly Job[] = [
  { kind: "spectrum", samples: 48_000, rate: 48_000, fft: 1024, hop: 256 },
  { kind: "spectrum", samples: 250_000, rate: 250_000, fft: 512, hop: 512 },
  { kind: "density", samples: 22_050, rate: 22_050, fft: 2048, hop: 300 },
  { kind: "stft", samples: 40_001, rate: 44_100, fft: 1024, hop: 256 },
  { ...MEL, mels: 128, low: 0, high: 24_000, scale: "slaney", norm: "slaney" },
  { ...MEL, mels: 64, low: 300, high: 12_000, scale: "htk", norm: "slaney" },
  { ...MEL, mels: 40, low: 1000, high: 20_000, scale: "slaney", norm: "none" },
  { ...MEL, mels: 80, low: 0, high: 24_000, scale: "htk", norm: "none" },
];

/** Chirp, tone, noise and silence: every bin has something in it at some time. */
function testSignal({ samples, rate }: Job): Float32Array {
  let state = 1;
  return Float32Array.from({ length: samples }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const t = i / rate;
    if (i > samples * 0.9) return 0;
    return 0.4 * Math.sin(2 * Math.PI * (500 + 2000 * t) * t) + 0.1 * (state / 2 ** 31 - 1);
  });
}

function ourValues(job: Job): Float32Array {
  const common = { sampleRateHz: job.rate, fftSize: job.fft, hopSamples: job.hop, scale: "power" } as const;
  if (job.kind === "mel") {
    const bands = {
      mels: job.mels,
      lowHz: job.low,
      highHz: job.high,
      melScale: job.scale,
      melNorm: job.norm,
    };
    return melSpectrogram(testSignal(job), { ...common, ...bands }).values;
  }
  const scaling = job.kind === "stft" ? "none" : job.kind;
  return spectrogram(testSignal(job), { ...common, scaling, center: job.kind === "stft" }).values;
}

/** All references in one run: librosa takes seconds to load. */
function referenceValues(): Float32Array {
  const script = fileURLToPath(new URL("reference.py", import.meta.url));
  const input = Buffer.concat(JOBS.map((job) => Buffer.from(testSignal(job).buffer)));
  const run = spawnSync(PYTHON, [script, JSON.stringify(JOBS)], { input, maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return new Float32Array(new Uint8Array(run.stdout).buffer);
}

const has = pythonHas("scipy, librosa");
const why = has ? "" : " (skipped: no Python with scipy and librosa; name one in OPUS_ZARR_PYTHON)";

describe(`against scipy and librosa${why}`, () => {
  const ours: Float32Array[] = [];
  const theirs: Float32Array[] = [];

  beforeAll(() => {
    if (!has) return;
    let rest = referenceValues();
    for (const job of JOBS) {
      const values = ourValues(job);
      ours.push(values);
      theirs.push(rest.subarray(0, values.length));
      rest = rest.subarray(values.length);
    }
    // Every frame of theirs has one of ours.
    expect(rest.length).toBe(0);
  });

  it.skipIf(!has).each(JOBS.map((job, i) => [JSON.stringify(job), i] as const))("%s", (_, i) => {
    const [mine, reference] = [ours[i] as Float32Array, theirs[i] as Float32Array];
    expect(reference.length).toBe(mine.length);
    const loudest = reference.reduce((most, value) => Math.max(most, value), 0);
    // A ten-thousandth of each value; what lies 90 dB below the loudest counts as nothing.
    const worst = reference.reduce((most, value, at) => {
      const allowed = 1e-4 * value + 1e-9 * loudest;
      return Math.max(most, Math.abs((mine[at] as number) - value) / allowed);
    }, 0);
    expect(worst).toBeLessThan(1);
  });
});
