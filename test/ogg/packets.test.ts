import { describe, expect, it } from "vitest";
import { buildPage } from "../../src/ogg/mux.js";
import { readPackets, readPages } from "../../src/ogg/packets.js";
import { NO_GRANULE, PAGE_BOS, PAGE_CONTINUED } from "../../src/ogg/page.js";

interface Given {
  readonly sequence: number;
  readonly flags?: number;
  readonly serial?: number;
  readonly granule?: number;
  readonly lacing: readonly number[];
}

/** A page whose payload bytes are all its sequence number. */
function page({ sequence, flags = 0, serial = 1, granule = 0, lacing }: Given): Uint8Array {
  const parts = lacing.map((length) => new Uint8Array(length).fill(sequence));
  return buildPage({ flags, granule, serial, sequence, lacing, parts });
}

/** Packets as `length:first byte`, `!` where data before was lost. */
function packets(...pages: readonly Uint8Array[]): string[] {
  return readPackets(Buffer.concat(pages)).map(
    (p) => `${p.bytes.length}:${p.bytes[0]}${p.afterGap ? "!" : ""}`,
  );
}

const C = PAGE_CONTINUED;

describe("reading packets", () => {
  it("joins a packet over as many pages as it takes", () => {
    const pages = [
      page({ sequence: 0, flags: PAGE_BOS, lacing: [5, 255, 255] }),
      page({ sequence: 1, flags: C, granule: NO_GRANULE, lacing: [255, 255] }),
      page({ sequence: 2, flags: C, granule: 700, lacing: [1, 9] }),
    ];
    const read = readPackets(Buffer.concat(pages));
    expect(read.map((p) => [p.bytes.length, p.page, p.lastOnPage, p.granule])).toEqual([
      [5, 0, true, 0],
      [1021, 2, false, NO_GRANULE],
      [9, 2, true, 700],
    ]);
    expect([...new Set(read[1]?.bytes)]).toEqual([0, 1, 2]);
  });

  it("reads a packet of no bytes", () => {
    expect(packets(page({ sequence: 3, lacing: [0, 4, 0] }))).toEqual(["0:undefined", "4:3", "0:undefined"]);
  });

  it("never joins over a missing page", () => {
    const first = page({ sequence: 0, lacing: [5, 255] });
    const after = page({ sequence: 2, flags: C, lacing: [7, 8, 9] });
    expect(packets(first, after)).toEqual(["5:0", "8:2!", "9:2"]);
  });

  it("drops a packet that no page goes on with, and one that none began", () => {
    const open = page({ sequence: 0, lacing: [5, 255] });
    expect(packets(open, page({ sequence: 1, lacing: [7] }))).toEqual(["5:0", "7:1!"]);
    const whole = page({ sequence: 0, lacing: [5] });
    expect(packets(whole, page({ sequence: 1, flags: C, lacing: [7, 8] }))).toEqual(["5:0", "8:1!"]);
    // Nor does its end join when it is itself over several pages.
    const goesOn = page({ sequence: 1, flags: C, lacing: [255] });
    expect(packets(whole, goesOn, page({ sequence: 2, flags: C, lacing: [7, 8] }))).toEqual(["5:0", "8:2!"]);
  });

  it("begins in the middle of a stream", () => {
    expect(packets(page({ sequence: 9, flags: C, lacing: [7, 8] }))).toEqual(["8:9!"]);
    expect(packets(page({ sequence: 9, lacing: [7, 8] }))).toEqual(["7:9", "8:9"]);
  });

  it("keeps logical streams apart, and a new one of the same serial number", () => {
    const a = page({ sequence: 0, lacing: [5, 255] });
    const b = page({ sequence: 0, serial: 2, flags: PAGE_BOS, lacing: [6] });
    const c = page({ sequence: 1, flags: C, lacing: [1] });
    const d = page({ sequence: 0, flags: PAGE_BOS, lacing: [3] });
    const e = page({ sequence: 1, lacing: [4] });
    expect(packets(a, b, c, d, e)).toEqual(["5:0", "6:0", "256:0", "3:0", "4:1"]);
  });

  it("goes on where sequence numbers start again from 0", () => {
    const last = page({ sequence: 2 ** 32 - 1, lacing: [5, 255] });
    expect(packets(last, page({ sequence: 0, flags: C, lacing: [3] }))).toEqual(["5:255", "258:255"]);
  });
});

describe("reading pages", () => {
  it("passes over junk and pages whose checksum fails", () => {
    const good = page({ sequence: 0, lacing: [5] });
    const bad = page({ sequence: 1, lacing: [50] });
    bad[40] = 99;
    const junk = new TextEncoder().encode("OggS, but no page, Ogg");
    const pages = readPages(Buffer.concat([junk, good, bad, junk, good]));
    expect(pages.map((p) => p.at)).toEqual([22, 22 + 33 + 78 + 22]);
    expect(readPages(new Uint8Array(3))).toEqual([]);
    expect(readPages(good.subarray(0, 20))).toEqual([]);
  });
});
