import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundledDataset } from "../../src/datasets/bundled.js";
import {
  type LongRecordingOptions,
  longRecordingPages,
  writeLongRecording,
} from "../../src/datasets/long-recording.js";
import { PAGE_EOS } from "../../src/ogg/page.js";
import { readPackets, readPages } from "../../src/ogg/packets.js";

const source = readFileSync(bundledDataset().opus);
const folder = mkdtempSync(join(tmpdir(), "opus-zarr-long-"));
afterAll(() => rmSync(folder, { recursive: true }));
const hasOpusinfo = spawnSync("opusinfo", ["-h"]).error === undefined;

function whole(durationSeconds: number, options: Partial<LongRecordingOptions> = {}): Buffer {
  return Buffer.concat([...longRecordingPages(source, { durationSeconds, ...options })]);
}

describe("a long recording", () => {
  it("repeats the audio packets of its source in order", () => {
    const bytes = whole(200.5);
    const of = readPackets(source).slice(2);
    const packets = readPackets(bytes).slice(2);
    expect(packets.length).toBe(Math.ceil((200.5 * 48_000 + 312) / 960));
    packets.forEach((packet, i) => {
      expect(Buffer.compare(packet.bytes, of[i % of.length]?.bytes ?? new Uint8Array())).toBe(0);
    });
  });

  it("has unbroken sequence numbers, rising granule positions, and an end trimmed to the sample", () => {
    const bytes = whole(100.123);
    const pages = readPages(bytes);
    expect(pages.reduce((sum, page) => sum + page.size, 0)).toBe(bytes.length);
    pages.forEach((page, i) => {
      expect(page.sequence).toBe(i);
      if (i > 2) expect(page.granule).toBeGreaterThan(pages[i - 1]?.granule ?? 0);
      expect((page.flags & PAGE_EOS) !== 0).toBe(i === pages.length - 1);
    });
    expect(pages.at(-1)?.granule).toBe(312 + Math.round(100.123 * 48_000));
  });

  it("cuts pages as asked: one a packet, one a second, as many packets as fit", () => {
    // The 312 samples after the last whole page, less than half a page, stand on that page.
    expect(readPages(whole(10, { pageSeconds: 0.02 })).length).toBe(2 + 500);
    expect(readPages(whole(10, { pageSeconds: 1 })).length).toBe(2 + 10);
    // 255 lacing values hold 127 packets of 400 bytes.
    expect(readPages(whole(10, { pageSeconds: 60 })).length).toBe(2 + Math.ceil(501 / 127));
  });

  it("is the 73.6 MB hour of 3,655 audio pages for 3,655 s at 160 kb/s, written in seconds", async () => {
    const path = join(folder, "hour.opus");
    const before = performance.now();
    const made = await writeLongRecording(source, path, { durationSeconds: 3655 });
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(made).toEqual({ bytes: statSync(path).size, pages: 2 + 3655, samples: 175_440_000 });
    expect(made.bytes).toBeGreaterThan(73_400_000);
    expect(made.bytes).toBeLessThan(73_700_000);
    const info = hasOpusinfo ? spawnSync("opusinfo", [path], { encoding: "utf8" }) : undefined;
    if (info !== undefined) {
      expect(info.stdout).toContain("Playback length: 60m:55.000s");
      expect(info.stdout + info.stderr).not.toMatch(/WARNING/i);
    }
  });

  it("is written as the page generator gives it, with progress every 4 MiB", async () => {
    const path = join(folder, "short.opus");
    const seen: number[] = [];
    const onProgress = (p: { readonly bytes: number }): unknown => seen.push(p.bytes);
    await writeLongRecording(source, path, { durationSeconds: 700, serial: 9, onProgress });
    expect(Buffer.compare(readFileSync(path), whole(700, { serial: 9 }))).toBe(0);
    expect(seen.length).toBe(Math.ceil(statSync(path).size / (4 << 20)));
  });

  it("refuses what it cannot make", async () => {
    const path = join(folder, "never.opus");
    const bad = (durationSeconds: number, bytes: Uint8Array = source): Promise<unknown> =>
      writeLongRecording(bytes, path, { durationSeconds });
    await expect(bad(0)).rejects.toThrow(/durationSeconds: expected a positive number, got 0/);
    await expect(bad(5, new Uint8Array(100))).rejects.toThrow(/expected an Ogg Opus file/);
    await expect(bad(5, source.subarray(0, 1000))).rejects.toThrow(/expected audio packets/);
    expect(() => statSync(path)).toThrow();
    const signal = AbortSignal.abort();
    await expect(writeLongRecording(source, path, { durationSeconds: 5, signal })).rejects.toThrow(/abort/i);
  });
});
