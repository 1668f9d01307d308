/** Packets that break libopus: it divides by zero, and its WebAssembly cannot be used any more. */
import { OpusDecoder } from "opus-decoder";
import { describe, expect, it } from "vitest";
import { extractSegments, type Recording, type SegmentTensor } from "../../dist/index.js";
import { packetSamples } from "../../src/opus/toc.js";
import { importedStreams } from "../extract/streams.js";
import { fixture } from "../streams/fixtures.js";
import { made } from "../streams/made.js";
import { sum } from "../streams/stream.js";

/** Found by fuzzing: noise in six packets, the last of which libopus falls over if the others came before it. */
const NOISE = [
  "pjbiUlsxjhtn/yfah1ucoHiFp6XCrulUuQg5rK9YsT0OhlfXx4Sdx1QpktEvEqzFzPMyioF4ccpgfR6FcANXkpzFO57sthucO66FXpaeiUSNUrLco1IyaiEJOvMPpKLPvNjCp/x1yAWvp1U+",
  "4daSozBwomw9DERmTkkBlI23uN7OM9C2DKQ6rj60JoAZ6ZpH1cl7fZAJSDIJnQkJXdEVsqnxWjY7AN+7w/ijQEbWPCZoYp+kMkBsP+j0Cb1mf6S+2zcdJhcF+eMEto+WdEM=",
  "SWvcpNmm8zxcwNoTJ5IaN6zxZFU4uOxJGm4Iu1vf0rDfcedjwwYKi5FrtLRhnSJyee0qyyehpPz0BIjUZszblnLODpcIMG9MqJgSpjLKhPSVoy0tPs9C10Ms+3m5VH8xAxbeFVKh",
  "XCxKNbWKTUYMVD5e/59oAu7qgNZtIAU+FYB6khpSu+nO74nKvhi2yeKh8DHmIeMzboqZdc9mEVOdeMoFDTygXy9sI0TcDfxKIfiMC1ZYIZgJE/qit+Sfcw6fKqJNZ9bqZA==",
  "8vSQh/Oyd3OelOj6N5TUFRL8cFvnjtD7tD9QD4tRNqpb3XOpd7UrerrbPkBtHdemcEOEMkBNfYU/ACmfvAOWSixozMr8bUa6FUtfa79Jj8YeZUXRpTfjET5v+SwM0YasrjQ0yoNC2Lg6BpJoTPah6Q==",
  "/B/5DB7/eQ1agRc6utgkWcbalJQDU0hY3r44vdmmXWz9S3hzfYF1LAfe3OOnM2kzgR45WaOR4ZZnSdIIoL1sNSJR/N9pUEq/ZUxKbjvhbgBbZDVnycOmga27zybzZDs=",
].map((text) => new Uint8Array(Buffer.from(text, "base64")));

const sound = fixture("stereo-celt");
const samplesOf = (packets: readonly Uint8Array[]): number =>
  sum(packets.map((packet) => packetSamples(packet, 0, packet.length)));
const { preSkip } = sound.head;
/** Playable samples: where the packet that breaks it begins, and where the sound after it does. */
const breaksAt = samplesOf([...sound.packets, ...NOISE.slice(0, 5)]) - preSkip;
const goesOnAt = breaksAt + samplesOf(NOISE.slice(5));

const streams = importedStreams([
  made(
    { name: "broken", what: "noise between sound", modes: ["celt"] },
    { ...sound, packets: [...sound.packets, ...NOISE, ...sound.packets] },
  ),
  made({ name: "sound", what: "sound alone", modes: ["celt"] }, sound),
]);

/** The left channel of a segment. */
async function left(
  recording: Recording,
  [startSample, endSample]: readonly [number, number],
  workers = 0,
): Promise<{ samples: Float32Array; tensor: SegmentTensor }> {
  const tensor = await extractSegments(recording, [{ startSample, endSample }], { workers });
  return { samples: tensor.data.slice(0, endSample - startSample) as Float32Array, tensor };
}

async function decoded(packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = new OpusDecoder({ channels: 2 });
  await decoder.ready;
  const { channelData } = decoder.decodeFrames([...packets]);
  decoder.free();
  return channelData[0] as Float32Array;
}

/** How many samples are not those expected. */
function differing(samples: Float32Array, expected: Float32Array): number {
  return expected.length - samples.length + samples.filter((sample, i) => sample !== expected[i]).length;
}

describe.each([0, 1])("a packet that breaks the decoder, with %d workers", (workers) => {
  it("is a hole, and what follows is decoded by a new decoder", async () => {
    const recording = await streams.recording("broken");
    const { samples, tensor } = await left(recording, [0, recording.totalSamples], workers);
    expect(tensor.segments[0]?.holes).toContainEqual({
      startSample: breaksAt,
      endSample: goesOnAt,
      reason: "packet that the decoder refused",
    });
    const expected = await decoded(sound.packets);
    const before = samplesOf(sound.packets) - preSkip;
    expect(differing(samples.subarray(0, before), expected.subarray(preSkip))).toBe(0);
    expect(samples.subarray(breaksAt, goesOnAt).every((sample) => sample === 0)).toBe(true);
    expect(differing(samples.subarray(goesOnAt), expected.subarray(0, samples.length - goesOnAt))).toBe(0);
  });

  it("gives the same wherever segments begin", async () => {
    const recording = await streams.recording("broken");
    const whole = await left(recording, [0, recording.totalSamples], workers);
    for (const start of [breaksAt - 48_000, breaksAt - 1000, goesOnAt, goesOnAt + 1000, goesOnAt + 60_000]) {
      const part = await left(recording, [start, start + 4000], workers);
      expect(differing(part.samples, whole.samples.subarray(start, start + 4000)), String(start)).toBe(0);
    }
  });

  it("harms no other recording", async () => {
    const recording = await streams.recording("sound");
    const { samples } = await left(recording, [0, recording.totalSamples], workers);
    const expected = await decoded(sound.packets);
    expect(differing(samples, expected.subarray(preSkip, preSkip + samples.length))).toBe(0);
  });
});
