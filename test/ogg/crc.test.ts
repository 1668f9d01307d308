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
});
