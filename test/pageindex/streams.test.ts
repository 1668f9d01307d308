import { describe, expect, it } from "vitest";
import { readPages } from "../../src/ogg/packets.js";
import { chainedLayouts } from "../streams/linked.js";
import { type PlacedPacket, placedPackets } from "../streams/placed.js";
import { testStreams } from "../streams/streams.js";
import { indexOf } from "./scans.js";

describe.each([...testStreams(), chainedLayouts()].map((stream) => [stream.name, stream] as const))(
  "the index of %s",
  (_, stream) => {
    it("counts samples, links and losses as they were made", () => {
      const index = indexOf(stream.bytes);
      expect(index.totalSamples).toBe(stream.totalSamples);
      expect(index.links.length).toBe(stream.links);
      const lost = index.holes.filter((hole) => hole.endSample > hole.startSample);
      expect(lost.map(({ startSample, endSample }) => ({ startSample, endSample }))).toEqual(stream.lost);
      const sources = stream.sources.map(({ head }) => head);
      expect(index.links.map((link) => link.head)).toEqual(sources);
    });

    it("has the page offsets and sizes that are in the file", () => {
      const index = indexOf(stream.bytes);
      const pages = readPages(stream.bytes);
      expect([...index.byteOffset]).toEqual(pages.map((page) => page.at));
      expect([...index.pageSize]).toEqual(pages.map((page) => page.size));
    });

    it("places the first packet to complete on each page", () => {
      const index = indexOf(stream.bytes);
      const wrong: string[] = [];
      let before = -1;
      for (const packet of placedPackets(stream)) {
        if (packet.page === before) continue;
        if (index.samplePos[packet.page] !== packet.pos) {
          wrong.push(`page ${packet.page}: ${index.samplePos[packet.page]}, not ${packet.pos}`);
        }
        // Pages between on which none completes carry the position of the next to complete.
        for (let page = before + 1; page < packet.page && stream.lost.length === 0; page++) {
          if (before >= 0 && index.samplePos[page] !== packet.pos) wrong.push(`page ${page} before it`);
        }
        before = packet.page;
      }
      expect(wrong).toEqual([]);
      expect(index.samplePos.every((pos, i) => i === 0 || pos >= (index.samplePos[i - 1] ?? 0))).toBe(true);
    });

    it("has a run for each change of the mode", () => {
      const runs: [number, number][] = [];
      let before: PlacedPacket | undefined;
      for (const packet of placedPackets(stream).filter((p) => p.valid)) {
        if (packet.mode !== before?.mode || packet.link !== before.link) runs.push([packet.pos, packet.mode]);
        before = packet;
      }
      const { runPos, runMode } = indexOf(stream.bytes);
      expect([...runPos].map((pos, i) => [pos, runMode[i]])).toEqual(runs);
    });
  },
);
