/** Reads that serve many batches. */
import { expect, it } from "vitest";
import type { BlobSource } from "../../src/archive/blob.js";
import { batchReader } from "../../src/extract/read.js";
import type { DecodeBatch } from "../../src/segments/batches.js";

it("one read serves hundreds of thousands of batches", async () => {
  const reads: [start: number, end: number][] = [];
  const blob: BlobSource = {
    byteLength: 1000,
    accesses: 0,
    storeReads: 0,
    bytesRead: 0,
    read: async (start, end) => {
      reads.push([start, end]);
      return Uint8Array.from({ length: end - start }, (_, i) => (start + i) % 256);
    },
  };
  const batches = Array.from({ length: 300_000 }, (_, i) => {
    const startByte = (i * 7) % 900;
    return { startByte, endByte: startByte + 100 } as DecodeBatch;
  });
  const reader = batchReader(blob, batches, { readBytes: 1 << 20 });
  expect((await reader.read(299_999))[0]).toBe(((299_999 * 7) % 900) % 256);
  expect((await reader.read(0)).length).toBe(100);
  expect(reads).toEqual([[0, 999]]);
});
