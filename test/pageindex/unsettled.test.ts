import { readFileSync } from "node:fs";
import { OpusDecoder } from "opus-decoder";
import { describe, expect, it } from "vitest";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { readPackets } from "../../src/ogg/packets.js";
import { packetInfo } from "../../src/opus/toc.js";
import { unsettledRanges } from "../../src/pageindex/unsettled.js";
import { decodeStart, EXACT_PREROLL_SAMPLES } from "../../src/segments/preroll.js";
import { testStream } from "../streams/streams.js";
import { indexOf } from "./scans.js";

/** Ranges for packets of one second: `S` is a steady one. */
function ranges(packets: string, seconds = 1): [number, number][] {
  const found = unsettledRanges();
  found.restart(0);
  let pos = 0;
  for (const packet of packets) {
    if (packet === "S") found.steady(pos);
    pos += seconds * 48_000;
  }
  return found.finish(pos).map(({ start, end }) => [start / 48_000, end / 48_000]);
}

describe("unsettled ranges", () => {
  it("reach from the second-last steady packet to the next one", () => {
    expect(ranges("SS...S.S")).toEqual([
      // From each steady packet to the one after the next, where a link's start counts for two.
      [0, 1],
      [0, 5],
      [1, 7],
      [5, 8],
    ]);
  });

  it("are none where steady packets lie 125 ms apart at most", () => {
    expect(ranges("SSSSSSSSSS", 0.125)).toEqual([]);
    expect(ranges("S.S.S.S.S.S.", 0.06)).toEqual([]);
    expect(ranges("SSSSS..SSSS", 0.125)).toEqual([[0.375, 1]]);
  });

  it("are joined where many overlap, as long as they stay below a second", () => {
    const many = ranges("S..".repeat(100), 0.06);
    expect(many.length).toBeLessThan(30);
    for (const [start, end] of many) expect(end - start).toBeLessThanOrEqual(1);
  });

  it("end with a link", () => {
    const found = unsettledRanges();
    found.restart(0);
    found.steady(960);
    found.restart(96_000);
    expect(found.finish(97_000)).toEqual([{ start: 0, end: 96_000 }]);
  });
});

async function decoded(packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = new OpusDecoder({ channels: 1 });
  await decoder.ready;
  const { channelData } = decoder.decodeFrames([...packets]);
  decoder.free();
  return channelData[0] as Float32Array;
}

/** Samples of packet `at` that differ from a sequential decode, for a decode that starts at packet `from`. */
async function differing(packets: readonly Uint8Array[], from: number, at: number): Promise<number> {
  const whole = await decoded(packets.slice(0, at + 1));
  const part = await decoded(packets.slice(from, at + 1));
  let count = 0;
  for (let i = 1; i <= 960; i++) if (whole[whole.length - i] !== part[part.length - i]) count++;
  return count;
}

describe("chirping insects in the bundled soundscape", () => {
  const bytes = new Uint8Array(readFileSync(bundledDataset().opus));
  const packets = readPackets(bytes)
    .slice(2)
    .map((packet) => packet.bytes);

  it("are transients for seconds", () => {
    const steady = packets.map((packet) => packetInfo(packet, 0, packet.length).steady);
    expect(steady.filter((s) => !s).length).toBeGreaterThan(1000);
    expect(steady.filter((s) => s).length).toBeGreaterThan(2000);
    const { unsettled } = indexOf(bytes);
    expect(unsettled.some(({ start, end }) => end - start > 4 * 48_000)).toBe(true);
  });

  // Packets at which libopus decodes otherwise after a second of pre-roll, at some after two.
  it.each([1045, 2404, 2645])("are exact at packet %d, as a second of pre-roll is not", async (at) => {
    const index = indexOf(bytes);
    const [link] = index.links;
    if (link === undefined) throw new Error("no link");
    expect(await differing(packets, at - 50, at)).toBeGreaterThan(0);
    const { startPos, fresh } = decodeStart(
      index,
      link,
      { pos: at * 960, endPos: at * 960 + 960 },
      { exact: true, samples: EXACT_PREROLL_SAMPLES },
    );
    expect(fresh).toBe(false);
    expect(await differing(packets, Math.ceil(startPos / 960), at)).toBe(0);
  });
});

describe("streams without long runs of transients", () => {
  it("need no more than a second", () => {
    for (const name of ["celt-2.5ms", "celt-5ms", "celt-10ms"]) {
      const index = indexOf(testStream(name).bytes);
      const later = index.unsettled.filter(({ start }) => start > 0);
      expect(later.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(0.25 * index.endPos);
    }
  });
});
