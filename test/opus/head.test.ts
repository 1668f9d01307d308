import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { buildOpusHead, isOpusHead, type OpusHead, parseOpusHead } from "../../src/opus/head.js";

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

/** RFC 7845 §5.1: version 1, 1 channel, pre-skip 312, 48,000 Hz, gain −256, family 0. */
const MONO = [...ascii("OpusHead"), 1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0x00, 0xff, 0];
/** 5.1: six channels of four streams, two of them coupled. */
const SURROUND = [...ascii("OpusHead"), 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5];

function changed(bytes: readonly number[], at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}

describe("an OpusHead", () => {
  it("is read as the RFC lays it out", () => {
    expect(parseOpusHead(Uint8Array.from(MONO))).toEqual({
      channels: 1,
      preSkip: 312,
      inputSampleRate: 48_000,
      outputGainQ8: -256,
      mapping: { family: 0, streams: 1, coupled: 0, table: [0] },
    });
    expect(parseOpusHead(changed(MONO, 9, 2)).mapping).toEqual({
      family: 0,
      streams: 1,
      coupled: 1,
      table: [0, 1],
    });
    expect(parseOpusHead(Uint8Array.from(SURROUND)).mapping).toEqual({
      family: 1,
      streams: 4,
      coupled: 2,
      table: [0, 4, 1, 2, 3, 5],
    });
  });

  it("is read inside a longer buffer, and with more bytes after it", () => {
    const buffer = Uint8Array.from([9, 9, 9, ...MONO, 7, 7]);
    expect(parseOpusHead(buffer.subarray(3, 3 + MONO.length)).preSkip).toBe(312);
    expect(parseOpusHead(buffer.subarray(3)).preSkip).toBe(312);
  });

  it("takes versions 0 to 15, a silent channel, and up to 255 channels", () => {
    for (const version of [0, 1, 15]) expect(parseOpusHead(changed(MONO, 8, version)).channels).toBe(1);
    expect(parseOpusHead(changed(SURROUND, 23, 255)).mapping.table[2]).toBe(255);
    const table = Array.from({ length: 255 }, (_, i) => i);
    const many = [...MONO.slice(0, 9), 255, ...MONO.slice(10, 18), 255, 255, 0, ...table];
    expect(parseOpusHead(Uint8Array.from(many)).mapping).toMatchObject({ family: 255, streams: 255, table });
  });

  it.each([
    ["cut short", Uint8Array.from(MONO.slice(0, 18)), /expected "OpusHead" and 19 bytes or more, got 18/],
    ["with another magic", changed(MONO, 7, 0x44), /expected "OpusHead"/],
    ["of version 16", changed(MONO, 8, 16), /expected version 0 to 15, got 16/],
    ["without channels", changed(MONO, 9, 0), /expected at least 1 channel, got 0/],
    ["of family 0 with 3 channels", changed(MONO, 9, 3), /family 0 has 1 or 2 channels, got 3/],
    ["without its table", Uint8Array.from(SURROUND.slice(0, 26)), /expected 27 bytes for 6 channels, got 26/],
    ["without streams", changed(SURROUND, 19, 0), /expected 1 or more streams/],
    ["with more coupled streams than streams", changed(SURROUND, 20, 5), /no more coupled ones, got 4 and 5/],
    [
      "with over 255 decoded channels",
      changed(changed([...SURROUND], 19, 200) as never, 20, 100),
      /got 200 and 100/,
    ],
    [
      "with a channel of no stream",
      changed(SURROUND, 22, 6),
      /channel 1 comes from 6, of 6 decoded channels/,
    ],
    ["of family 3", changed(SURROUND, 18, 3), /family 3 .* is not supported/],
  ])("%s is refused", (_, bytes, message) => {
    expect(() => parseOpusHead(bytes)).toThrow(message);
    try {
      parseOpusHead(bytes);
    } catch (error) {
      expect(isOpusZarrError(error, "format")).toBe(true);
    }
  });

  it("never throws another error, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        try {
          parseOpusHead(Uint8Array.from([...ascii("OpusHead"), ...rest]));
        } catch (error) {
          expect(isOpusZarrError(error, "format")).toBe(true);
        }
      }),
    );
  });

  it("is read back as it was built", () => {
    const heads = fc
      .record({
        preSkip: fc.nat(65_535),
        inputSampleRate: fc.nat(2 ** 32 - 1),
        outputGainQ8: fc.integer({ min: -32_768, max: 32_767 }),
        family: fc.constantFrom(1, 2, 255),
        streams: fc.integer({ min: 1, max: 127 }),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
        from: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 255 }),
      })
      .map(({ family, streams, part, from, ...rest }): OpusHead => {
        const coupled = Math.floor(part * streams);
        const table = from.map((n) => (n % 7 === 0 ? 255 : n % (streams + coupled)));
        return { ...rest, channels: table.length, mapping: { family, streams, coupled, table } };
      });
    fc.assert(
      fc.property(heads, (head) => {
        expect(parseOpusHead(buildOpusHead(head))).toEqual(head);
      }),
    );
    for (const bytes of [Uint8Array.from(MONO), changed(MONO, 9, 2)]) {
      expect(buildOpusHead(parseOpusHead(bytes))).toEqual(bytes);
    }
  });

  it("is told by its magic alone", () => {
    expect(isOpusHead(Uint8Array.from(MONO.slice(0, 8)))).toBe(true);
    expect(isOpusHead(Uint8Array.from(MONO.slice(0, 7)))).toBe(false);
    expect(isOpusHead(Uint8Array.from(ascii("OpusTags")))).toBe(false);
  });
});
