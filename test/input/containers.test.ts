import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { openCaf } from "../../src/input/containers/caf.js";
import { openMatroska } from "../../src/input/containers/matroska.js";
import { openMp4 } from "../../src/input/containers/mp4.js";
import { type OpusTrack, remux, UnreadableTrack } from "../../src/input/containers/track.js";
import { type ByteSource, memorySource } from "../../src/source/byte-source.js";
import { collect, ffmpeg, haveFfmpeg, readAll, takeApart, temporary, writeTones } from "./fixtures.js";

const dir = temporary();
afterAll(dir.remove);

/** An EBML element with an 8-byte size; `open` leaves the size unknown. */
function element(id: number, payload: Uint8Array | Uint8Array[], open = false): Uint8Array {
  const body = Array.isArray(payload) ? Buffer.concat(payload) : payload;
  const name = Buffer.from(id.toString(16).padStart(id > 0xffff ? 8 : id > 0xff ? 4 : 2, "0"), "hex");
  const size = Buffer.alloc(8, 0xff);
  size[0] = 1;
  if (!open) size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n));
  return Buffer.concat([name, size, body]);
}

/** A block of track 1 with its lacing. */
function block(lacing: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x81, 0, 0, lacing << 1), payload]);
}

const packet = (size: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(size).fill(fill);
  bytes[0] = 0xf8; // 20 ms CELT, one frame
  return bytes;
};

function matroska(clusters: Uint8Array[], codecPrivate?: Uint8Array): Uint8Array {
  const entry = element(0xae, [
    element(0xd7, Uint8Array.of(1)),
    element(0x83, Uint8Array.of(2)),
    element(0x86, Buffer.from("A_OPUS")),
    element(0x56aa, Uint8Array.of(0x63, 0x2e, 0xa0)), // 6.5 ms
    element(0xe1, element(0x9f, Uint8Array.of(1))),
    ...(codecPrivate === undefined ? [] : [element(0x63a2, codecPrivate)]),
  ]);
  const tags = element(0x1254c367, [
    element(0x7373, [
      element(0x67c8, [element(0x45a3, Buffer.from("TITLE")), element(0x4487, Buffer.from("dawn"))]),
    ]),
  ]);
  const tracks = element(0x1654ae6b, entry);
  return Buffer.concat([
    element(0x1a45dfa3, new Uint8Array(3)),
    element(0x18538067, [tags, tracks, ...clusters], true),
  ]);
}

const PACKETS = [packet(10, 1), packet(300, 2), packet(255, 3), packet(12, 4)];

describe("Opus in Matroska, built by hand", () => {
  it("all lacings, clusters of unknown size, another track in between", async () => {
    const xiph = Buffer.concat([Uint8Array.of(3, 10, 255, 45, 255, 0), ...PACKETS]);
    // First size, then differences: +290 in two bytes, −45 in one.
    const ebml = Buffer.concat([Uint8Array.of(3, 0x80 | 10, 0x61, 0x21, 0x80 | (63 - 45)), ...PACKETS]);
    const fixed = Buffer.concat([Uint8Array.of(1), packet(20, 5), packet(20, 6)]);
    const foreign = Buffer.concat([Uint8Array.of(0x82, 0, 0, 0), packet(9, 9)]);
    const file = matroska([
      element(0x1f43b675, [element(0xe7, Uint8Array.of(0)), element(0xa3, block(1, xiph))], true),
      element(0x1f43b675, [element(0xa3, foreign), element(0xa3, block(3, ebml))], true),
      element(0x1f43b675, [
        element(0xa3, block(2, fixed)),
        element(0xa0, element(0xa1, block(0, packet(33, 7)))),
      ]),
    ]);
    const track = (await openMatroska(memorySource(file))) as OpusTrack;
    const ogg = takeApart(await collect(remux(track)));
    const expected = [...PACKETS, ...PACKETS, packet(20, 5), packet(20, 6), packet(33, 7)];
    expect(ogg.packets.map((p) => Buffer.from(p).toString("hex"))).toEqual(
      expected.map((p) => Buffer.from(p).toString("hex")),
    );
    expect(ogg.head).toMatchObject({ channels: 1, preSkip: 312 });
    expect(track.comments).toEqual([["TITLE", "dawn"]]);
    expect(track.warnings).toEqual([]);
  });

  it("discard padding cuts the end to the sample", async () => {
    const discardNs = Math.round((500 / 48000) * 1e9);
    const padding = Buffer.alloc(8);
    padding.writeBigInt64BE(BigInt(discardNs));
    const group = element(0xa0, [element(0xa1, block(0, packet(40, 1))), element(0x75a2, padding)]);
    const file = matroska([element(0x1f43b675, [element(0xa3, block(0, packet(40, 2))), group])]);
    const track = (await openMatroska(memorySource(file))) as OpusTrack;
    expect(takeApart(await collect(remux(track))).samples).toBe(2 * 960 - 312 - 500);
  });

  it("damage costs what it hits: the next cluster is found", async () => {
    const cluster = (fill: number): Uint8Array =>
      element(0x1f43b675, element(0xa3, block(0, packet(50, fill))));
    const whole = [cluster(1), cluster(2), cluster(3)];
    const file = matroska(whole);
    const second = Buffer.from(file).indexOf(whole[1] as Uint8Array);
    file.fill(0, second, second + 20);
    const track = (await openMatroska(memorySource(file))) as OpusTrack;
    const ogg = takeApart(await collect(remux(track)));
    expect(ogg.packets.map((p) => p[1])).toEqual([1, 3]);
    expect(track.warnings).toEqual([expect.stringMatching(/no whole element at byte \d+: the next cluster/)]);
  });

  it("is null without an Opus track, and left to ffmpeg where blocks are compressed", async () => {
    const vorbis = Buffer.from(matroska([])).toString("latin1").replace("A_OPUS", "A_AAAA");
    expect(await openMatroska(memorySource(Buffer.from(vorbis, "latin1")))).toBeNull();
    const entry = element(0xae, [element(0x86, Buffer.from("A_OPUS")), element(0x6d80, new Uint8Array(2))]);
    await expect(openMatroska(memorySource(element(0x1654ae6b, entry)))).rejects.toBeInstanceOf(
      UnreadableTrack,
    );
  });
});

describe("Opus in CAF, built by hand as Apple writes it", () => {
  it("priming becomes pre-skip, the remainder is cut", async () => {
    const chunk = (type: string, body: Uint8Array): Uint8Array => {
      const head = Buffer.alloc(12);
      head.write(type, "latin1");
      head.writeBigInt64BE(BigInt(body.length), 4);
      return Buffer.concat([head, body]);
    };
    const desc = Buffer.alloc(32);
    desc.writeDoubleBE(48000, 0);
    desc.write("opus", 8);
    desc.writeUInt32BE(960, 20);
    desc.writeUInt32BE(1, 24);
    const pakt = Buffer.alloc(24);
    pakt.writeBigInt64BE(4n, 0);
    pakt.writeBigInt64BE(3000n, 8);
    pakt.writeInt32BE(312, 16);
    pakt.writeInt32BE(4 * 960 - 312 - 3000, 20);
    const sizes = Uint8Array.of(10, 0x82, 0x2c, 0x81, 0x7f, 12);
    const file = Buffer.concat([
      Buffer.from("caff\0\x01\0\0", "latin1"),
      chunk("desc", desc),
      chunk("info", Buffer.from("\0\0\0\x01title\0dawn\0", "latin1")),
      chunk("pakt", Buffer.concat([pakt, sizes])),
      chunk("data", Buffer.concat([new Uint8Array(4), ...PACKETS])),
    ]);
    const track = (await openCaf(memorySource(file))) as OpusTrack;
    const ogg = takeApart(await collect(remux(track)));
    expect([ogg.samples, ogg.head.preSkip, track.comments]).toEqual([3000, 312, [["title", "dawn"]]]);
    expect(ogg.packets.map((p) => p.length)).toEqual(PACKETS.map((p) => p.length));
  });
});

describe.skipIf(!haveFfmpeg)("Opus in containers written by ffmpeg (skipped without it)", () => {
  const WAYS: [name: string, ...options: string[]][] = [
    ["a.webm"],
    ["b.mkv"],
    ["c.mkv", "-f", "matroska", "-live", "1", "-cluster_time_limit", "100"],
    ["d.mp4"],
    ["e.mp4", "-movflags", "frag_keyframe+empty_moov", "-frag_duration", "300000"],
    ["f.mp4", "-movflags", "faststart"],
    ["g.mp4", "-movflags", "empty_moov+default_base_moof+frag_every_frame"],
    ["h.mp4", "-movie_timescale", "48000"],
  ];
  const files = new Map<string, Uint8Array>();
  beforeAll(() => {
    writeTones(dir.path("s.wav"), { sampleRateHz: 48000, frames: 123_456, channels: 2 });
    ffmpeg("-i", dir.path("s.wav"), "-c:a", "libopus", "-b:a", "64k", dir.path("s.opus"));
    for (const [name, ...options] of WAYS) {
      ffmpeg("-i", dir.path("s.opus"), "-c", "copy", ...options, dir.path(name));
      files.set(name, readFileSync(dir.path(name)));
    }
    ffmpeg("-i", dir.path("s.opus"), "-c", "copy", dir.path("i.caf"));
  });

  it.each(WAYS)("%s: packets as they were, duration right to the sample", async (name) => {
    const { source, bytes } = await readAll(dir.path(name));
    const before = takeApart(readFileSync(dir.path("s.opus")));
    const after = takeApart(bytes);
    expect(source).toMatchObject({ kind: "remux", transcoded: null, sampleRate: 48000 });
    expect([after.samples, after.head.preSkip, after.head.channels]).toEqual([123_456, 312, 2]);
    expect(after.packets.length).toBe(before.packets.length);
    expect(Buffer.compare(Buffer.concat(after.packets), Buffer.concat(before.packets))).toBe(0);
    expect(after.longestPage).toBeLessThanOrEqual(48_000);
    expect(source.summary().warnings).toEqual([]);
  });

  it("i.caf: packets as they were; ffmpeg writes neither priming nor remainder", async () => {
    const { source, bytes } = await readAll(dir.path("i.caf"));
    const before = takeApart(readFileSync(dir.path("s.opus")));
    expect(source.kind).toBe("remux");
    expect(Buffer.compare(Buffer.concat(takeApart(bytes).packets), Buffer.concat(before.packets))).toBe(0);
  });

  it("decodes to the same samples as before", async () => {
    const decoded = (path: string): Buffer => ffmpeg("-i", path, "-f", "s16le", "pipe:1");
    for (const name of ["a.webm", "d.mp4"]) {
      writeFileSync(dir.path("again.opus"), (await readAll(dir.path(name))).bytes);
      expect(Buffer.compare(decoded(dir.path("again.opus")), decoded(dir.path("s.opus")))).toBe(0);
    }
  });

  it("5.1 and its mapping, from WebM and MP4", async () => {
    ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "sine=d=1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0",
      "-c:a",
      "libopus",
      dir.path("51.opus"),
    );
    const before = takeApart(readFileSync(dir.path("51.opus"))).head;
    for (const name of ["51.webm", "51.mp4"]) {
      ffmpeg("-i", dir.path("51.opus"), "-c", "copy", dir.path(name));
      const { mapping, channels } = takeApart((await readAll(dir.path(name))).bytes).head;
      expect({ mapping, channels }).toEqual({ mapping: before.mapping, channels: before.channels });
    }
  });

  it("sound beside video: the Opus track is taken", async () => {
    const path = dir.path("av.webm");
    ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "testsrc=d=1:s=64x64",
      "-i",
      dir.path("s.opus"),
      "-c:v",
      "libvpx",
      "-c:a",
      "copy",
      path,
    );
    expect(takeApart((await readAll(path)).bytes).samples).toBe(123_456);
  });

  it("other sound in the same containers goes to ffmpeg", async () => {
    ffmpeg("-i", dir.path("s.wav"), "-c:a", "libvorbis", dir.path("v.webm"));
    ffmpeg("-i", dir.path("s.wav"), "-c:a", "aac", dir.path("a.m4a"));
    expect((await readAll(dir.path("v.webm"))).source.kind).toBe("transcode");
    expect((await readAll(dir.path("a.m4a"))).source.kind).toBe("transcode");
  });

  it("cut short: what is there is kept, and said", async () => {
    for (const name of ["a.webm", "e.mp4", "f.mp4"]) {
      const bytes = files.get(name) as Uint8Array;
      writeFileSync(dir.path(`cut-${name}`), bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const { source, bytes: ogg } = await readAll(dir.path(`cut-${name}`));
      expect(takeApart(ogg).samples).toBeGreaterThan(40_000);
      if (name !== "e.mp4") expect(source.summary().warnings.length).toBeGreaterThan(0);
    }
  });

  it("damage anywhere: no crash, no endless stream, nothing but pages that hold", {
    timeout: 120_000,
  }, async () => {
    const openers: [string, (source: ByteSource) => Promise<OpusTrack | null>][] = [
      ["a.webm", openMatroska],
      ["d.mp4", openMp4],
      ["e.mp4", openMp4],
      ["i.caf", openCaf],
    ];
    files.set("i.caf", readFileSync(dir.path("i.caf")));
    for (const [name, open] of openers) {
      const whole = files.get(name) as Uint8Array;
      // Where structure is dense: the first and the last kilobytes, and anywhere.
      const place = fc.oneof(
        fc.nat(1500),
        fc.nat(1500).map((n) => whole.length - 1 - n),
        fc.nat(whole.length - 1),
      );
      const change = fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
          const bytes = whole.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const track = await open(memorySource(bytes));
            if (track === null) return;
            const ogg = await collect(remux(track));
            expect(ogg.length).toBeLessThan(2 * whole.length + 65_536);
            if (ogg.length > 0) takeApart(ogg);
          } catch (error) {
            const expected =
              isOpusZarrError(error) || error instanceof UnreadableTrack || error instanceof RangeError;
            if (!expected) throw error;
          }
        }),
        { numRuns: 200 },
      );
    }
  });
});
