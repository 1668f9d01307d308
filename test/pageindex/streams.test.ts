import { describe, expect, it } from "vitest";
import { readPackets, readPages } from "../../src/ogg/packets.js";
import { isOpusHead } from "../../src/opus/head.js";
import { isOpusTags } from "../../src/opus/tags.js";
import { packetInfo } from "../../src/opus/toc.js";
import { chainedLayouts } from "../streams/linked.js";
import { durations, sum } from "../streams/stream.js";
import { type TestStream, testStreams } from "../streams/streams.js";
import { indexOf } from "./scans.js";

interface Placed {
  readonly page: number;
  readonly pos: number;
  readonly mode: number;
  readonly samples: number;
  readonly valid: boolean;
  readonly link: number;
}

/** Where each packet of a file belongs: found again, by its bytes, in what the file was made of. */
function placed(stream: TestStream): Placed[] {
  const packets: Placed[] = [];
  const read = readPackets(stream.bytes);
  let link = -1;
  let serial = -1;
  let linkStart = 0;
  let next = 0;
  let pos = 0;
  for (const [i, { bytes, page, serial: of }] of read.entries()) {
    if (isOpusHead(bytes)) {
      const before = stream.sources[link];
      if (before !== undefined) linkStart += sum(durations(before));
      link++;
      serial = of;
      next = 0;
      pos = linkStart;
    }
    const source = stream.sources[link];
    if (of !== serial || source === undefined || isOpusHead(bytes) || isOpusTags(bytes)) continue;
    // Packets of silence are alike: all that is left of the page has to follow.
    const rest = read.slice(i, i + 256).filter((p) => p.page === page && p.serial === of);
    const samples = durations(source);
    while (
      !rest.every((p, k) => Buffer.compare(source.packets[next + k] ?? new Uint8Array(), p.bytes) === 0)
    ) {
      pos += samples[next++] ?? Number.NaN;
      if (next >= source.packets.length) throw new Error(`packet ${i} is not in the source`);
    }
    const info = packetInfo(bytes, 0, bytes.length, source.head.mapping.streams);
    packets.push({ page, pos, link, mode: info.mode, samples: info.samples, valid: info.valid });
    pos += samples[next++] ?? Number.NaN;
  }
  return packets;
}

describe.each([...testStreams(), chainedLayouts()].map((stream) => [stream.name, stream] as const))(
  "the index of %s",
  (_, stream) => {
    const index = indexOf(stream.bytes);
    const packets = placed(stream);

    it("counts samples, links and losses as they were made", () => {
      expect(index.totalSamples).toBe(stream.totalSamples);
      expect(index.links.length).toBe(stream.links);
      const lost = index.holes.filter((hole) => hole.endSample > hole.startSample);
      expect(lost.map(({ startSample, endSample }) => ({ startSample, endSample }))).toEqual(stream.lost);
      const sources = stream.sources.map(({ head }) => head);
      expect(index.links.map((link) => link.head)).toEqual(sources);
    });

    it("has the page offsets and sizes that are in the file", () => {
      const pages = readPages(stream.bytes);
      expect([...index.byteOffset]).toEqual(pages.map((page) => page.at));
      expect([...index.pageSize]).toEqual(pages.map((page) => page.size));
    });

    it("places the first packet to complete on each page", () => {
      const wrong: string[] = [];
      let before = -1;
      for (const packet of packets) {
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
      let before: Placed | undefined;
      for (const packet of packets.filter((p) => p.valid)) {
        if (packet.mode !== before?.mode || packet.link !== before.link) runs.push([packet.pos, packet.mode]);
        before = packet;
      }
      expect([...index.runPos].map((pos, i) => [pos, index.runMode[i]])).toEqual(runs);
    });
  },
);
