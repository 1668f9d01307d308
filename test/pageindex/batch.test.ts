import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchOptions, mergeScans, planBatches, scanBatch } from "../../src/pageindex/batch.js";
import type { PageScan } from "../../src/pageindex/scan.js";
import { readPages } from "../../src/ogg/packets.js";
import { sealPage } from "../../src/ogg/page.js";
import { chainedLayouts } from "../streams/linked.js";
import { testStream, testStreams } from "../streams/streams.js";
import { expectSameScan, scanWhole } from "./scans.js";

/** Batch by batch, and merged; counts the batches that had to be scanned again. */
async function batched(bytes: Uint8Array, options: BatchOptions): Promise<{ scan: PageScan; again: number }> {
  const tasks = planBatches(bytes.length, options);
  const part = (task: { start: number; readEnd: number }): Uint8Array =>
    bytes.slice(task.start, task.readEnd);
  let again = 0;
  const scan = await mergeScans(
    tasks,
    tasks.map((task) => scanBatch(part(task), task)),
    async (task) => {
      again++;
      return scanBatch(part(task), task);
    },
  );
  return { scan, again };
}

const bytesToMb = (bytes: number): number => bytes / 1024 / 1024;

describe("an index in batches", () => {
  it.each([...testStreams(), chainedLayouts()].map((stream) => [stream.name, stream] as const))(
    "finds in %s what one scan of the whole does",
    async (_, { bytes }) => {
      const whole = scanWhole(bytes);
      for (const size of [bytes.length / 3, bytes.length / 13.7, 70_001]) {
        const { scan } = await batched(bytes, { batchSizeMb: bytesToMb(size), check: "crc" });
        expectSameScan(scan, whole);
      }
    },
  );

  it("does so for batches of any size, smaller than a page too", async () => {
    const names = ["cut-packets", "holes-in-packets", "packets-over-pages", "chained", "multiplexed"];
    const cases = names.map((name) => {
      const { bytes } = testStream(name);
      const part = bytes.subarray(0, 50_000);
      return { part, whole: scanWhole(part) };
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(cases.length - 1),
        fc.integer({ min: 20, max: 50_000 }),
        async (which, size) => {
          const one = cases[which] as (typeof cases)[number];
          const options = { batchSizeMb: bytesToMb(size), check: "crc" } as const;
          expectSameScan((await batched(one.part, options)).scan, one.whole);
        },
      ),
      { numRuns: 120 },
    );
  });

  it("does so where streams of different layouts stand page by page beside each other", async () => {
    const [surround, mono] = ["surround-5.1-mixed", "celt-160k-cbr"].map((name, serial) => {
      const { bytes } = testStream(name);
      return readPages(bytes).map(({ at, size }) => {
        const page = bytes.slice(at, at + size);
        new DataView(page.buffer).setUint32(14, serial + 1, true);
        return sealPage(page);
      });
    });
    const pages = (mono ?? []).flatMap((page, i) => [page, ...(surround ?? []).slice(i, i + 1)]);
    const bytes = new Uint8Array(Buffer.concat(pages));
    for (const size of [9_000, 30_000, 70_001]) {
      const { scan } = await batched(bytes, { batchSizeMb: bytesToMb(size), check: "crc" });
      expectSameScan(scan, scanWhole(bytes));
    }
  });

  it("scans no batch twice in an undamaged file", async () => {
    const { bytes } = testStream("celt-160k-cbr");
    const { again } = await batched(bytes, { batchSizeMb: 0.02, check: "crc" });
    expect(again).toBe(0);
  });
});
