import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MuxPacket, pageWriter } from "../../src/ogg/mux.js";
import { readPackets, readPages } from "../../src/ogg/packets.js";
import { MAX_PAGE_BYTES, NO_GRANULE, PAGE_BOS, PAGE_CONTINUED, PAGE_EOS } from "../../src/ogg/page.js";

function mux(packets: readonly MuxPacket[], serial = 7, sequence = 0): Uint8Array {
  const writer = pageWriter(serial, sequence);
  return Buffer.concat([...packets.flatMap((packet) => writer.push(packet)), ...writer.end()]);
}

/** A packet of `length` bytes, no two neighbours alike. */
function packet(length: number, granule = 960, flush = false): MuxPacket {
  return { bytes: Uint8Array.from({ length }, (_, i) => (i * 31 + granule) & 255), granule, flush };
}

const lengths = fc.oneof(
  fc.nat(600),
  fc.constantFrom(
    0,
    1,
    254,
    255,
    256,
    509,
    510,
    511,
    255 * 254,
    255 * 255 - 1,
    255 * 255,
    255 * 255 + 1,
    140_000,
  ),
);
const packetList = fc
  .array(fc.record({ length: lengths, flush: fc.boolean() }), { maxLength: 60 })
  .map((list) => list.map(({ length, flush }, i) => packet(length, (i + 1) * 960, flush)));

describe("mux, then read", () => {
  it("gives the same packets for any lengths and any flushes", () => {
    fc.assert(
      fc.property(packetList, fc.nat(2 ** 32 - 1), (packets, serial) => {
        const read = readPackets(mux(packets, serial));
        expect(read.length).toBe(packets.length);
        read.forEach((got, i) => {
          expect(Buffer.compare(got.bytes, packets[i]?.bytes ?? new Uint8Array())).toBe(0);
          expect([got.serial, got.afterGap]).toEqual([serial, false]);
          if (got.lastOnPage) expect(got.granule).toBe(packets[i]?.granule);
          else expect(got.granule).toBe(NO_GRANULE);
          if (packets[i]?.flush) expect(got.lastOnPage).toBe(true);
        });
      }),
      { numRuns: 150 },
    );
  });

  it("writes pages that follow the rules, whatever the packets", () => {
    fc.assert(
      fc.property(packetList, (packets) => {
        const bytes = mux(packets);
        const pages = readPages(bytes);
        const completed = new Set(readPackets(bytes, pages).map((p) => p.page));
        expect(pages.reduce((sum, page) => sum + page.size, 0)).toBe(bytes.length);
        pages.forEach((page, i) => {
          expect(page.size).toBeLessThanOrEqual(MAX_PAGE_BYTES);
          expect(page.sequence).toBe(i);
          expect((page.flags & PAGE_BOS) !== 0).toBe(i === 0);
          expect((page.flags & PAGE_EOS) !== 0).toBe(i === pages.length - 1);
          // A granule position exactly where a packet completes (RFC 3533 §6).
          expect(page.granule !== NO_GRANULE).toBe(completed.has(i));
          const before = pages[i - 1];
          const goesOn = before !== undefined && bytes[before.at + before.headerSize - 1] === 255;
          expect((page.flags & PAGE_CONTINUED) !== 0).toBe(goesOn && before.headerSize > 27);
        });
      }),
      { numRuns: 150 },
    );
  });
});

describe("the page writer", () => {
  it("ends a packet of a multiple of 255 bytes with a lacing value of 0", () => {
    const bytes = mux([packet(510)]);
    expect([...bytes.subarray(26, 30)]).toEqual([3, 255, 255, 0]);
  });

  it("fills a page with 255 lacing values and begins the next without the continued flag", () => {
    const pages = readPages(mux(Array.from({ length: 300 }, (_, i) => packet(10, i + 1))));
    expect(pages.map((p) => [p.headerSize, p.flags, p.granule])).toEqual([
      [27 + 255, PAGE_BOS, 255],
      [27 + 45, PAGE_EOS, 300],
    ]);
  });

  it("gives a page on which no packet completes the granule position −1", () => {
    const pages = readPages(mux([packet(140_000, 960)]));
    expect(pages.map((p) => [p.size, p.flags, p.granule])).toEqual([
      [MAX_PAGE_BYTES, PAGE_BOS, NO_GRANULE],
      [MAX_PAGE_BYTES, PAGE_CONTINUED, NO_GRANULE],
      [27 + 40 + 140_000 - 2 * 65_025, PAGE_CONTINUED | PAGE_EOS, 960],
    ]);
  });

  it("ends a packet that exactly fills a page there, and one of 255 × 255 bytes on the next page", () => {
    const full = readPages(mux([packet(255 * 255 - 1, 5)]));
    expect(full.map((p) => [p.flags, p.granule])).toEqual([[PAGE_BOS | PAGE_EOS, 5]]);
    const over = readPages(mux([packet(255 * 255, 5)]));
    expect(over.map((p) => [p.size, p.flags, p.granule])).toEqual([
      [MAX_PAGE_BYTES, PAGE_BOS, NO_GRANULE],
      [28, PAGE_CONTINUED | PAGE_EOS, 5],
    ]);
  });

  it("writes a page without packets to end a stream whose last page is gone already", () => {
    const pages = readPages(mux([packet(10, 5, true)]));
    expect(pages.map((p) => [p.size, p.flags, p.granule])).toEqual([
      [38, PAGE_BOS, 5],
      [27, PAGE_EOS, NO_GRANULE],
    ]);
  });

  it("goes on with a stream that began elsewhere: no BOS, sequence numbers from where they were", () => {
    const pages = readPages(mux([packet(10, 5, true)], 7, 41));
    expect(pages.map((p) => [p.sequence, p.flags])).toEqual([
      [41, 0],
      [42, PAGE_EOS],
    ]);
  });

  it("does not change the packets that it is given", () => {
    const given = packet(1000);
    const copy = given.bytes.slice();
    mux([given]);
    expect(given.bytes).toEqual(copy);
  });
});
