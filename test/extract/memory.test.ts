import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bundledDataset,
  extractSegments,
  importRecordings,
  openArchive,
  type Recording,
  streamSegments,
} from "../../dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "opus-zarr-memory-"));
let recording: Recording;
beforeAll(async () => {
  const archive = await openArchive(join(folder, "a.zarr"), { mode: "a" });
  await importRecordings(archive, [bundledDataset().opus]);
  recording = await archive.recording("soundscape");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
      expect(memory.size).toBe(2);
    },
  );
});
