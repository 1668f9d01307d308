/** A reader that keeps what it decoded gives what an extraction gives. */
import { beforeAll, describe, expect, it } from "vitest";
import { extractSegments, type Recording, type SegmentTensor, segmentReader } from "../../dist/index.js";
import { testStream } from "../streams/streams.js";
import { randomSegments, shuffled } from "./comparison.js";
import { importedStreams } from "./streams.js";

const NAMES = [
  "celt-20ms",
  "stereo-modes",
  "holes-celt",
  "holes-in-packets",
  "invalid-packets",
  "chained",
] as const;

const streams = importedStreams(NAMES.map(testStream));

/** All of a tensor that does not depend on what was decoded when. */
function content(tensor: SegmentTensor): unknown {
  const { data, stats, preRollSeconds, ...rest } = tensor;
  return { ...rest, samples: Buffer.from(data.slice().buffer).toString("latin1") };
}

describe.each(NAMES)("%s through a reader", (name) => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await streams.recording(name);
  });
  const windows = (seed: number) =>
    randomSegments(testStream(name).totalSamples, 8, { seed, longest: 300_000 });

  it.each([
    [{}, { maxMemoryMb: 64 }],
    [{}, { maxMemoryMb: 3 }],
    [{ dtype: "int16" }, { aheadSeconds: 12 }],
    [{ channels: "mono", workers: 0 }, {}],
  ] as const)("is what extractSegments gives, with %j and %j", async (plain, own) => {
    const options = { ...plain, ...own };
    const reader = segmentReader(recording, options);
    for (const segment of shuffled([...windows(1), ...windows(2)], 5)) {
      const expected = await extractSegments(recording, [segment], plain);
      expect(content(await reader.read([segment]))).toEqual(content(expected));
    }
    const many = windows(3);
    expect(content(await reader.read(many))).toEqual(content(await extractSegments(recording, many, plain)));
  });
});

describe("a reader", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await streams.recording("celt-20ms");
  });

  it("decodes nothing twice while it remembers it, and forgets what was not read for longest", async () => {
    const reader = segmentReader(recording, { maxMemoryMb: 1 });
    const at = (startSeconds: number) => reader.read([{ startSeconds, endSeconds: startSeconds + 1 }]);
    expect((await at(1)).stats.decodedSeconds).toBeGreaterThanOrEqual(5);
    expect((await at(2.5)).stats).toMatchObject({ batches: 0, decodedSeconds: 0, audioSeconds: 1 });
    // 5 s of float32 are 0.92 MB: there is room for one block.
    expect((await at(6)).stats.decodedSeconds).toBeGreaterThan(0);
    expect((await at(1)).stats.decodedSeconds).toBeGreaterThan(0);
  });

  it("decodes ahead of a caller that goes on", async () => {
    const reader = segmentReader(recording, { aheadSeconds: 5 });
    await reader.read([{ startSeconds: 0, endSeconds: 2 }]);
    const next = await reader.read([{ startSeconds: 5, endSeconds: 7 }]);
    expect(next.stats.batches).toBe(0);
  });

  it("gives silence outside the recording, or refuses to, as extractions do", async () => {
    const outside = [{ startSample: -1000, endSample: 500 }];
    await expect(segmentReader(recording).read(outside)).rejects.toMatchObject({ kind: "argument" });
    const padded = segmentReader(recording, { outOfRange: "pad" });
    const expected = await extractSegments(recording, outside, { outOfRange: "pad" });
    expect(content(await padded.read(outside))).toEqual(content(expected));
  });

  it("tells of a failure, and tries again at the next call", async () => {
    const stop = new AbortController();
    const reader = segmentReader(recording, { signal: stop.signal });
    stop.abort(new Error("called off"));
    const read = () => reader.read([{ startSeconds: 0, endSeconds: 1 }]);
    await expect(read()).rejects.toThrow("called off");
    await expect(read()).rejects.toThrow("called off");
  });

  it("asks for sensible options", () => {
    expect(() => segmentReader(recording, { maxMemoryMb: 0 })).toThrow(/maxMemoryMb/);
    expect(() => segmentReader(recording, { aheadSeconds: -1 })).toThrow(/aheadSeconds/);
  });
});
