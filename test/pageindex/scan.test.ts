import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPage } from "../../src/ogg/mux.js";
import { readPages } from "../../src/ogg/packets.js";
import { PAGE_BOS, PAGE_CONTINUED, sealPage } from "../../src/ogg/page.js";
import { MODE_CELT, MODE_HYBRID, MODE_SILK, packetInfo } from "../../src/opus/toc.js";
import { columnsBuilder, concatColumns } from "../../src/pageindex/columns.js";
import {
  codeEmpty,
  codeInvalid,
  codeMode,
  codeOf,
  codeSamples,
  codeSteady,
  joinedCode,
  packetCode,
} from "../../src/pageindex/packet-code.js";
import { pageScanner } from "../../src/pageindex/scan.js";
import { testStream } from "../streams/streams.js";
import { expectSameScan, scanInPieces, scanWhole } from "./scans.js";

describe("a scan fed piece by piece", () => {
  const names = ["holes-celt", "cut-packets", "packets-over-pages", "multiplexed", "chained", "voice-24k"];

  it.each(names)("finds in %s what one in a single buffer does, cut anywhere", (name) => {
    const { bytes } = testStream(name);
    const part = bytes.subarray(0, Math.min(bytes.length, 260_000));
    const whole = scanWhole(part);
    fc.assert(
      fc.property(fc.array(fc.nat(part.length), { maxLength: 30 }), (cuts) => {
        expectSameScan(scanInPieces(part, cuts), whole);
      }),
      { numRuns: 25 },
    );
  });

  it("waits for every byte: pieces of 1, 7 and 4096 bytes", () => {
    const { bytes } = testStream("holes-voice");
    const part = bytes.subarray(0, 12_000);
    for (const size of [1, 7, 4096]) {
      const cuts = Array.from({ length: Math.ceil(part.length / size) }, (_, i) => i * size);
      expectSameScan(scanInPieces(part, cuts), scanWhole(part));
    }
  });

  it("takes only pages that start before the limit, and says where the next one starts", () => {
    const { bytes } = testStream("celt-20ms");
    const starts = readPages(bytes).map((page) => page.at);
    const scanner = pageScanner();
    const third = starts[3] as number;
    expect(scanner.push(bytes, 0, third + 1, true)).toBe(starts[4]);
    expect(scanner.finish().pages.count).toBe(4);
    const other = pageScanner();
    expect(other.push(bytes, 0, third, true)).toBe(third);
    expect(other.next).toBe(third);
  });

  it("asks for a page that is not whole again", () => {
    const { bytes } = testStream("celt-20ms");
    const starts = readPages(bytes).map((page) => page.at);
    const scanner = pageScanner();
    const cut = (starts[5] as number) + 100;
    expect(scanner.push(bytes.subarray(0, cut), 0, cut, false)).toBe(starts[5]);
  });
});

describe("a scan that starts inside a page", () => {
  it("finds the pages after it, and hands out what completes packets begun before", () => {
    const { bytes } = testStream("cut-packets");
    const whole = scanWhole(bytes);
    const start = (whole.pages.byteOffset[40] as number) + 3;
    const scanner = pageScanner({ start, aligned: false });
    scanner.push(bytes.subarray(start), start, bytes.length, true);
    const scan = scanner.finish();
    expect(scan.pages.byteOffset.join()).toBe(whole.pages.byteOffset.slice(41).join());
    expect(scan.gaps).toEqual([]);
    // A packet of 400 bytes has 2 lacing values, a page 3: page 40 or 41 leaves one open.
    const lead = scan.leads[0];
    const goesOn = ((whole.pages.flags[41] as number) & PAGE_CONTINUED) !== 0;
    expect(scan.leads.length).toBe(goesOn ? 1 : 0);
    if (lead !== undefined) {
      expect(lead).toMatchObject({ page: 0, sequence: 41 });
    }
  });
});

describe("what a scan takes for a page", () => {
  const page = (sequence: number, lacing: readonly number[], flags = 0): Uint8Array =>
    buildPage({
      flags,
      granule: 0,
      serial: 5,
      sequence,
      lacing,
      parts: lacing.map((length) => new Uint8Array(length).fill(0xf8)),
    });

  it("reports bytes that are none as gaps: before, between and after", () => {
    const junk = new Uint8Array(50).fill(0x4f);
    const pages = [page(0, [10]), page(1, [10])];
    const file = Buffer.concat([junk, pages[0] as Uint8Array, junk, pages[1] as Uint8Array, junk]);
    expect(scanWhole(file).gaps).toEqual([
      { start: 0, end: 50 },
      { start: 88, end: 138 },
      { start: 176, end: 226 },
    ]);
  });

  it("does not fall for a page inside a damaged page's audio", () => {
    const inner = page(99, [20]);
    const outer = buildPage({
      flags: 0,
      granule: 0,
      serial: 5,
      sequence: 1,
      lacing: [inner.length],
      parts: [inner],
    });
    const file = Buffer.concat([page(0, [10]), outer, page(2, [10])]);
    expect(scanWhole(file).pages.sequence.join()).toBe("0,1,2");
  });

  it("with its headers alone: a spoilt payload goes unseen while the next page stands where it should", () => {
    const spoilt = page(1, [100]);
    spoilt[60] = 7;
    const file = Buffer.concat([page(0, [10]), spoilt, page(2, [10])]);
    expect(scanWhole(file).pages.sequence.join()).toBe("0,2");
    expect(scanWhole(file, { check: "headers" }).pages.sequence.join()).toBe("0,1,2");
    // A spoilt length is seen, for no page follows where it says.
    const length = page(1, [100, 50]);
    length[27] = 99;
    const other = Buffer.concat([page(0, [10]), length, page(2, [10])]);
    expect(scanWhole(other, { check: "headers" }).pages.sequence.join()).toBe("0,2");
  });

  it("joins a packet over the wrap of sequence numbers", () => {
    const pages = [
      page(2 ** 32 - 2, [10], PAGE_BOS),
      page(2 ** 32 - 1, [255]),
      page(0, [40], PAGE_CONTINUED),
      page(1, [50]),
    ];
    expect(scanWhole(Buffer.concat(pages)).pages.packetCount.join()).toBe("1,0,1,1");
  });

  it("counts no packet of which a page is missing", () => {
    const pages = [page(0, [10, 255]), page(2, [40, 50], PAGE_CONTINUED), page(3, [255]), page(4, [5])];
    expect(scanWhole(Buffer.concat(pages)).pages.packetCount.join()).toBe("1,1,0,1");
  });

  it("leaves open what goes on after the end", () => {
    const { open } = scanWhole(Buffer.concat([page(0, [10, 255]), page(1, [255], PAGE_CONTINUED)]));
    expect(open.map(({ serial, sequence, tail }) => [serial, sequence, tail?.length])).toEqual([[5, 1, 510]]);
  });

  it("refuses a packet above 61,440 bytes a stream, whatever it takes to see its end", () => {
    const seg = (n: number): number[] => new Array<number>(n).fill(255);
    const fits = [page(0, seg(240)), page(1, [200], PAGE_CONTINUED)];
    const tooLong = [page(0, seg(255)), page(1, seg(255), PAGE_CONTINUED), page(2, [9], PAGE_CONTINUED)];
    // Both are refused as packets, for no frame has 60 KB; what counts is that neither is lost or kept whole.
    expect(scanWhole(Buffer.concat(fits)).pages.packetCount.join()).toBe("0,1");
    expect(scanWhole(Buffer.concat(tooLong)).pages.packetCount.join()).toBe("0,0,1");
    expect(codeInvalid(scanWhole(Buffer.concat(tooLong)).pages.packets[0] as number)).toBe(true);
  });

  it("takes anything without an error, and every byte is in a page or a gap", () => {
    const bits = fc.constantFrom(0x4f, 0x67, 0x53, 0, 1, 27, 255);
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        fc.array(bits, { maxLength: 80 }).map((list) => Uint8Array.from(list)),
        fc.tuple(fc.nat(9), fc.array(fc.nat(255), { maxLength: 6 })).map(([n, lacing]) => page(n, lacing)),
        fc.tuple(fc.nat(9), fc.nat(60)).map(([n, at]) => {
          const spoilt = page(n, [40]);
          spoilt[at] = 0xaa;
          return n % 2 === 0 ? spoilt : sealPage(spoilt);
        }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        const bytes = new Uint8Array(Buffer.concat(list));
        const { pages, gaps, end } = scanWhole(bytes);
        const ranges = [
          ...gaps.map(({ start, end: stop }) => [start, stop]),
          ...Array.from(pages.byteOffset, (at, i) => [at, at + (pages.size[i] as number)]),
        ].sort(([a = 0], [b = 0]) => a - b);
        let at = 0;
        for (const [start, stop] of ranges) {
          expect(start).toBe(at);
          at = stop as number;
        }
        expect([at, end]).toEqual([bytes.length, bytes.length]);
      }),
    );
  });
});

describe("packet codes and columns", () => {
  it("keep duration, mode, empty and invalid in 16 bits", () => {
    for (const samples of [0, 120, 960, 2880, 5760])
      for (const mode of [MODE_CELT, MODE_HYBRID, MODE_SILK])
        for (let flags = 0; flags < 8; flags++) {
          const [empty, valid, steady] = [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0];
          const code = packetCode({ samples, mode, empty, valid, steady });
          expect(code).toBeLessThan(2 ** 16);
          expect([codeSamples(code), codeMode(code)]).toEqual([samples, mode]);
          expect([codeEmpty(code), codeInvalid(code), codeSteady(code)]).toEqual([
            empty,
            !valid,
            steady && valid,
          ]);
        }
  });

  it("say what is known of the packet, whether of one frame or many", () => {
    const packets = fc
      .uint8Array({ maxLength: 12 })
      .chain((head) =>
        fc.nat(1300).map((more) => Uint8Array.from([...head, ...new Uint8Array(more).fill(head[0] ?? 0)])),
      );
    fc.assert(
      fc.property(packets, fc.constantFrom(1, 2), (packet, streams) => {
        const framed = Uint8Array.from([9, 9, ...packet, 9]);
        expect(codeOf(framed, 2, 2 + packet.length, streams)).toBe(
          packetCode(packetInfo(packet, 0, packet.length, streams)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("join the halves of a packet from two scans", () => {
    const packet = Uint8Array.from([0xf9, 1, 2, 3, 4]);
    for (let cut = 0; cut <= 5; cut++) {
      const code = joinedCode([packet.subarray(0, cut), packet.subarray(cut)], 1);
      expect([codeSamples(code), codeInvalid(code)]).toEqual([1920, false]);
    }
  });

  it("grow past their first size, and come together", () => {
    const builder = columnsBuilder();
    const count = 5000;
    for (let i = 0; i < count; i++) {
      const codes = Uint16Array.from({ length: 255 }, (_, p) => (i + p) & 0xffff);
      const row = {
        byteOffset: i * 1e9,
        size: i,
        granule: i % 5 === 0 ? -1 : i * 1e6,
        serial: 2 ** 32 - 1 - i,
        sequence: i,
        flags: i & 15,
        packetCount: 7,
      };
      builder.page(row, codes);
    }
    const all = builder.finish();
    expect(all.byteOffset[count - 1]).toBe((count - 1) * 1e9);
    expect(all.packets.length).toBe(7 * count);
    const joined = concatColumns([all, all]);
    expect(joined.count).toBe(2 * count);
    expect([joined.granule[count + 3001], joined.packets[7 * count + 3001]]).toEqual([3001e6, 433]);
  });
});
