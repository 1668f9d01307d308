/** Any list of segments, extracted any way, is slices of the sequential decode. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { extractSegments, type Recording, streamSegments } from "../../dist/index.js";
import { testStream } from "../streams/streams.js";
import { differences, type Range } from "./comparison.js";
import type { SequentialDecode } from "./sequential.js";
import { importedStreams, sequential } from "./streams.js";

const NAMES = [
  "celt-10ms",
  "modes-encoder",
  "stereo-modes",
  "dtx-spliced",
  "chained",
  "holes-voice",
] as const;

const streams = importedStreams(NAMES.map(testStream));

/** Lists of segments as users ask for them: in no order, repeated, overlapping, adjacent, of one sample. */
function lists(totalSamples: number): fc.Arbitrary<Range[]> {
  const length = fc.oneof(
    fc.constant(1),
    fc.integer({ min: 1, max: 3000 }),
    fc.integer({ min: 1, max: 150_000 }),
  );
  const one = fc.tuple(fc.nat(totalSamples - 1), length).map(([startSample, samples]) => ({
    startSample,
    endSample: Math.min(totalSamples, startSample + samples),
  }));
  const row = fc.tuple(one, fc.integer({ min: 1, max: 5 })).map(([{ startSample, endSample }, count]) =>
    Array.from({ length: count }, (_, i) => {
      const start = startSample + i * (endSample - startSample);
      return { startSample: start, endSample: Math.min(totalSamples, start + endSample - startSample) };
    }).filter((range) => range.startSample < range.endSample),
  );
  const repeated = fc
    .tuple(one, fc.integer({ min: 2, max: 4 }))
    .map(([range, count]) => Array(count).fill(range) as Range[]);
  return fc
    .array(
      fc.oneof(
        one.map((range) => [range]),
        row,
        repeated,
      ),
      { minLength: 1, maxLength: 8 },
    )
    .chain((parts) => fc.shuffledSubarray(parts.flat(), { minLength: parts.flat().length }));
}

const ways = fc.record({
  workers: fc.integer({ min: 0, max: 4 }),
  maxBatchSeconds: fc.constantFrom(0.3, 2, 30),
  strategy: fc.constantFrom("batch" as const, "segment" as const),
  readSizeMb: fc.constantFrom(0.01, 4),
});

describe.each(NAMES)("%s", (name) => {
  let recording: Recording;
  let whole: SequentialDecode;
  const { totalSamples } = testStream(name);
  beforeAll(async () => {
    recording = await streams.recording(name);
    whole = await sequential(testStream(name));
  });

  it("any list of segments is slices of the sequential decode", async () => {
    await fc.assert(
      fc.asyncProperty(lists(totalSamples), ways, async (segments, options) => {
        const clips = await extractSegments(recording, segments, options);
        expect(differences(clips, segments, whole.channels)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it("and so are the parts of a stream, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(
        lists(totalSamples),
        ways,
        fc.double({ min: 0.01, max: 4, noNaN: true }),
        async (segments, options, maxMemoryMb) => {
          let row = 0;
          for await (const part of streamSegments(recording, segments, { ...options, maxMemoryMb })) {
            const asked = segments.slice(row, row + part.shape[0]);
            expect(differences(part, asked, whole.channels)).toEqual([]);
            row += asked.length;
          }
          expect(row).toBe(segments.length);
        },
      ),
      { numRuns: 6 },
    );
  });
});

it("is the same whatever the number of workers", async () => {
  for (const name of NAMES) {
    const recording = await streams.recording(name);
    const segments = fc.sample(lists(testStream(name).totalSamples), { numRuns: 1, seed: 42 })[0] as Range[];
    const [one, ...others] = await Promise.all(
      [1, 0, 2, 4].map((workers) => extractSegments(recording, segments, { workers })),
    );
    for (const other of others) expect(Buffer.compare(bytesOf(other.data), bytesOf(one?.data))).toBe(0);
  }
});

function bytesOf(data: { slice(): { buffer: ArrayBufferLike } } | undefined): Buffer {
  return Buffer.from((data as Float32Array).slice().buffer);
}
