import { beforeAll, describe, expect, it } from "vitest";
import { extractSegments, type Recording, streamSegments } from "../../dist/index.js";
import { importedSoundscape } from "../datasets/imported.js";

const soundscape = importedSoundscape();
let recording: Recording;
beforeAll(async () => {
  recording = await soundscape.recording();
});

describe("streamSegments in memory that is used again", () => {
  it.each(["float32", "int16"] as const)(
    "%s: the rows of an extraction, silence outside the recording",
    async (dtype) => {
      // Uneven lengths, the last ones reaching out at both ends: there what stood before must not shine through.
      const segments = Array.from({ length: 40 }, (_, i) => {
        const startSample = i % 10 === 9 ? 3_840_000 - 1000 * i : i % 10 === 8 ? -5000 : 90_000 * i;
        return { startSample, endSample: startSample + 20_000 + 777 * (i % 7) };
      });
      const whole = await extractSegments(recording, segments, { dtype, outOfRange: "pad" });
      const memory = new Set<ArrayBufferLike>();
      let at = 0;
      let parts = 0;
      const options = { dtype, outOfRange: "pad", maxMemoryMb: 0.5, reuseMemory: true } as const;
      for await (const part of streamSegments(recording, segments, options)) {
        const expected = whole.data.subarray(at, at + part.data.length);
        expect(Buffer.from(part.data.slice().buffer).equals(Buffer.from(expected.slice().buffer))).toBe(true);
        memory.add(part.data.buffer);
        at += part.data.length;
        parts++;
      }
      expect(at).toBe(whole.data.length);
      expect(parts).toBeGreaterThan(4);
      expect(memory.size).toBe(4);
    },
  );
});

describe("streamSegments and its reader", () => {
  const seconds = Array.from({ length: 40 }, (_, i) => ({ startSeconds: 2 * i, endSeconds: 2 * i + 1 }));
  const aSegmentAPart = { maxMemoryMb: (4 * 1.5 * 48_000 * 4) / 2 ** 20 };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it("a slow reader holds the decoding up, and one that stops ends it", async () => {
    let batchesDone = 0;
    const onProgress = (progress: { batchesDone: number }): void => {
      batchesDone = progress.batchesDone;
    };
    let read = 0;
    for await (const part of streamSegments(recording, seconds, { ...aSegmentAPart, onProgress })) {
      expect(part.shape[0]).toBe(1);
      read++;
      // The part at hand and the three that come next, and no more.
      await expect.poll(() => batchesDone, { timeout: 10_000 }).toBe(read + 3);
      await pause(50);
      expect(batchesDone).toBe(read + 3);
      if (read === 5) break;
    }
    await pause(100);
    expect(batchesDone).toBe(8);
  });

  it("progress goes on from part to part", async () => {
    const seen: { batchesDone: number; decodedSeconds: number }[] = [];
    const options = {
      ...aSegmentAPart,
      onProgress: (progress: (typeof seen)[number]) => seen.push({ ...progress }),
    };
    for await (const part of streamSegments(recording, seconds, options)) void part;
    // Some may have been decoded again, with more pre-roll.
    expect(seen.length).toBeGreaterThanOrEqual(40);
    expect(seen.map(({ batchesDone }) => batchesDone)).toEqual(seen.map((_, i) => i + 1));
    expect(seen.at(-1)?.decodedSeconds).toBeGreaterThan(40);
  });

  it("a signal ends it with its reason", async () => {
    const stop = new AbortController();
    const stopped = async (): Promise<void> => {
      for await (const part of streamSegments(recording, seconds, {
        ...aSegmentAPart,
        signal: stop.signal,
      })) {
        void part;
        stop.abort(new Error("enough"));
      }
    };
    await expect(stopped()).rejects.toThrow("enough");
  });
});
