import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oggCrc } from "../../src/ogg/crc.js";

/** The definition, bit by bit (RFC 3533 §6). */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

describe("the page checksum", () => {
  it.each([
    ["", 0],
    // CRC-32/CKSUM's check value before its final inversion: the same polynomial and order of bits.
    ["123456789", 0x89a1897f],
    ["OggS", 0x5fb0a94f],
    ["\u0001", 0x04c11db7],
  ])("of %j is as published", (text, crc) => {
    const bytes = new TextEncoder().encode(text);
    expect(oggCrc(bytes, 0, bytes.length)).toBe(crc);
  });

  it("is what its definition says, and can be taken in parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const at = Math.min(cut, bytes.length);
        const whole = oggCrc(bytes, 0, bytes.length);
        expect(whole).toBe(slowCrc(bytes));
        expect(oggCrc(bytes, at, bytes.length, oggCrc(bytes, 0, at))).toBe(whole);
        expect(oggCrc(bytes, at, bytes.length)).toBe(slowCrc(bytes.subarray(at)));
      }),
    );
  });

  it("is what its definition says of messages of every length that a page may have", () => {
    const noise = Uint8Array.from({ length: 140_000 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 13);
    const lengths = [300, 4096, 65_281, 65_307, 129_000, 131_072, 140_000];
    for (let length = 600; length < 760; length++) lengths.push(length);
    for (const length of lengths) {
      const from = length === 140_000 ? 0 : length % 7;
      const bytes = noise.subarray(from, length);
      expect(oggCrc(noise, from, length), `${length - from} bytes`).toBe(slowCrc(bytes));
      expect(oggCrc(bytes, 10, bytes.length, oggCrc(bytes, 0, 10))).toBe(slowCrc(bytes));
    }
  });
});
