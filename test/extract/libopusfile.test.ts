/**
 * Beside libopusfile's sequential decode. Two builds of libopus compute CELT a little differently: by a noise 85
 * to 87 dB below the sound in each of these streams, so by more steps of 16 bits the louder it is (1.9 at most).
 * A wrong position or a wrong pre-skip is wrong by thousands of steps.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { opusfilePeer } from "../../bench/peers/opusfile.js";
import { extractSegments, importRecordings, openArchive } from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { testStream } from "../streams/streams.js";

const STEP = 1 / 32768;
const MOST_STEPS = 4;
const LEAST_SNR_DB = 80;
/** Share of samples within half a step, in a recording as quiet as those from the field. */
const NEARLY_ALL = 0.999;

const peer = opusfilePeer();
const day = fileURLToPath(new URL("../../../shared/recordings/S4A03895_20190522_day.opus", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "opus-zarr-peer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Of the test streams, some of each kind that libopusfile reads. Not those with DTX: a pause is concealment, in
 * which the two builds differ by up to 119 steps.
 */
const STREAMS = [
  ...[
    "celt-2.5ms",
    "celt-5ms",
    "celt-10ms",
    "celt-20ms",
    "celt-40ms",
    "celt-120ms",
    "hybrid-60ms",
    "voice-24k",
  ],
  ...["silk-60ms", "modes-encoder", "stereo-celt", "stereo-modes", "surround-5.1", "surround-5.1-mixed"],
];

describe.skipIf(peer === undefined)("libopusfile (needs cc and libopusfile)", () => {
  it.each(STREAMS)("%s: the whole recording", async (name) => {
    const file = join(folder, `${name}.opus`);
    writeFileSync(file, testStream(name).bytes);
    expectSame(await compare(file));
  });

  it("the bundled dataset: the whole recording", async () => {
    expectSame(await compare(bundledDataset().opus));
  });

  it.skipIf(!existsSync(day))(
    "a day in the field, 16 minutes (needs ../shared/recordings)",
    async () => {
      const found = await compare(day);
      expectSame(found);
      expect(found.withinHalfStep).toBeGreaterThanOrEqual(NEARLY_ALL);
    },
    240_000,
  );
});

interface Difference {
  readonly mostSteps: number;
  readonly snrDb: number;
  readonly withinHalfStep: number;
}

function expectSame(difference: Difference): void {
  expect(difference.mostSteps).toBeLessThanOrEqual(MOST_STEPS);
  expect(difference.snrDb).toBeGreaterThanOrEqual(LEAST_SNR_DB);
}

async function compare(file: string): Promise<Difference> {
  const out = join(folder, "peer.f32");
  const { samples, channels } = (peer as NonNullable<typeof peer>).decode(file, out);
  const bytes = readFileSync(out);
  const reference = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const archive = await openArchive(join(folder, "peer.zarr"), { mode: "a" });
  const report = await importRecordings(archive, [file]);
  const recording = await archive.recording(report.recordings[0]?.id ?? "");
  expect([recording.totalSamples, recording.channels]).toEqual([samples, channels]);
  const { data } = await extractSegments(recording, [{ startSample: 0, endSample: samples }]);
  return difference(data, reference, channels);
}

/** Ours stands channel after channel, the reference's channels are interleaved. */
function difference(data: ArrayLike<number>, reference: Float32Array, channels: number): Difference {
  const samples = reference.length / channels;
  let most = 0;
  let within = 0;
  let signal = 0;
  let noise = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < samples; i++) {
      const expected = reference[i * channels + channel] ?? 0;
      const off = Math.abs((data[channel * samples + i] ?? 9) - expected);
      if (off > most) most = off;
      if (off <= STEP / 2) within++;
      signal += expected * expected;
      noise += off * off;
    }
  }
  return {
    mostSteps: most / STEP,
    snrDb: 10 * Math.log10(signal / noise),
    withinHalfStep: within / reference.length,
  };
}
