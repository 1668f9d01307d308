import { beforeAll, describe, expect, it } from "vitest";
import { extractSegments, type Recording } from "../../dist/index.js";
import { type TestStream, testStreams } from "../streams/streams.js";
import { differences, type Range, randomSegments, shuffled } from "./comparison.js";
import type { SequentialDecode } from "./sequential.js";
import { aroundPages, importedStreams, sequential } from "./streams.js";

/** Random segments a stream; more by `OPUS_ZARR_SEGMENTS`. */
const SEGMENTS = Number(process.env["OPUS_ZARR_SEGMENTS"] ?? 250);

const streams = importedStreams(testStreams());

/** With many channels a segment costs as much as many. */
function countFor(stream: TestStream): number {
  return Math.max(20, Math.ceil(SEGMENTS / stream.channels));
}

describe.each(testStreams().map((stream) => [stream.name, stream] as const))("%s", (name, stream) => {
  let recording: Recording;
  let whole: SequentialDecode;

  beforeAll(async () => {
    recording = await streams.recording(name);
    whole = await sequential(stream);
  });

  const { totalSamples } = stream;
  const edges: Range[] = [
    { startSample: 0, endSample: 1 },
    { startSample: totalSamples - 1, endSample: totalSamples },
    { startSample: 0, endSample: totalSamples },
  ];

  it("gives each segment as the sequential decode has it, in short batches", async () => {
    const random = randomSegments(totalSamples, countFor(stream), { seed: 1, longest: 24_000 });
    const segments = [...edges, ...random];
    const clips = await extractSegments(recording, segments, { workers: 2, maxBatchSeconds: 0.5 });
    expect(differences(clips, segments, whole.channels)).toEqual([]);
    expect(clips.accuracy).toBe("exact");
  });

  it("gives all segments so, in batches, in any order", async () => {
    const random = randomSegments(totalSamples, countFor(stream), { seed: 2, longest: 96_000 });
    const pages = shuffled(aroundPages(stream, 700), 3).slice(0, 2 * countFor(stream));
    const segments = shuffled([...edges, ...random, ...pages], 4);
    const clips = await extractSegments(recording, segments, { workers: 2, maxBatchSeconds: 2 });
    expect(differences(clips, segments, whole.channels)).toEqual([]);
  });
});
