import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { OpusDecoder } from "opus-decoder";
import { describe, expect, it } from "vitest";
import { readPackets } from "../../src/ogg/packets.js";
import { isOpusHead, parseOpusHead } from "../../src/opus/head.js";
import { isOpusTags } from "../../src/opus/tags.js";
import { packetInfo, tocMode } from "../../src/opus/toc.js";
import { fixture, fixtureFiles } from "./fixtures.js";
import { chainedLayouts } from "./linked.js";
import { concat, multistream, selfDelimited } from "./multistream.js";
import type { OpusStream } from "./stream.js";
import { type TestStream, testStream, testStreams } from "./streams.js";

const MODES = ["celt", "hybrid", "silk"];

/** What the TOC bytes of a file's packets say. */
function statistics(stream: TestStream): {
  modes: string[];
  durations: Set<number>;
  empty: number;
  invalid: number;
  stereo: number;
  packets: number;
  switches: number;
} {
  const modes = new Set<string>();
  const durations = new Set<number>();
  const counts = { empty: 0, invalid: 0, stereo: 0, packets: 0, switches: 0 };
  let streams = 0;
  let serial = -1;
  let before = -1;
  for (const { bytes, serial: of } of readPackets(stream.bytes)) {
    if (isOpusHead(bytes)) {
      streams = parseOpusHead(bytes).mapping.streams;
      serial = of;
    }
    if (of !== serial || isOpusHead(bytes) || isOpusTags(bytes)) continue;
    const info = packetInfo(bytes, 0, bytes.length, streams);
    counts.packets++;
    if (!info.valid) counts.invalid++;
    if (info.empty) counts.empty++;
    if ((bytes[0] as number) & 4) counts.stereo++;
    if (before >= 0 && before !== info.mode) counts.switches++;
    before = info.mode;
    durations.add(info.samples);
    modes.add(MODES[info.mode] as string);
    modes.add(MODES[tocMode(bytes[0] as number)] as string);
  }
  return { modes: [...modes].sort(), durations, ...counts };
}

describe("the fixtures", () => {
  it("have the sha256 sums that are noted, and stay below 2 MB", () => {
    const sums = fixtureFiles().map((name) => {
      const bytes = readFileSync(new URL(`./fixtures/${name}.opus`, import.meta.url));
      return {
        line: `${createHash("sha256").update(bytes).digest("hex")}  ${name}.opus`,
        size: bytes.length,
      };
    });
    const noted = readFileSync(new URL("./fixtures/SHA256SUMS", import.meta.url), "utf8");
    expect(sums.map((s) => s.line).sort()).toEqual(noted.trim().split("\n").sort());
    expect(sums.reduce((total, s) => total + s.size, 0)).toBeLessThan(2_000_000);
  });

  it("are all described, and nothing else is", () => {
    const described = testStreams().filter((stream) => fixtureFiles().includes(stream.name));
    expect(described.map((stream) => stream.name).sort()).toEqual(fixtureFiles().sort());
  });
});

describe("test streams", () => {
  it("have names of their own", () => {
    const names = testStreams().map((stream) => stream.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(50);
  });

  it.each(testStreams().map((stream) => [stream.name, stream] as const))(
    "%s has the modes it claims",
    (_, stream) => {
      const found = statistics(stream);
      expect(found.modes).toEqual([...stream.modes].sort());
      expect(found.packets).toBeGreaterThan(90);
      if (!stream.name.startsWith("invalid")) expect(found.invalid).toBe(0);
    },
  );

  it("have frames of every length", () => {
    const lengths = [2.5, 5, 10, 20, 40, 60, 120];
    for (const ms of lengths) {
      expect([...statistics(testStream(`celt-${ms}ms`)).durations]).toEqual([ms * 48]);
    }
    for (const ms of [10, 20, 40, 60]) {
      expect([...statistics(testStream(`silk-${ms}ms`)).durations]).toEqual([ms * 48]);
    }
    expect(statistics(testStream("frames-spliced")).durations.size).toBe(3);
  });

  it("have pauses sent as DTX, silence in all three modes", () => {
    for (const mode of MODES) expect(statistics(testStream(`dtx-${mode}`)).empty).toBeGreaterThan(300);
    for (const name of ["empty-celt", "empty-silk", "empty-modes"]) {
      expect(statistics(testStream(name)).empty).toBeGreaterThan(5);
    }
    expect(statistics(testStream("silk-20ms")).empty).toBe(0);
  });

  it("have mode switches, by an encoder and spliced, and stereo beside mono packets", () => {
    expect(statistics(testStream("modes-encoder")).switches).toBeGreaterThan(10);
    expect(statistics(testStream("modes-bitrate")).switches).toBeGreaterThan(4);
    expect(statistics(testStream("modes-spliced")).switches).toBeGreaterThan(20);
    const { stereo, packets } = statistics(testStream("stereo-modes"));
    expect(stereo).toBeGreaterThan(100);
    expect(packets - stereo).toBeGreaterThan(100);
  });

  it("have packets in which one stream is CELT and another is not", () => {
    const packets = readPackets(testStream("surround-5.1-mixed").bytes).slice(2);
    const differ = packets.filter(({ bytes }) => {
      const widest = packetInfo(bytes, 0, bytes.length, 4).mode;
      return widest !== tocMode(bytes[0] as number);
    });
    expect(differ.length).toBeGreaterThan(100);
  });

  it("have links of different channel counts where asked", () => {
    const heads = readPackets(chainedLayouts().bytes).filter((packet) => isOpusHead(packet.bytes));
    expect(heads.map((head) => parseOpusHead(head.bytes).channels)).toEqual([1, 2, 6]);
  });
});

async function decodeMono(packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = new OpusDecoder({ channels: 1 });
  await decoder.ready;
  const { channelData, errors } = decoder.decodeFrames([...packets]);
  decoder.free();
  expect(errors).toEqual([]);
  return channelData[0] as Float32Array;
}

describe("joined multistream packets", () => {
  it("have streams that decode as they do alone", async () => {
    const streams = ["celt-20ms", "silk-20ms", "modes-encoder"].map(fixture);
    const table = [2, 0, 1];
    const parts = streams.map((stream) => ({ stream, from: 0 }));
    const joined = multistream(parts, 200, { family: 255, table });
    const decoder = new OpusDecoder({
      channels: 3,
      streamCount: 3,
      coupledStreamCount: 0,
      channelMappingTable: table,
    });
    await decoder.ready;
    const { channelData, errors } = decoder.decodeFrames([...joined.packets]);
    decoder.free();
    expect(errors).toEqual([]);
    for (const [channel, of] of table.entries()) {
      const alone = await decodeMono((streams[of] as OpusStream).packets.slice(0, 200));
      expect(channelData[channel]?.length).toBe(alone.length);
      expect(channelData[channel]?.every((x, i) => x === alone[i])).toBe(true);
    }
  });

  it("carry one length more, for every frame count code", () => {
    // Hand-built after RFC 6716 appendix B; 0xf8 is CELT, 20 ms, mono, code 0.
    const cases: [packet: number[], delimited: number[]][] = [
      [
        [0xf8, 1, 2, 3],
        [0xf8, 3, 1, 2, 3],
      ],
      [
        [0xf9, 1, 2, 3, 4],
        [0xf9, 2, 1, 2, 3, 4],
      ],
      [
        [0xfa, 1, 7, 8, 9],
        [0xfa, 1, 2, 7, 8, 9],
      ],
      [
        [0xfb, 0x02, 7, 8],
        [0xfb, 0x02, 1, 7, 8],
      ],
      [
        [0xfb, 0x82, 1, 7, 8, 9],
        [0xfb, 0x82, 1, 2, 7, 8, 9],
      ],
      [[0xf8], [0xf8, 0]],
    ];
    for (const [packet, delimited] of cases)
      expect([...selfDelimited(Uint8Array.from(packet))]).toEqual(delimited);
    const long = new Uint8Array(301).fill(1);
    expect([...selfDelimited(concat([Uint8Array.of(0xf8), long])).subarray(0, 3)]).toEqual([0xf8, 253, 12]);
  });
});
