/** Segments at other rates than the recording's own. */
import { describe, expect, it } from "vitest";
import { extractSegments, segmentSamples, segmentsFrame, streamSegments } from "../../dist/index.js";
import { openResampler } from "../../src/tensor/resample.js";
import { indexOf } from "../pageindex/scans.js";
import { testStream } from "../streams/streams.js";
import { differences, type Range, randomSegments } from "./comparison.js";
import { importedStreams, sequential } from "./streams.js";

const NAMES = [
  "celt-20ms",
  "celt-2.5ms",
  "silk-20ms",
  "stereo-modes",
  "surround-5.1-mixed",
  "long-pre-skip",
  "chained",
];
const OWN_RATES = [8_000, 12_000, 16_000, 24_000] as const;

const streams = importedStreams([...NAMES, "holes-celt"].map(testStream));

/** Segments that begin on the rate's grid, with the ranges of a decode at that rate that they are. */
function onGrid(totalSamples: number, ratio: number): { segments: Range[]; ranges: Range[] } {
  const total = Math.floor(totalSamples / ratio);
  const ranges = [
    { startSample: 0, endSample: total },
    { startSample: total - 1, endSample: total },
    ...randomSegments(total, 40, { seed: 11, longest: Math.ceil(24_000 / ratio) }),
  ];
  const segments = ranges.map((r) => ({
    startSample: r.startSample * ratio,
    endSample: r.endSample * ratio,
  }));
  return { segments, ranges };
}

describe.each(OWN_RATES)("libopus' own %i Hz", (rate) => {
  const ratio = 48_000 / rate;

  it.each(NAMES.filter((name) => name !== "chained"))(
    "%s: equal to a sequential decode at that rate",
    async (name) => {
      const recording = await streams.recording(name);
      const { channels } = await sequential(testStream(name), rate);
      const { segments, ranges } = onGrid(recording.totalSamples, ratio);
      const clips = await extractSegments(recording, segments, {
        sampleRate: rate,
        maxBatchSeconds: 1,
        workers: 2,
      });
      expect(differences(clips, ranges, channels)).toEqual([]);
      expect(clips).toMatchObject({ sampleRate: rate, recordingRate: 48_000, accuracy: "exact" });
    },
  );

  it("chained: in every link, the decoder's sample at each place or the last before it", async () => {
    const recording = await streams.recording("chained");
    const { channels } = await sequential(testStream("chained"), rate);
    const [data] = channels as [Float32Array];
    const { links } = indexOf(testStream("chained").bytes);
    const clips = await extractSegments(recording, [{ startSample: 0, endSample: recording.totalSamples }], {
      sampleRate: rate,
    });
    let file = 0;
    let decoded = 0;
    let compared = 0;
    for (const { preSkip, totalSamples } of links) {
      const first = Math.ceil(preSkip / ratio);
      for (let k = Math.ceil(file / ratio); k * ratio < file + totalSamples && k < clips.shape[2]; k++) {
        const own = Math.floor((k * ratio - file + preSkip) / ratio) - first;
        if (own < 0) continue;
        compared++;
        if (clips.data[k] !== data[decoded + own])
          expect([k, clips.data[k]]).toEqual([k, data[decoded + own]]);
      }
      file += totalSamples;
      decoded += Math.ceil((preSkip + totalSamples) / ratio) - first;
    }
    expect(compared).toBeGreaterThan(recording.totalSamples / ratio - 4);
  });
});

it("a segment begins at the sample nearest to its start, and has the nearest number of samples", async () => {
  const recording = await streams.recording("celt-20ms");
  const { channels } = await sequential(testStream("celt-20ms"), 16_000);
  const segments = [0, 1, 2, 3, 4].map((shift) => ({ startSample: 30_000 + shift, endSample: 31_000 }));
  const clips = await extractSegments(recording, segments, { sampleRate: 16_000 });
  expect(segments.map((_, row) => segmentSamples(clips, row).length)).toEqual([333, 333, 333, 332, 332]);
  const whole = channels[0] as Float32Array;
  for (const [row, first] of [10_000, 10_000, 10_001, 10_001, 10_001].entries()) {
    const got = segmentSamples(clips, row);
    expect(got).toEqual(whole.slice(first, first + got.length));
  }
});

describe("rates that libopus does not have", () => {
  it.each([22_050, 32_000, 44_100, 96_000])(
    "%i Hz: the exact samples, resampled with their surroundings",
    async (rate) => {
      const recording = await streams.recording("stereo-modes");
      const { margin, resample } = await openResampler(48_000, rate);
      const part = { startSample: 48_001, endSample: 60_000 };
      const around = { startSample: part.startSample - margin, endSample: part.endSample + margin };
      const [full, clips] = await Promise.all([
        extractSegments(recording, [around]),
        extractSegments(recording, [part, part], { sampleRate: rate, workers: 2 }),
      ]);
      const length = Math.round((11_999 * rate) / 48_000);
      expect(clips.shape).toEqual([2, 2, length]);
      for (const c of [0, 1]) {
        const expected = resample(segmentSamples(full, 0, c) as Float32Array, length);
        expect(segmentSamples(clips, 0, c)).toEqual(expected);
        expect(segmentSamples(clips, 1, c)).toEqual(expected);
      }
    },
  );

  it("pieces of a recording on the new rate's grid are pieces of the whole, float for float", async () => {
    const recording = await streams.recording("celt-20ms");
    const seconds = Array.from({ length: 9 }, (_, s) => ({ startSeconds: s, endSeconds: s + 1 }));
    const whole = await extractSegments(recording, [{ startSeconds: 0, endSeconds: 9 }], {
      sampleRate: 22_050,
    });
    const pieces = await extractSegments(recording, seconds, { sampleRate: 22_050 });
    expect(pieces.data).toEqual(whole.data);
  });

  it("int16, and streamed in parts in memory that is used again, are the same", async () => {
    const recording = await streams.recording("celt-20ms");
    const segments = Array.from({ length: 9 }, (_, s) => ({ startSeconds: s, endSeconds: s + 1 }));
    const all = await extractSegments(recording, segments, { sampleRate: 32_000 });
    const int16 = await extractSegments(recording, segments, {
      sampleRate: 32_000,
      dtype: "int16",
      workers: 0,
    });
    expect(all.data.every((v, i) => Math.abs(v * 32_768 - (int16.data[i] as number)) < 0.51)).toBe(true);
    let rows = 0;
    for await (const part of streamSegments(recording, segments, {
      sampleRate: 32_000,
      maxMemoryMb: 2,
      reuseMemory: true,
    })) {
      expect(part.data).toEqual(all.data.slice(rows * 32_000, (rows + part.shape[0]) * 32_000));
      rows += part.shape[0];
    }
    expect(rows).toBe(9);
  });
});

it("holes are told in samples of the output, times in seconds of the recording", async () => {
  const recording = await streams.recording("holes-celt");
  const part = [{ startSample: 0, endSample: recording.totalSamples, label: "all" }];
  const full = await extractSegments(recording, part);
  for (const sampleRate of [16_000, 22_050]) {
    const low = await extractSegments(recording, part, { sampleRate });
    const scaled = full.segments[0]?.holes.map(({ startSample, endSample, reason }) => ({
      startSample: Math.floor((startSample * sampleRate) / 48_000),
      endSample: Math.min(low.shape[2], Math.ceil((endSample * sampleRate) / 48_000)),
      reason,
    }));
    expect(low.segments[0]?.holes).toEqual(scaled);
    const frame = await segmentsFrame(low);
    expect(frame.column("end_s").values[0]).toBeCloseTo(recording.totalSamples / 48_000, 3);
  }
});

it("what is no rate is refused", async () => {
  const recording = await streams.recording("celt-20ms");
  for (const sampleRate of [0, 22_050.5, -8_000, Number.NaN, 1e9]) {
    const run = extractSegments(recording, [{ startSample: 0, endSample: 960 }], { sampleRate });
    await expect(run).rejects.toThrow(/sampleRate: expected a whole number of Hz from 1,000 to 1,000,000/);
  }
});
