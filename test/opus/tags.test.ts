import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildOpusTags, isOpusTags, parseOpusTags } from "../../src/opus/tags.js";

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const u32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];
const field = (text: string): number[] => [...u32(bytesOf(text).length), ...bytesOf(text)];

/** RFC 7845 §5.2, with two comments of one name, and padding after the list. */
const TAGS = [
  ...bytesOf("OpusTags"),
  ...field("libé"),
  ...u32(3),
  ...field("ARTIST=wren"),
  ...field("artist=a=b"),
  ...field("EMPTY="),
  ...[0, 0, 0],
];

describe("OpusTags", () => {
  it("are read as the RFC lays them out, in order, names as written", () => {
    const tags = parseOpusTags(Uint8Array.from(TAGS));
    expect(tags).toEqual({
      vendor: "libé",
      comments: [
        ["ARTIST", "wren"],
        ["artist", "a=b"],
        ["EMPTY", ""],
      ],
      complete: true,
    });
  });

  it("are kept as far as they go where they are cut", () => {
    const lastComment = TAGS.length - 3;
    for (let end = 8; end < TAGS.length; end++) {
      const tags = parseOpusTags(Uint8Array.from(TAGS.slice(0, end)));
      expect(tags.complete).toBe(end >= lastComment);
      expect(tags.comments.length).toBeLessThanOrEqual(3);
    }
    const cut = parseOpusTags(Uint8Array.from(TAGS.slice(0, lastComment - 1)));
    expect(cut.comments.length).toBe(2);
  });

  it("leave out lines without a name, and pictures", () => {
    const picture = `METADATA_BLOCK_PICTURE=${"x".repeat(2 ** 20)}`;
    const comments = [picture, "no equals sign", "=no name", "A=1"];
    const bytes = [...bytesOf("OpusTags"), ...field("v"), ...u32(4), ...comments.flatMap(field)];
    expect(parseOpusTags(Uint8Array.from(bytes))).toEqual({
      vendor: "v",
      comments: [["A", "1"]],
      complete: true,
    });
  });

  it("never trust counts and lengths", () => {
    const huge = [...bytesOf("OpusTags"), ...field("v"), ...u32(0xffffffff), ...field("A=1")];
    expect(parseOpusTags(Uint8Array.from(huge))).toEqual({
      vendor: "v",
      comments: [["A", "1"]],
      complete: false,
    });
    const longVendor = [...bytesOf("OpusTags"), ...u32(0xfffffff0), 1, 2, 3, 4, 5];
    expect(parseOpusTags(Uint8Array.from(longVendor))).toEqual({ vendor: "", comments: [], complete: false });
    // A count of four billion empty comments costs no more than the bytes that are there.
    const empties = [
      ...bytesOf("OpusTags"),
      ...field(""),
      ...u32(0xffffffff),
      ...new Array<number>(4000).fill(0),
    ];
    expect(parseOpusTags(Uint8Array.from(empties)).complete).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (rest) => {
        parseOpusTags(Uint8Array.from([...bytesOf("OpusTags"), ...rest]));
      }),
    );
  });

  it("are read back as they were built", () => {
    const name = fc.stringMatching(/^[A-Z_ ]{1,12}$/);
    const value = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(value, fc.array(fc.tuple(name, value), { maxLength: 12 }), (vendor, comments) => {
        const bytes = buildOpusTags({ vendor, comments });
        expect(isOpusTags(bytes)).toBe(true);
        expect(parseOpusTags(bytes)).toEqual({ vendor, comments, complete: true });
      }),
    );
  });
});
