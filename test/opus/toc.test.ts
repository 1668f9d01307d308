import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../../src/random.js";
import {
  frameSamples,
  MODE_CELT,
  MODE_HYBRID,
  MODE_SILK,
  packetInfo,
  packetSamples,
  tocMode,
} from "../../src/opus/toc.js";
import { selfDelimited } from "../streams/multistream.js";
import { compiled, linesOf } from "./compile.js";

function info(bytes: readonly number[] | Uint8Array, streams = 1): ReturnType<typeof packetInfo> {
  const packet = Uint8Array.from(bytes);
  return packetInfo(packet, 0, packet.length, streams);
}

describe("the TOC byte", () => {
  it("has the mode and frame size that RFC 6716 table 2 gives its configuration", () => {
    const silk = [10, 20, 40, 60];
    const table = [
      ...[...silk, ...silk, ...silk].map((ms) => [MODE_SILK, ms]),
      ...[10, 20, 10, 20].map((ms) => [MODE_HYBRID, ms]),
      ...[0, 1, 2, 3].flatMap(() => [2.5, 5, 10, 20].map((ms) => [MODE_CELT, ms])),
    ];
    expect(table.length).toBe(32);
    table.forEach(([mode, ms], config) => {
      for (let rest = 0; rest < 8; rest++) {
        const toc = config * 8 + rest;
        expect([tocMode(toc), frameSamples(toc) / 48]).toEqual([mode, ms]);
      }
    });
  });
});

// 0xf8 is CELT, fullband, 20 ms, mono; 0x18 SILK, narrowband, 60 ms; 0x78 hybrid, fullband, 20 ms.
const filled = (length: number): number[] => new Array<number>(length).fill(1);

describe("a packet", () => {
  it.each([
    ["one frame", [0xf8, 1, 2], 960, 2],
    ["one frame of no bytes", [0xf8], 960, 0],
    ["two equal frames", [0xf9, 1, 2, 3, 4], 1920, 2],
    ["two frames of no bytes", [0xf9], 1920, 0],
    ["two frames of their own lengths", [0xfa, 1, 9, 8, 8], 1920, 1],
    ["two frames, the second of no bytes", [0xfa, 2, 9, 9], 1920, 0],
    ["a length of two bytes", [0xfa, 253, 1, ...filled(257), 5], 1920, 1],
    ["three equal frames", [0xfb, 3, ...filled(6)], 2880, 2],
    ["three frames of their own lengths", [0xfb, 0x83, 2, 3, ...filled(9)], 2880, 2],
    ["padding", [0xfb, 0x42, 3, ...filled(4), 0, 0, 0], 1920, 2],
    ["over 254 bytes of padding", [0xfb, 0x41, 255, 1, 7, 7, ...filled(255)], 960, 2],
    ["six frames of 20 ms", [0xfb, 6, ...filled(12)], 5760, 2],
    ["two of 60 ms", [0x19, 1, 1], 5760, 1],
    ["48 of 2.5 ms", [0xe3, 48, ...filled(96)], 5760, 2],
    ["a frame of 1,275 bytes", [0xf8, ...filled(1275)], 960, 1275],
  ])("of %s is valid", (_, bytes, samples, shortest) => {
    expect(info(bytes)).toMatchObject({ samples, valid: true, empty: shortest <= 1 });
  });

  it.each([
    ["no bytes", []],
    ["an odd number of bytes for two equal frames", [0xf9, 1, 2, 3]],
    ["a first frame longer than it", [0xfa, 5, 1, 1]],
    ["no first length", [0xfa]],
    ["half a first length", [0xfa, 252]],
    ["no frame count", [0xfb]],
    ["a frame count of 0", [0xfb, 0, 1]],
    ["over 120 ms", [0xfb, 7, ...filled(14)]],
    ["over 120 ms of 60 ms frames", [0x1b, 3, ...filled(3)]],
    ["bytes that its frames do not divide", [0xfb, 3, ...filled(7)]],
    ["lengths past its end", [0xfb, 0x83, 2, 9, ...filled(6)]],
    ["more padding than bytes", [0xfb, 0x41, 9, 1, 1]],
    ["a padding length cut off", [0xfb, 0x41, 255]],
    ["a frame of 1,276 bytes", [0xf8, ...filled(1276)]],
    ["two equal frames of 1,276 bytes", [0xf9, ...filled(2552)]],
  ])("of %s is refused", (_, bytes) => {
    expect(info(bytes).valid).toBe(false);
  });

  it("is read where it stands in a buffer", () => {
    const buffer = Uint8Array.from([0xff, 0xff, 0xf9, 1, 2, 3, 4, 0xff]);
    expect(packetInfo(buffer, 2, 7)).toMatchObject({
      samples: 1920,
      mode: MODE_CELT,
      empty: false,
      valid: true,
    });
    expect(packetInfo(buffer, 2, 8).valid).toBe(false);
    expect(packetSamples(buffer, 2, 2)).toBe(0);
  });

  it("of several streams has the mode furthest from CELT, and is empty if one of them is", () => {
    const celt = Uint8Array.of(0xf8, 1, 2, 3);
    const silk = Uint8Array.of(0x08, 1, 2, 3); // narrowband, 20 ms
    const hybrid = Uint8Array.of(0x78, 1, 2, 3);
    const join = (...packets: Uint8Array[]): number[] =>
      packets.flatMap((p, i) => [...(i < packets.length - 1 ? selfDelimited(p) : p)]);
    expect(info(join(celt, celt, celt), 3)).toMatchObject({
      samples: 960,
      mode: MODE_CELT,
      empty: false,
      valid: true,
    });
    expect(info(join(celt, hybrid, celt), 3)).toMatchObject({ mode: MODE_HYBRID, valid: true });
    expect(info(join(celt, hybrid, silk), 3)).toMatchObject({ mode: MODE_SILK, valid: true });
    expect(info(join(celt, Uint8Array.of(0xf8), celt), 3)).toMatchObject({ empty: true, valid: true });
    expect(info(join(celt, celt), 3)).toMatchObject({ samples: 960, valid: false });
    // 10 ms beside 20 ms.
    expect(info(join(celt, Uint8Array.of(0xf0, 1, 2)), 2).valid).toBe(false);
  });

  it("of which only the beginning is at hand has the duration and mode of its first stream", () => {
    const packet = Uint8Array.from([...selfDelimited(Uint8Array.from([0xf8, ...filled(600)])), 0xf8, 1, 2]);
    for (let end = 2; end < packet.length; end++) {
      const begun = packetInfo(packet, 0, end, 2, false);
      expect(begun).toMatchObject({ samples: 960, mode: MODE_CELT, valid: true });
    }
  });
});

/** Packets that are nearly right: random heads, lengths that fit or nearly fit. */
function randomPacket(random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  const code = below(4);
  const bytes = [below(64) * 4 + code];
  if (code === 3) {
    const count = random() < 0.8 ? 1 + below(6) : below(64);
    const flags = below(4) << 6;
    bytes.push(flags | count);
    if (flags & 0x40) bytes.push(...(random() < 0.3 ? [255] : []), below(12));
    if (flags & 0x80) for (let i = 1; i < count; i++) bytes.push(...randomLength(below));
  }
  if (code === 2) bytes.push(...randomLength(below));
  const length = random() < 0.1 ? 1200 + below(1600) : random() < 0.3 ? below(6) : below(400);
  for (let i = 0; i < length; i++) bytes.push(below(256));
  return Uint8Array.from(random() < 0.1 ? bytes.slice(0, below(4)) : bytes);
}

function randomLength(below: (n: number) => number): number[] {
  return below(4) === 0 ? [252 + below(4), below(256)] : [below(40)];
}

function framed(packets: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    packets.flatMap((packet) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(packet.length);
      return [length, packet];
    }),
  );
}

const program = compiled(fileURLToPath(new URL("./packets.c", import.meta.url)), "opus");

describe.skipIf(program === undefined)("against libopus (needs cc and libopus)", () => {
  it("accepts the same packets, with the same samples and the same shortest frame", () => {
    const random = seededRandom(20_240_501);
    const packets = Array.from({ length: 40_000 }, () => randomPacket(random));
    const lines = linesOf(program as string, ["parse"], framed(packets));
    let accepted = 0;
    packets.forEach((packet, i) => {
      const [samples, shortest] = (lines[i] as string).split(" ").map(Number) as [number, number];
      const ours = packetInfo(packet, 0, packet.length);
      const place = `packet ${i}: ${Buffer.from(packet.subarray(0, 12)).toString("hex")} (${packet.length})`;
      expect(ours.valid, place).toBe(samples > 0);
      if (samples > 0) expect([ours.samples, ours.empty], place).toEqual([samples, shortest <= 1]);
      if (samples > 0) accepted++;
    });
    expect(accepted).toBeGreaterThan(5000);
    expect(accepted).toBeLessThan(35_000);
  });

  it("accepts the same multistream packets", () => {
    const random = seededRandom(7);
    const packets = Array.from({ length: 6000 }, () => randomMultistream(random));
    const lines = linesOf(program as string, ["decode", "3"], framed(packets));
    let accepted = 0;
    packets.forEach((packet, i) => {
      const samples = Number(lines[i]);
      const ours = packetInfo(packet, 0, packet.length, 3);
      const place = `packet ${i}: ${Buffer.from(packet).toString("hex")} → ${samples}`;
      expect(ours.valid, place).toBe(samples > 0);
      if (samples > 0) expect(ours.samples, place).toBe(samples);
      if (samples > 0) accepted++;
    });
    expect(accepted).toBeGreaterThan(1000);
    expect(accepted).toBeLessThan(5500);
  });
});

/** Three streams of equal duration mostly, sometimes cut, lengthened or of another duration. */
function randomMultistream(random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  const streams = Array.from({ length: 3 }, () => validPacket(below));
  if (random() < 0.1) streams[below(3)] = Uint8Array.of(0xf0, 1, 2, 3);
  const parts = streams.map((packet, s) => (s < 2 ? selfDelimited(packet) : packet));
  const whole = Buffer.concat(parts);
  // Not of no bytes: libopus takes that for a lost packet and conceals it.
  if (random() < 0.1) return whole.subarray(0, 1 + below(whole.length));
  if (random() < 0.1) whole[below(whole.length)] = below(256);
  return whole;
}

/** 40 ms in two frames or one, of any mode. */
function validPacket(below: (n: number) => number): Uint8Array {
  const tocs = [0xf9, 0xfa, 0xfb, 0x79, 0x7b, 0x49, 0x4b, 0x50];
  const toc = tocs[below(tocs.length)] as number;
  const code = toc & 3;
  const frames = Array.from({ length: 60 }, () => below(256));
  if (code === 2) return Uint8Array.from([toc, below(50), ...frames]);
  if (code === 3 && below(2) === 0) return Uint8Array.from([toc, 0x82, below(50), ...frames]);
  if (code === 3) return Uint8Array.from([toc, 2, ...frames]);
  return Uint8Array.from([toc, ...frames.slice(0, 2 * below(30))]);
}
