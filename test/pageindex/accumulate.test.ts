import { describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { buildPage } from "../../src/ogg/mux.js";
import { NO_GRANULE, PAGE_BOS, PAGE_EOS } from "../../src/ogg/page.js";
import { buildOpusHead } from "../../src/opus/head.js";
import { buildOpusTags } from "../../src/opus/tags.js";
import type { PageIndex } from "../../src/pageindex/page-index.js";
import { concat } from "../streams/multistream.js";
import { indexOf } from "./scans.js";

const CELT = [0xf8, 1, 2, 3]; // fullband, 20 ms
const SILK = [0x08, 1, 2, 3]; // narrowband, 20 ms
const QUIET = (packet: readonly number[]): number[] => packet.slice(0, 1);

interface GivenPage {
  readonly sequence: number;
  readonly granule: number;
  /** 50 CELT packets, one second, by default. */
  readonly packets?: readonly (readonly number[])[];
  readonly flags?: number;
  readonly serial?: number;
}

const second = new Array<readonly number[]>(50).fill(CELT);

function page({ packets = second, flags = 0, serial = 1, ...rest }: GivenPage): Uint8Array {
  const parts = packets.map((packet) => Uint8Array.from(packet));
  return buildPage({ ...rest, flags, serial, lacing: parts.map((part) => part.length), parts });
}

function head(preSkip = 312, serial = 1): Uint8Array {
  const mapping = { family: 0, streams: 1, coupled: 0, table: [0] };
  const bytes = buildOpusHead({ channels: 1, preSkip, inputSampleRate: 0, outputGainQ8: 0, mapping });
  return page({ sequence: 0, granule: 0, packets: [[...bytes]], flags: PAGE_BOS, serial });
}

function tags(serial = 1): Uint8Array {
  const bytes = buildOpusTags({ vendor: "v", comments: [] });
  return page({ sequence: 1, granule: 0, packets: [[...bytes]], serial });
}

/** Whole seconds of audio, from sequence number 2 on. */
function seconds(count: number, from = 0, serial = 1): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    page({ sequence: 2 + i, granule: from + (i + 1) * 48_000, serial }),
  );
}

const index = (...pages: readonly Uint8Array[]): PageIndex => indexOf(concat(pages));
const ranges = (of: PageIndex): [number, number, string][] =>
  of.holes.map((hole) => [hole.startSample, hole.endSample, hole.reason]);

describe("granule positions at the start", () => {
  it("above the samples before them: the stream began later, and pre-skip is dropped as ever", () => {
    const { totalSamples, links, samplePos } = index(head(), tags(), ...seconds(3, 5_000_000));
    expect([totalSamples, links[0]?.initialGranule]).toEqual([3 * 48_000 - 312, 5_000_000]);
    expect([...samplePos]).toEqual([0, 0, 0, 48_000, 96_000]);
  });

  it("above the samples of a page that is first and last", () => {
    const only = page({ sequence: 2, granule: 1_048_000, flags: PAGE_EOS });
    const { totalSamples, links } = index(head(), tags(), only);
    expect([totalSamples, links[0]?.initialGranule]).toEqual([48_000 - 312, 1_000_000]);
  });

  it("below the samples of a page that is first and last: the end is trimmed", () => {
    const only = page({ sequence: 2, granule: 40_000, flags: PAGE_EOS });
    const { totalSamples, links } = index(head(), tags(), only);
    expect([totalSamples, links[0]?.initialGranule]).toEqual([40_000 - 312, 0]);
  });

  it("below the samples before them otherwise: the stream is invalid (RFC 7845 §4.5)", () => {
    const first = page({ sequence: 2, granule: 47_000 });
    const offset = head().length + tags().length;
    expect(() => index(head(), tags(), first, ...seconds(1))).toThrow(
      `first granule position: expected 48000 or more, the samples so far, got 47000 (page 2, byte ${offset})`,
    );
  });

  it("count the samples of pages before them that carried none", () => {
    const first = page({ sequence: 2, granule: NO_GRANULE });
    const then = page({ sequence: 3, granule: 100_000 });
    const { totalSamples, links } = index(head(0), tags(), first, then);
    expect([totalSamples, links[0]?.initialGranule]).toEqual([96_000, 4_000]);
  });
});

describe("the end of a stream", () => {
  it("is trimmed by the last granule position, over more than a packet", () => {
    const last = page({ sequence: 4, granule: 2 * 48_000 + 1000, flags: PAGE_EOS });
    const { totalSamples, endPos } = index(head(), tags(), ...seconds(2), last);
    expect([totalSamples, endPos]).toEqual([2 * 48_000 + 1000 - 312, 3 * 48_000]);
  });

  it("is never lengthened, nor trimmed into the page before", () => {
    const long = page({ sequence: 4, granule: 9 * 48_000, flags: PAGE_EOS });
    expect(index(head(0), tags(), ...seconds(2), long).totalSamples).toBe(3 * 48_000);
    const short = page({ sequence: 4, granule: 10, flags: PAGE_EOS });
    expect(index(head(0), tags(), ...seconds(2), short).totalSamples).toBe(2 * 48_000);
  });

  it("counts from where the stream began", () => {
    const last = page({ sequence: 3, granule: 7_000_000 + 50_000, flags: PAGE_EOS });
    expect(index(head(0), tags(), ...seconds(1, 7_000_000), last).totalSamples).toBe(50_000);
  });

  it("may lie on a page without packets, with a granule position or without", () => {
    for (const granule of [NO_GRANULE, 2 * 48_000]) {
      const nil = page({ sequence: 4, granule, packets: [], flags: PAGE_EOS });
      expect(index(head(), tags(), ...seconds(2), nil).totalSamples).toBe(2 * 48_000 - 312);
    }
  });

  it("is not the end of the file where pages follow it", () => {
    const last = page({ sequence: 3, granule: 96_000, flags: PAGE_EOS });
    const after = page({ sequence: 4, granule: 144_000 });
    const found = index(head(0), tags(), ...seconds(1), last, after);
    expect(found.totalSamples).toBe(96_000);
    expect(ranges(found)).toEqual([[96_000, 96_000, "pages after the end of the stream"]]);
  });

  it("may be shorter than the pre-skip: nothing is left to play", () => {
    expect(index(head(60_000), tags(), ...seconds(1)).totalSamples).toBe(0);
  });

  it("is lost in a file cut short: what is whole counts, the rest is a hole without samples", () => {
    const whole = concat([head(0), tags(), ...seconds(3)]);
    const cut = indexOf(whole.subarray(0, whole.length - 5));
    expect(cut.totalSamples).toBe(96_000);
    expect(ranges(cut)).toEqual([[96_000, 96_000, "bytes that are no whole page"]]);
    expect(cut.holes[0]?.endByte).toBe(whole.length - 5);
  });
});

describe("lost pages", () => {
  const lostFrom = (pages: readonly Uint8Array[], ...which: readonly number[]): PageIndex =>
    index(...pages.filter((_, i) => !which.includes(i)));

  it("leave a hole of the length that granule positions tell, and everything after it in its place", () => {
    const found = lostFrom([head(), tags(), ...seconds(6)], 4, 5);
    expect(found.totalSamples).toBe(6 * 48_000 - 312);
    expect(ranges(found)).toEqual([[2 * 48_000 - 312, 4 * 48_000 - 312, "missing pages"]]);
    expect([...found.samplePos]).toEqual([0, 0, 0, 48_000, 4 * 48_000, 5 * 48_000]);
  });

  it("at the start of the audio", () => {
    const found = lostFrom([head(), tags(), ...seconds(4)], 2);
    expect(found.totalSamples).toBe(4 * 48_000 - 312);
    expect(ranges(found)).toEqual([[0, 48_000 - 312, "missing pages"]]);
  });

  it("at the start of a capture that began later: no more is missing than lost pages can hold", () => {
    const found = lostFrom([head(), tags(), ...seconds(4, 172_800_000)], 2);
    expect(found.totalSamples).toBe(3 * 48_000 - 312);
    expect(found.links[0]?.initialGranule).toBe(172_800_000 + 48_000);
    expect(ranges(found)).toEqual([[0, 0, "missing pages"]]);
  });

  it("of the comment header cost no audio", () => {
    const found = lostFrom([head(), tags(), ...seconds(2)], 1);
    expect([found.totalSamples, found.links.length]).toEqual([2 * 48_000 - 312, 1]);
    expect([...found.samplePos]).toEqual([0, 0, 48_000]);
    expect(ranges(found)).toEqual([[0, 0, "missing pages"]]);
  });

  it("before the last page: its granule position tells how much, trimmed end and all", () => {
    const last = page({ sequence: 5, granule: 4 * 48_000 - 500, flags: PAGE_EOS });
    const found = lostFrom([head(0), tags(), ...seconds(3), last], 4);
    // How much of the last page is trimmed cannot be told from how much is missing.
    expect(found.totalSamples).toBe(4 * 48_000 - 500);
    expect(ranges(found)).toEqual([[96_000, 144_000 - 500, "missing pages"]]);
  });

  it("of the head of a later link are reported: nothing can be decoded of it", () => {
    const link = (serial: number): Uint8Array[] => [
      head(0, serial),
      tags(serial),
      ...seconds(2, 0, serial),
      page({ sequence: 4, granule: 144_000, flags: PAGE_EOS, serial }),
    ];
    const [, ...headless] = link(2);
    const found = index(...link(1), ...headless, ...link(3));
    expect([found.links.length, found.totalSamples]).toEqual([2, 2 * 144_000]);
    expect(ranges(found)).toEqual([[144_000, 144_000, "pages of a stream without its head"]]);
    const start = concat(link(1)).length;
    expect(found.holes[0]).toMatchObject({ startByte: start, endByte: start + concat(headless).length });
  });

  it("are told from granule positions that jump by themselves", () => {
    const jump = page({ sequence: 4, granule: 5 * 48_000 });
    const found = index(head(0), tags(), ...seconds(2), jump);
    expect(ranges(found)).toEqual([[96_000, 4 * 48_000, "granule positions jump"]]);
    expect(found.totalSamples).toBe(5 * 48_000);
    // Less than the shortest frame is rounding, not loss.
    const rounding = page({ sequence: 4, granule: 3 * 48_000 + 119 });
    expect(ranges(index(head(0), tags(), ...seconds(2), rounding))).toEqual([]);
  });

  it("move what pages without a granule position hold, until one tells how much is missing", () => {
    const untold = page({ sequence: 4, granule: NO_GRANULE, packets: [CELT, QUIET(CELT), SILK, SILK] });
    const told = page({ sequence: 5, granule: 96_000 + 5 * 960, packets: [CELT] });
    const found = index(head(0), tags(), ...seconds(1), untold, told);
    const at = (packets: number): number => 96_000 + packets * 960;
    expect(ranges(found)).toEqual([[48_000, 96_000, "missing pages"]]);
    expect([...found.samplePos]).toEqual([0, 0, 0, at(0), at(4)]);
    expect([...found.runPos].map((pos, i) => [pos, found.runMode[i]])).toEqual([
      [0, 0],
      [at(2), 2],
      [at(4), 0],
    ]);
    expect(found.concealed).toEqual([{ start: at(1), end: at(2) }]);
  });

  it("are told from bytes that are no page, or were damaged ones, each in its place", () => {
    const junk = new Uint8Array(100).fill(7);
    const [a, b, c, d] = seconds(4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const found = index(head(0), tags(), a, junk, b, junk, d, junk);
    const afterA = concat([head(0), tags(), a]).length;
    expect(ranges(found)).toEqual([
      [48_000, 48_000, "bytes that are no page"],
      [96_000, 144_000, "damaged pages"],
      [192_000, 192_000, "bytes that are no whole page"],
    ]);
    expect(found.holes.map(({ startByte, endByte }) => [startByte - afterA, endByte - startByte])).toEqual([
      [0, 100],
      [100 + b.length, 100],
      [200 + b.length + d.length, 100],
    ]);
    expect(index(head(0), tags(), a, b, c, d).holes).toEqual([]);
  });

  it("never make time run backwards: a page that stands there twice, or too early", () => {
    const [first, then] = seconds(2) as [Uint8Array, Uint8Array];
    for (const found of [index(head(0), tags(), first, first, then), index(head(0), tags(), then, first)]) {
      expect([...found.samplePos].every((pos, i, all) => i === 0 || pos >= (all[i - 1] ?? 0))).toBe(true);
    }
  });
});

describe("links", () => {
  const link = (serial: number, count: number, eos: boolean): Uint8Array[] => [
    head(100, serial),
    tags(serial),
    ...seconds(count, 0, serial),
    ...(eos ? [page({ sequence: 2 + count, granule: count * 48_000 + 10, flags: PAGE_EOS, serial })] : []),
  ];

  it("follow each other with their own pre-skip and end, of the same serial number too", () => {
    for (const serials of [
      [1, 2, 3],
      [7, 7, 7],
    ] as const) {
      const found = index(...serials.flatMap((serial, i) => link(serial, 2, i !== 1)));
      expect(found.links.map((l) => [l.totalSamples, l.startPos, l.firstPage, l.firstAudioPage])).toEqual([
        [96_010 - 100, 0, 0, 2],
        [96_000 - 100, 144_000, 5, 7],
        [96_010 - 100, 240_000, 9, 11],
      ]);
      expect(found.totalSamples).toBe(96_010 + 96_000 + 96_010 - 300);
      expect(found.runPos.join()).toBe("0,144000,240000");
    }
  });

  it("put a hole at its place among the playable samples of all of them", () => {
    const second = link(2, 3, true).filter((_, i) => i !== 3);
    const found = index(...link(1, 2, true), ...second);
    expect(ranges(found)).toEqual([[95_910 + 48_000 - 100, 95_910 + 96_000 - 100, "missing pages"]]);
  });

  it("pass over a head that cannot be read, if it is not the first", () => {
    const bad = [
      ...buildOpusHead({
        channels: 1,
        preSkip: 0,
        inputSampleRate: 0,
        outputGainQ8: 0,
        mapping: { family: 0, streams: 1, coupled: 0, table: [0] },
      }),
    ];
    bad[8] = 16;
    const badHead = page({ sequence: 0, granule: 0, packets: [bad], flags: PAGE_BOS, serial: 2 });
    const [, ...rest] = link(2, 2, true);
    expect(index(...link(1, 2, true), badHead, ...rest).links.length).toBe(1);
    expect(() => index(badHead, ...rest)).toThrow(/expected version 0 to 15, got 16/);
  });
});

describe("coding modes and silence", () => {
  const one = (packets: readonly (readonly number[])[]): PageIndex =>
    index(head(0), tags(), page({ sequence: 2, granule: packets.length * 960, packets }));

  it("make runs", () => {
    const { runPos, runMode } = one([CELT, CELT, SILK, SILK, SILK, CELT]);
    expect([...runPos].map((pos, i) => [pos / 960, runMode[i]])).toEqual([
      [0, 0],
      [2, 2],
      [5, 0],
    ]);
  });

  it("note silence in CELT, and in SILK before anything was heard in that mode", () => {
    const packets = [CELT, QUIET(CELT), QUIET(CELT), CELT, SILK, QUIET(SILK), SILK, CELT, QUIET(SILK), SILK];
    expect(one(packets).concealed).toEqual([{ start: 960, end: 9 * 960 }]);
    expect(one([SILK, QUIET(SILK), SILK]).concealed).toEqual([]);
    expect(one([QUIET(SILK), SILK]).concealed).toEqual([{ start: 0, end: 960 }]);
  });

  it("keep silences apart that lie over a second apart", () => {
    const loud = new Array<readonly number[]>(60).fill(CELT);
    expect(one([QUIET(CELT), ...loud, QUIET(CELT)]).concealed).toEqual([
      { start: 0, end: 960 },
      { start: 61 * 960, end: 62 * 960 },
    ]);
  });

  it("of packets that no decoder accepts count as holes, not as runs", () => {
    const broken = [0x0b, 0x41, 99, 1];
    const found = one([CELT, CELT, broken, CELT]);
    expect(ranges(found)).toEqual([[1920, 2880, "packet that no decoder accepts"]]);
    expect(found.runPos.join()).toBe("0");
    expect(found.samplePos[2]).toBe(0);
    expect(found.totalSamples).toBe(4 * 960);
  });
});

describe("files without an answer", () => {
  const vorbis = page({
    sequence: 0,
    granule: 0,
    packets: [[1, ...new TextEncoder().encode("vorbis")]],
    flags: PAGE_BOS,
  });

  it.each([
    ["empty", new Uint8Array(), /expected an Opus stream \(a page with OpusHead\), found none/],
    ["of text", new TextEncoder().encode("OggS is the name of the pattern. ".repeat(99)), /found none/],
    ["of another codec", concat([vorbis, page({ sequence: 1, granule: 0 })]), /found none/],
    ["of headers only", concat([head(), tags()]), /expected audio packets, found only headers/],
    ["without its first page", concat([tags(), ...seconds(2)]), /found none/],
  ])("%s are refused by a typed error", (_, bytes, message) => {
    expect(() => indexOf(bytes)).toThrow(message);
    try {
      indexOf(bytes);
    } catch (error) {
      expect(isOpusZarrError(error, "format")).toBe(true);
    }
  });
});
