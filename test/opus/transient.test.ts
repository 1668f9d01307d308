import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packetInfo } from "../../src/opus/toc.js";
import { isTransient } from "../../src/opus/transient.js";

const CELT_20_MS = 0xf8;
const transient = (...frame: number[]): boolean =>
  isTransient(Uint8Array.from(frame), 0, frame.length, CELT_20_MS);

/** The same by the range decoder as RFC 6716 §4.1 tells it: byte after byte, symbol after symbol. */
function transientBitByBit(frame: Uint8Array): boolean {
  const totalBits = frame.length * 8;
  const byteAt = (at: number): number => frame[at] ?? 0;
  let at = 1;
  let [range, value, bits] = [128, 127 - (byteAt(0) >> 1), 9];
  const normalize = (): void => {
    for (; range <= 2 ** 23; range *= 256, bits += 8, at++) {
      const symbol = (((byteAt(at - 1) << 8) | byteAt(at)) >> 1) & 255;
      value = (value * 256 + (255 - symbol)) % 2 ** 31;
    }
  };
  const used = (): number => bits - (32 - Math.clz32(range));
  /** Narrows to `[low, high)` of the range, as counted from its top. */
  const narrow = (low: number, high: number): void => {
    [value, range] = [value - low, high - low];
    normalize();
  };
  const readBit = (logp: number): boolean => {
    const share = Math.floor(range / 2 ** logp);
    const set = value < share;
    narrow(set ? 0 : share, set ? share : range);
    return set;
  };
  normalize();
  if (readBit(15)) return false; // silence
  if (used() + 16 <= totalBits && readBit(1)) {
    const sixth = Math.floor(range / 6);
    const octave = 5 - Math.min(5, Math.floor(value / sixth));
    narrow(sixth * (5 - octave), octave === 0 ? range : sixth * (6 - octave));
    bits += 4 + octave + 3;
    const quarter = Math.floor(range / 4);
    const tapset = Math.max(0, 2 - Math.floor(value / quarter));
    if (used() + 2 <= totalBits)
      narrow(quarter * (2 - tapset), tapset === 0 ? range : quarter * (3 - tapset));
  }
  return used() + 3 <= totalBits && readBit(3);
}

/** Frames of 20 ms, by their first bytes: the range decoder gives silence to all ones, no filter to low ones. */
const STEADY = [0x10, 0, 0, 0, 0];
const TRANSIENT = [0x7f, 0, 0, 0, 0];
const SILENCE = [0xff, 0xff, 0xff, 0xff, 0xff];

describe("the transient flag of a CELT frame", () => {
  it("is read after silence and the post-filter's flag", () => {
    expect(transient(...STEADY)).toBe(false);
    expect(transient(...TRANSIENT)).toBe(true);
    expect(transient(...SILENCE)).toBe(false);
    // An eighth of the probability: the last of the codes that have no post-filter.
    expect(transient(0x6f, 0xff, 0, 0, 0)).toBe(false);
    expect(transient(0x70, 0x08, 0, 0, 0)).toBe(true);
  });

  it("is not there in frames of 2.5 ms, nor where bits are wanting", () => {
    expect(isTransient(Uint8Array.from(TRANSIENT), 0, 5, 0xe0)).toBe(false);
    expect(isTransient(Uint8Array.from(TRANSIENT), 0, 5, 0xe8)).toBe(true);
    expect(transient()).toBe(false);
  });

  it("takes bytes past a frame's end for 0, where there are bits enough without them", () => {
    const byte = fc.nat(255);
    fc.assert(
      fc.property(fc.nat(127), byte, byte, (a, b, c) => {
        expect(transient(a, b, c)).toBe(transient(a, b, c, 0));
      }),
      { numRuns: 3000 },
    );
  });

  it("is what a range decoder reads bit by bit", () => {
    const frames = fc.uint8Array({ minLength: 1, maxLength: 12 });
    const begins = fc.constantFrom([], [0xff], [0xff, 0xff], [0x70], [0x80], [0x6f, 0xff]);
    fc.assert(
      fc.property(begins, frames, (begin, rest) => {
        const frame = Uint8Array.from([...begin, ...rest]);
        expect(transient(...frame)).toBe(transientBitByBit(frame));
      }),
      { numRuns: 20_000 },
    );
  });

  it("has its probability of one in eight, with a post-filter before it too", () => {
    let [set, count] = [0, 0];
    for (let a = 0x80; a < 0xff; a++) {
      for (let b = 0; b < 256; b += 3) {
        count++;
        if (transient(a, b, (a * b) & 255, (a + 7 * b) & 255, 99, 99, 99, 99)) set++;
      }
    }
    expect(set / count).toBeGreaterThan(0.11);
    expect(set / count).toBeLessThan(0.14);
  });
});

describe("a steady packet", () => {
  const steady = (...packet: number[]): boolean =>
    packetInfo(Uint8Array.from(packet), 0, packet.length).steady;

  it("begins or ends with a CELT frame that is no transient", () => {
    expect(steady(0xf8, ...STEADY)).toBe(true);
    expect(steady(0xf8, ...TRANSIENT)).toBe(false);
    expect(steady(0xf9, ...TRANSIENT, ...TRANSIENT)).toBe(false);
    expect(steady(0xf9, ...STEADY, ...TRANSIENT)).toBe(true);
    expect(steady(0xf9, ...TRANSIENT, ...STEADY)).toBe(true);
    expect(steady(0xfa, 5, ...TRANSIENT, ...STEADY, 1)).toBe(true);
    expect(steady(0xfb, 0x83, 5, 5, ...TRANSIENT, ...STEADY, ...TRANSIENT)).toBe(false);
    expect(steady(0xfb, 0xc3, 2, 5, 5, ...TRANSIENT, ...TRANSIENT, ...STEADY, 0, 0)).toBe(true);
  });

  it("is no SILK or hybrid packet, nor one that the decoder conceals", () => {
    expect(steady(0x08, ...STEADY)).toBe(false);
    expect(steady(0x78, ...STEADY)).toBe(false);
    expect(steady(0xf8)).toBe(false);
    expect(steady(0xf8, 0)).toBe(false);
    expect(steady(0xfb, 0x41, 99, 1)).toBe(false);
  });

  it("is one in every stream", () => {
    const both = (first: number[], second: number[]): boolean => {
      const packet = Uint8Array.from([0xf8, 5, ...first, 0xf8, ...second]);
      return packetInfo(packet, 0, packet.length, 2).steady;
    };
    expect(both(STEADY, STEADY)).toBe(true);
    expect(both(STEADY, TRANSIENT)).toBe(false);
    expect(both(TRANSIENT, STEADY)).toBe(false);
  });
});
