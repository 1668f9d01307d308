import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPage } from "../../src/ogg/mux.js";
import { findCapture, NO_GRANULE, pageCrcHolds, readPage, sealPage } from "../../src/ogg/page.js";

/** A page as RFC 3533 §6 lays it out, byte by byte: two packets, of 3 and of 256 bytes. */
function handBuilt(): Uint8Array {
  const header = [
    ...[0x4f, 0x67, 0x67, 0x53, 0], // OggS, version
    0x05, // continued, EOS
    ...[0x10, 0x27, 0, 0, 1, 0, 0, 0], // 2^32 + 10,000
    ...[0xef, 0xbe, 0xad, 0xde], // serial
    ...[0x02, 0x01, 0, 0], // sequence 258
    ...[0, 0, 0, 0],
    ...[3, 3, 255, 1],
  ];
  const payload = Array.from({ length: 3 + 256 }, (_, i) => i & 255);
  return sealPage(Uint8Array.from([...header, ...payload]));
}

const PAGE = {
  at: 0,
  size: 30 + 259,
  headerSize: 30,
  flags: 5,
  granule: 2 ** 32 + 10_000,
  serial: 0xdeadbeef,
  sequence: 258,
};

describe("reading a page", () => {
  it("gives the fields of a page built by hand, wherever it stands", () => {
    const page = handBuilt();
    expect(readPage(page, 0)).toEqual(PAGE);
    const later = Uint8Array.from([...[1, 2, 3, 4, 5, 6, 7], ...page, 9, 9]);
    expect(readPage(later, 7)).toEqual({ ...PAGE, at: 7 });
    expect(readPage(later, 6)).toBeUndefined();
    // In a view whose buffer begins elsewhere.
    expect(readPage(later.subarray(7), 0)).toEqual(PAGE);
    expect(pageCrcHolds(later.subarray(7), PAGE)).toBe(true);
  });

  it("gives nothing for a page that is not whole, cut anywhere", () => {
    const page = handBuilt();
    for (let end = 0; end < page.length; end++) expect(readPage(page.subarray(0, end), 0)).toBeUndefined();
    expect(readPage(page, page.length)).toBeUndefined();
    expect(readPage(page, page.length + 50)).toBeUndefined();
  });

  it("refuses another version and flags that do not exist", () => {
    for (const [at, value] of [
      [0, 0x6f],
      [3, 0x73],
      [4, 1],
      [5, 8],
      [5, 0xff],
    ] as const) {
      const page = handBuilt();
      page[at] = value;
      expect(readPage(page, 0)).toBeUndefined();
    }
  });

  it("takes −1 and what is out of range for no granule position", () => {
    const withGranule = (granule: bigint): number | undefined => {
      const page = handBuilt();
      new DataView(page.buffer).setBigInt64(6, granule, true);
      return readPage(page, 0)?.granule;
    };
    expect(withGranule(0n)).toBe(0);
    expect(withGranule(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    for (const none of [-1n, -2n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(withGranule(none)).toBe(NO_GRANULE);
    }
  });

  it("reads back what buildPage wrote", () => {
    const field = fc.record({
      flags: fc.nat(7),
      granule: fc.oneof(fc.constant(NO_GRANULE), fc.maxSafeNat()),
      serial: fc.nat(2 ** 32 - 1),
      sequence: fc.nat(2 ** 32 - 1),
      lacing: fc.array(fc.nat(255), { maxLength: 255 }),
    });
    fc.assert(
      fc.property(field, (fields) => {
        const parts = fields.lacing.map((length) => new Uint8Array(length).fill(length));
        const page = buildPage({ ...fields, parts });
        const { lacing, ...rest } = fields;
        const read = readPage(page, 0);
        expect(read).toMatchObject({ at: 0, size: page.length, headerSize: 27 + lacing.length, ...rest });
        expect(read !== undefined && pageCrcHolds(page, read)).toBe(true);
      }),
    );
  });
});

describe("the checksum of a page", () => {
  it("fails for every bit that is turned, the checksum's own among them", () => {
    const page = handBuilt();
    expect(pageCrcHolds(page, PAGE)).toBe(true);
    for (let bit = 0; bit < page.length * 8; bit++) {
      const at = bit >> 3;
      page[at] = (page[at] as number) ^ (1 << (bit & 7));
      expect(pageCrcHolds(page, PAGE)).toBe(false);
      page[at] = (page[at] as number) ^ (1 << (bit & 7));
    }
  });
});

describe("finding the capture pattern", () => {
  const bytes = new TextEncoder().encode("OggOOggSOgOggSOgg");

  it("gives the first place in the range at which it stands whole", () => {
    expect(findCapture(bytes, 0, bytes.length)).toBe(4);
    expect(findCapture(bytes, 4, 5)).toBe(4);
    expect(findCapture(bytes, 5, bytes.length)).toBe(10);
    expect(findCapture(bytes, 0, 4)).toBe(-1);
    expect(findCapture(bytes, 11, bytes.length)).toBe(-1);
    expect(findCapture(bytes, 99, 120)).toBe(-1);
    expect(findCapture(new Uint8Array(), 0, 0)).toBe(-1);
  });
});
