import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { OpusDecoder } from "opus-decoder";
import { describe, expect, it } from "vitest";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { makeSoundscape, type SoundscapeEvent } from "../../src/datasets/soundscape.js";
import { pcm16, soundscapeCsv, soundscapeRaven } from "../../src/datasets/tables.js";
import { readPackets } from "../../src/ogg/packets.js";

const files = bundledDataset();
const soundscape = makeSoundscape();
const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const readme = readFileSync(new URL("../../datasets/README.md", import.meta.url), "utf8");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Correlation of two signals over `[start, end)`: 1 for equal shapes. */
function correlation(a: Float32Array, b: Float32Array, [start, end]: readonly [number, number]): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Samples of an event, `[startSample, endSample)`. */
function eventSamples({ startSeconds, endSeconds }: SoundscapeEvent): {
  startSample: number;
  endSample: number;
} {
  return { startSample: Math.round(startSeconds * 48_000), endSample: Math.round(endSeconds * 48_000) };
}

function expectHeardAtLabels(decoded: Float32Array): void {
  expect(decoded.length).toBe(soundscape.samples.length);
  for (const event of soundscape.events) {
    const { startSample, endSample } = eventSamples(event);
    const r = correlation(decoded, soundscape.samples, [startSample, endSample]);
    expect(r, `${event.label} at ${event.startSeconds} s`).toBeGreaterThan(0.97);
  }
}

describe("the soundscape", () => {
  it("is the same each time, and another one for another seed", () => {
    const make = (seed: number): [sound: string, events: string] => {
      const { samples, events } = makeSoundscape({ seed, durationSeconds: 10 });
      return [sha256(new Uint8Array(samples.buffer)), soundscapeCsv(events)];
    };
    expect(make(7)).toEqual(make(7));
    expect(make(8)[0]).not.toBe(make(7)[0]);
    expect(make(8)[1]).not.toBe(make(7)[1]);
  });

  it("has the samples that the README names by sha256", () => {
    expect(readme).toContain(sha256(pcm16(soundscape.samples)));
  });

  it("sounds each event in its time and band", () => {
    // Energy of the event's band during the event, against the same length of time just before it.
    const birds = soundscape.events.filter((e) => e.label.startsWith("bird"));
    expect(birds.length).toBeGreaterThan(15);
    for (const event of birds) {
      const { startSample, endSample } = eventSamples(event);
      const length = endSample - startSample;
      const during = bandEnergy(soundscape.samples, startSample, length, event);
      const before = bandEnergy(soundscape.samples, startSample - length, length, event);
      expect(during / before, `${event.label} at ${event.startSeconds} s`).toBeGreaterThan(3);
    }
  });

  it("refuses lengths and seeds that make no sense", () => {
    expect(() => makeSoundscape({ durationSeconds: Number.NaN })).toThrow(/durationSeconds: expected/);
    expect(() => makeSoundscape({ seed: 0.5 })).toThrow(/seed: expected a whole number/);
  });
});

/** Energy at 24 frequencies of the event's band (Goertzel). */
function bandEnergy(
  samples: Float32Array,
  from: number,
  length: number,
  band: { readonly lowHz: number; readonly highHz: number },
): number {
  let energy = 0;
  for (let k = 0; k < 24; k++) {
    const hz = band.lowHz + ((band.highHz - band.lowHz) * (k + 0.5)) / 24;
    const c = 2 * Math.cos((2 * Math.PI * hz) / 48_000);
    // In blocks of 10 ms: a glide passes each frequency quickly.
    for (let block = 0; block + 480 <= length; block += 480) {
      let [s1, s2] = [0, 0];
      for (let i = 0; i < 480; i++) {
        const s = (samples[from + block + i] as number) + c * s1 - s2;
        s2 = s1;
        s1 = s;
      }
      energy += s1 * s1 + s2 * s2 - c * s1 * s2;
    }
  }
  return energy;
}

describe("the bundled dataset", () => {
  it("comes with the ground truth that the generator gives", () => {
    expect(readFileSync(files.labels, "utf8")).toBe(soundscapeCsv(soundscape.events));
    expect(readFileSync(files.raven, "utf8")).toBe(soundscapeRaven(soundscape.events));
  });

  it("has the sha256 sums that its README names, and stays below 2 MB", () => {
    for (const path of Object.values(files)) expect(readme).toContain(sha256(readFileSync(path)));
    expect(readFileSync(files.opus).length).toBeLessThan(2_000_000);
  });

  it("decodes to the generated sound at every label (opus-decoder)", async () => {
    const decoder = new OpusDecoder({ channels: 1, preSkip: 312 });
    await decoder.ready;
    const packets = readPackets(readFileSync(files.opus)).slice(2);
    const { channelData } = decoder.decodeFrames(packets.map((p) => p.bytes));
    decoder.free();
    const decoded = channelData[0] as Float32Array;
    expectHeardAtLabels(decoded.subarray(0, soundscape.samples.length));
  });

  it.skipIf(!hasFfmpeg)("decodes to the generated sound at every label (needs ffmpeg)", () => {
    const args = ["-v", "error", "-nostdin", "-i", files.opus, "-f", "f32le", "-"];
    const { stdout } = spawnSync("ffmpeg", args, { maxBuffer: 1 << 27 });
    expectHeardAtLabels(new Float32Array(stdout.buffer, stdout.byteOffset, stdout.length / 4));
  });
});
