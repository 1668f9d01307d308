/** Decoders that begin anywhere: how far apart their levels can be, and what it means that one has settled. */
import { OpusDecoder } from "opus-decoder";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/random.js";
import type { DecoderLayout, PacketDecoder } from "../../src/decode/decoder.js";
import { boundsAfter, type LevelBounds, widestBounds } from "../../src/decode/level-bounds.js";
import { openLibopusDecoder } from "../../src/decode/libopus.js";
import { LEVEL_WORDS, locateState } from "../../src/decode/libopus-state.js";
import { frameSamples, packetInfo } from "../../src/opus/toc.js";
import type { OpusStream } from "../streams/stream.js";
import { type TestStream, testStreams } from "../streams/streams.js";

const LEVEL = 64;
/** Places at which decodes begin. */
const STARTS = 4;

function layoutOf({ head }: OpusStream): DecoderLayout {
  return { channels: head.channels, mapping: head.mapping, sampleRateHz: 48_000 };
}

/** Whether libopus decodes a packet from its own bytes alone: nothing concealed, nothing refused. */
function isWhole(packet: Uint8Array, { head }: OpusStream): boolean {
  const { empty, valid } = packetInfo(packet, 0, packet.length, head.mapping.streams);
  return valid && !empty;
}

/** A decoder of its own, all of whose levels begin at `level`. */
async function decoderFrom(
  level: number,
  layout: DecoderLayout,
): Promise<{ levels(): Float32Array; push(packet: Uint8Array): void }> {
  const { channels, mapping } = layout;
  const decoder = new OpusDecoder({
    channels,
    streamCount: mapping.streams,
    coupledStreamCount: mapping.coupled,
    channelMappingTable: [...mapping.table],
  });
  await decoder.ready;
  const parts = decoder as unknown as { _decoder: number; _common: { wasm: { HEAP: ArrayBuffer } } };
  const heap = parts._common.wasm.HEAP;
  const { streams } = locateState(new Uint32Array(heap), parts._decoder, layout);
  const floats = new Float32Array(heap);
  for (const { levels } of streams) floats.fill(level, levels, levels + LEVEL_WORDS);
  return {
    levels: () =>
      Float32Array.from(streams.flatMap(({ levels }) => [...floats.subarray(levels, levels + LEVEL_WORDS)])),
    push: (packet) => {
      decoder.decodeFrame(packet);
    },
  };
}

const one = (stream: TestStream): OpusStream => stream.sources[0] as OpusStream;
const celt = testStreams().filter(
  (stream) =>
    stream.links === 1 &&
    stream.modes.join() === "celt" &&
    one(stream).packets.every((packet) => isWhole(packet, one(stream))),
);

describe("levels of decoders with opposite pasts", () => {
  it.each(celt.map((stream) => [stream.name, one(stream)] as const))(
    "%s: differ by no more than their bounds",
    async (_, stream) => {
      const layout = layoutOf(stream);
      const { streams } = layout.mapping;
      const random = seededRandom(7);
      let closest = Number.POSITIVE_INFINITY;
      for (let start = 0; start < 2; start++) {
        const from = Math.floor(random() * stream.packets.length * 0.7);
        const [low, high] = [await decoderFrom(-LEVEL, layout), await decoderFrom(LEVEL, layout)];
        let bounds = widestBounds(LEVEL);
        for (const packet of stream.packets.slice(from, from + 200)) {
          low.push(packet);
          high.push(packet);
          const shortest = streams === 1 ? frameSamples(packet[0] as number) : 120;
          bounds = boundsAfter(bounds, packetInfo(packet, 0, packet.length, streams), shortest);
          expect(beyond(low.levels(), high.levels(), bounds)).toEqual([]);
          closest = Math.min(closest, bounds.last);
        }
      }
      expect(closest).toBeLessThan(2 ** -10);
    },
  );
});

/** Levels that are apart by more than their bound, or in the wrong order. */
function beyond(low: Float32Array, high: Float32Array, bounds: LevelBounds): string[] {
  const limits = [bounds.last, bounds.steady, bounds.steadyBefore];
  const found: string[] = [];
  low.forEach((level, i) => {
    const apart = (high[i] as number) - level;
    const limit = limits[Math.floor((i % LEVEL_WORDS) / (LEVEL_WORDS / 3))] as number;
    if (!(apart >= 0 && apart <= limit)) found.push(`level ${i}: ${apart} apart, at most ${limit} expected`);
  });
  return found;
}

describe("a decoder that began in the middle and says that it has settled", () => {
  it.each(
    testStreams()
      .filter(({ links, channels }) => links === 1 && channels < 8)
      .map((stream) => [stream.name, one(stream)] as const),
  )("%s: gives from there on what a sequential decode gives", async (_, stream) => {
    const [sequential, anywhere] = [
      await openLibopusDecoder(layoutOf(stream)),
      await openLibopusDecoder(layoutOf(stream)),
    ];
    const expected = stream.packets.map((packet) => decoded(sequential, packet));
    const random = seededRandom(3);
    const wrong: string[] = [];
    for (let start = 0; start < STARTS; start++) {
      const from = Math.floor(random() * stream.packets.length);
      anywhere.beginAnywhere();
      let after = 0;
      for (let i = from; i < stream.packets.length && after < 100; i++) {
        const settled = anywhere.settled;
        const got = decoded(anywhere, stream.packets[i] as Uint8Array);
        if (!settled) continue;
        after++;
        if (Buffer.compare(got, expected[i] as Buffer) !== 0)
          wrong.push(`packet ${i} of a decode from ${from}`);
      }
    }
    sequential.close();
    anywhere.close();
    expect(wrong).toEqual([]);
  });
});

function decoded(decoder: PacketDecoder, packet: Uint8Array): Buffer {
  const samples = decoder.decode(packet, 0, packet.length);
  return Buffer.from(
    Uint8Array.from(new Uint8Array(decoder.output.buffer, decoder.output.byteOffset, samples * 4)),
  );
}
