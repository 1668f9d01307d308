import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRiff } from "../../src/metadata/riff.js";
import { type ByteSource, memorySource } from "../../src/source/byte-source.js";
import { openFile } from "../../src/source/file.js";
import { chunk, haveRecordings, infoBody, recordingPath, riffOf, wavBytes } from "./wav-fixture.js";

const read = (bytes: Uint8Array) => readRiff(memorySource(bytes));

function counting(source: ByteSource): ByteSource & { bytes: number } {
  const counted = {
    byteLength: source.byteLength,
    bytes: 0,
    read: async (start: number, end: number) => {
      const found = await source.read(start, end);
      counted.bytes += found.length;
      return found;
    },
  };
  return counted;
}

function bextBody(): Uint8Array {
  const body = Buffer.alloc(610);
  body.write("a dawn chorus", 0);
  body.write("TASCAM DR-05X", 256);
  body.write("2025-04-10", 320);
  body.write("17:53:05", 330);
  body.writeBigUInt64LE(96000n, 338);
  body.write("A=PCM", 602);
  return body;
}

describe("readRiff", () => {
  it("reads format, frames, INFO, GUANO and bext wherever they stand", async () => {
    const riff = await read(
      wavBytes({
        sampleRateHz: 250000,
        channels: 2,
        frames: 10,
        before: [["bext", bextBody()]],
        after: [
          ["LIST", infoBody({ ICMT: "odd", IART: "AudioMoth X" })],
          ["guan", "GUANO|Version: 1.0\nNote: hallo"],
        ],
      }),
    );
    expect(riff).toMatchObject({
      form: "RIFF",
      frames: 10,
      format: { formatTag: 1, channels: 2, sampleRateHz: 250000, bitsPerSample: 16, channelMask: null },
      info: { ICMT: "odd", IART: "AudioMoth X" },
      guano: "GUANO|Version: 1.0\nNote: hallo",
      bext: {
        originator: "TASCAM DR-05X",
        originationTime: "17:53:05",
        timeReference: 96000,
        codingHistory: "A=PCM",
      },
      chunks: ["fmt ", "bext", "data", "LIST", "guan"],
      warnings: [],
    });
  });

  it("reads headers and small chunks only", async () => {
    const source = counting(memorySource(wavBytes({ frames: 500_000, after: [["guan", "a: b"]] })));
    expect((await readRiff(source))?.guano).toBe("a: b");
    expect(source.bytes).toBeLessThan(200);
  });

  it("is null for what is no WAV file", async () => {
    expect(await read(new Uint8Array(0))).toBeNull();
    expect(await read(Buffer.from("OggS............"))).toBeNull();
    expect(await read(Buffer.from("RIFF\0\0\0\0AVI "))).toBeNull();
  });

  it("RF64: takes the size of the samples from ds64", async () => {
    const ds64 = Buffer.alloc(28);
    ds64.writeBigUInt64LE(20n, 8);
    const wav = wavBytes({ frames: 10 });
    const body = riffOf(
      [
        chunk("ds64", ds64),
        wav.slice(12, 36),
        chunk("data", new Uint8Array(20), 0xffffffff),
        chunk("guan", "a: b"),
      ],
      "RF64",
    );
    expect(await read(body)).toMatchObject({ form: "RF64", frames: 10, guano: "a: b", warnings: [] });
  });

  it("a recorder that lost power: an open or too large size means all that is there", async () => {
    const format = wavBytes({}).slice(12, 36);
    for (const declared of [0xffffffff, 0]) {
      const open = await read(riffOf([format, chunk("data", new Uint8Array(2000), declared)]));
      expect(open).toMatchObject({ frames: 1000, data: { declaredBytes: null } });
      expect(open?.warnings[0]).toMatch(/leaves open/);
    }
    const cut = await read(riffOf([format, chunk("data", new Uint8Array(2000), 5000)]));
    expect(cut).toMatchObject({ frames: 1000, data: { declaredBytes: 5000, byteLength: 2000 } });
    expect(cut?.warnings[0]).toMatch(/2000 of 5000/);
  });

  it("an empty data chunk before others is empty", async () => {
    const riff = await read(wavBytes({ frames: 0, after: [["LIST", infoBody({ ICMT: "x" })]] }));
    expect(riff).toMatchObject({ frames: 0, info: { ICMT: "x" } });
  });

  it("finds a chunk that follows an odd one without padding", async () => {
    const odd = chunk("junk", "abc").slice(0, 11);
    const riff = await read(riffOf([wavBytes({}).slice(12, 36), odd, chunk("guan", "a: b")]));
    expect(riff?.guano).toBe("a: b");
  });

  it("extensible formats: speakers and the format inside the GUID", async () => {
    const body = Buffer.alloc(40);
    body.writeUInt16LE(0xfffe, 0);
    body.writeUInt16LE(8, 2);
    body.writeUInt32LE(48000, 4);
    body.writeUInt16LE(32, 12);
    body.writeUInt16LE(32, 14);
    body.writeUInt32LE(0x63f, 20);
    body.writeUInt16LE(3, 24);
    const riff = await read(riffOf([chunk("fmt ", body), chunk("data", new Uint8Array(64))]));
    expect(riff).toMatchObject({ frames: 2, format: { formatTag: 3, channels: 8, channelMask: 0x63f } });
  });

  it("text in Windows-1252 and a field named __proto__ are text and field like others", async () => {
    const info = Buffer.concat([Buffer.from("INFO"), chunk("ICMT", Buffer.from([0xfc, 0x62, 0x65, 0x72]))]);
    expect((await read(wavBytes({ after: [["LIST", info]] })))?.info).toEqual({ ICMT: "über" });
  });

  it("hostile sizes: no crash, no reading past the end, no large allocation", async () => {
    const base = wavBytes({
      frames: 20,
      before: [["LIST", infoBody({ ICMT: "c" })]],
      after: [["guan", "a: b"]],
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(base.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
        fc.nat(base.length),
        async (changes, length) => {
          const bytes = base.slice(0, length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const riff = await read(bytes);
          if (riff?.data)
            expect(riff.data.byteOffset + riff.data.byteLength).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.skipIf(!haveRecordings)("real recordings (skipped without ../shared/recordings)", async () => {
    const expected: [string, number, number][] = [
      ["audiomoth_2018_1min.wav", 32000, 1_920_000],
      ["audiomoth_2020_15s.wav", 32000, 479_022],
      ["audiomoth_2024_gps_2s.wav", 48000, 95_999],
      ["S4A03895_20190522_000000.wav", 22000, 220_000],
      ["spinetail.wav", 44100, 861_799],
    ];
    for (const [name, rate, frames] of expected) {
      const file = await openFile(recordingPath(name));
      const riff = await readRiff(file);
      await file.close();
      expect([name, riff?.format?.sampleRateHz, riff?.frames]).toEqual([name, rate, frames]);
    }
  });
});

describe("openFile", () => {
  it("names what is wrong: nothing there, or no file", async () => {
    await expect(openFile("/nowhere/at/all.wav")).rejects.toMatchObject({ kind: "not-found" });
    await expect(openFile("/")).rejects.toMatchObject({ kind: "argument" });
  });
});
