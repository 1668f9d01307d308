import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { runFfmpeg } from "../../src/input/ffmpeg.js";
import { openOpusStream } from "../../src/input/open.js";
import { transcode } from "../../src/input/transcode.js";
import { haveRecordings, infoBody, recordingPath, wavBytes } from "../metadata/wav-fixture.js";
import {
  collect,
  decode,
  ffmpeg,
  haveFfmpeg,
  readAll,
  takeApart,
  temporary,
  tone,
  writeTones,
} from "./fixtures.js";

const dir = temporary();
afterAll(dir.remove);

describe.skipIf(!haveFfmpeg)("transcoding (skipped without ffmpeg)", () => {
  it.each([
    [8000, 1],
    [8000, 12345],
    [11025, 100],
    [22000, 50001],
    [22050, 31],
    [32000, 48648],
    [44100, 1],
    [44100, 50001],
    [47999, 48648],
    [48000, 1],
    [48000, 50001],
  ])("%i Hz, %i samples: the duration is right to the sample", async (sampleRateHz, frames) => {
    const path = dir.path(`r${sampleRateHz}-${frames}.wav`);
    writeTones(path, { sampleRateHz, frames });
    const { source, bytes } = await readAll(path);
    const ogg = takeApart(bytes);
    const expected = Math.round((frames * 48000) / sampleRateHz);
    expect(ogg.samples).toBe(expected);
    expect(ogg.packets.length).toBe(Math.ceil((expected + ogg.head.preSkip) / 960));
    expect(ogg.lastFlags & 4).toBe(4);
    expect(source).toMatchObject({
      kind: "transcode",
      sampleRate: 48000,
      samplingRescaleFactor: 1,
      transcoded: { source_codec: "pcm_s16le", source_rate: sampleRateHz, source_channels: 1 },
    });
    expect(source.transcoded?.ffmpeg).toMatch(/^\S+$/);
    expect(source.summary()).toEqual({ sourceSamples: frames, warnings: [] });
  });

  it.each([50_000, 192_000, 250_000, 256_000, 384_000, 500_000])(
    "%i Hz: every sample is kept, as though at 48 kHz",
    async (sampleRateHz) => {
      const path = dir.path(`u${sampleRateHz}.wav`);
      writeTones(path, { sampleRateHz, frames: 50_001, hz: () => sampleRateHz / 10 });
      const { source, bytes } = await readAll(path);
      expect(takeApart(bytes).samples).toBe(50_001);
      expect(source.sampleRate).toBe(sampleRateHz);
      expect(source.samplingRescaleFactor).toBe(sampleRateHz / 48000);
      expect(source.transcoded?.source_rate).toBe(sampleRateHz);
      const opus = dir.path("u.opus");
      writeFileSync(opus, bytes);
      // A tenth of the rate stays a tenth of the rate, in place to a hundredth of a sample.
      const heard = tone(decode(opus), 4800, { from: 10_000, to: 40_000 });
      expect(heard.amplitude).toBeCloseTo(0.5, 1);
      expect(Math.abs(heard.phase)).toBeLessThan(0.006);
    },
  );

  it("sound keeps its place: no shift by resampling or encoding", async () => {
    for (const sampleRateHz of [22000, 44100]) {
      const path = dir.path("phase.wav");
      writeTones(path, { sampleRateHz, frames: 3 * sampleRateHz, hz: () => 1000 });
      writeFileSync(dir.path("phase.opus"), (await readAll(path)).bytes);
      const samples = decode(dir.path("phase.opus"));
      expect(samples.length).toBe(144_000);
      for (const [from, to] of [
        [4800, 48_000],
        [96_000, 139_200],
      ] as const) {
        const heard = tone(samples, 1000, { from, to });
        expect(heard.amplitude).toBeCloseTo(0.5, 1);
        expect(Math.abs(heard.phase)).toBeLessThan(0.006);
      }
    }
  });

  it("8 channels that name no speakers stay apart and in order", async () => {
    const path = dir.path("eight.wav");
    const hz = (c: number): number => 500 + 700 * c;
    writeTones(path, { sampleRateHz: 44100, frames: 44_101, channels: 8, hz });
    const { source, bytes } = await readAll(path);
    const ogg = takeApart(bytes);
    expect(ogg.samples).toBe(Math.round((44_101 * 48000) / 44100));
    expect(ogg.head.mapping).toEqual({
      family: 255,
      streams: 8,
      coupled: 0,
      table: [0, 1, 2, 3, 4, 5, 6, 7],
    });
    expect(source.transcoded?.source_channels).toBe(8);
    expect(source.transcoded?.arguments.join(" ")).toContain("-b:a 640k");
    writeFileSync(dir.path("eight.opus"), bytes);
    const samples = decode(dir.path("eight.opus"));
    for (let c = 0; c < 8; c++) {
      expect(tone(samples, hz(c), { channel: c, channels: 8, from: 9600, to: 38_400 }).amplitude).toBeCloseTo(
        0.5,
        1,
      );
    }
  });

  it.each(["3.0", "quad", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.1", "7.1"])(
    "speakers of a %s WAV file stay whole and in order",
    async (layout) => {
      const path = dir.path("surround.wav");
      const count = { "3.0": 3, quad: 4, "6.1": 7, "7.1": 8 }[layout] ?? (layout.startsWith("5.0") ? 5 : 6);
      const hz = (c: number): number => 300 + 150 * c;
      const tones = Array.from({ length: count }, (_, c) => `0.5*sin(2*PI*${hz(c)}*t)`).join("|");
      ffmpeg("-f", "lavfi", "-i", `aevalsrc=${tones}:c=${layout}:s=48000:d=1`, "-c:a", "pcm_s16le", path);
      const { bytes } = await readAll(path, { bitrateKbps: 128 * count });
      expect(takeApart(bytes).head).toMatchObject({ channels: count, mapping: { family: 255 } });
      writeFileSync(dir.path("surround.opus"), bytes);
      const samples = decode(dir.path("surround.opus"));
      for (let c = 0; c < count; c++) {
        const heard = tone(samples, hz(c), { channel: c, channels: count, from: 9600, to: 38_400 });
        expect([layout, c, Math.round(heard.amplitude * 10)]).toEqual([layout, c, 5]);
      }
    },
  );

  it("more than 8 channels: each one of its own", async () => {
    const path = dir.path("sixteen.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 5000, channels: 16 });
    const ogg = takeApart((await readAll(path)).bytes);
    expect(ogg.head).toMatchObject({ channels: 16, mapping: { family: 255, streams: 16 } });
    expect(ogg.samples).toBe(5000);
    writeTones(path, { sampleRateHz: 48000, frames: 100, channels: 65 });
    await expect(readAll(path)).rejects.toMatchObject({
      kind: "format",
      message: expect.stringMatching(/at most 64 channels/),
    });
  });

  it("24 bits and floating point, and other lossless files, keep their duration", async () => {
    const wav = dir.path("lossless.wav");
    writeTones(wav, { sampleRateHz: 44100, frames: 44_568 });
    const made: [string, ...string[]][] = [
      ["a.flac"],
      ["b.wav", "-c:a", "pcm_s24le"],
      ["c.wav", "-c:a", "pcm_f32le"],
      ["d.aiff"],
      ["e.w64"],
      ["f.m4a", "-c:a", "alac"],
      ["g.wv"],
      ["h.au"],
      ["i.caf"],
      ["j.mka", "-c:a", "flac"],
      ["k.oga", "-c:a", "flac"],
      ["rf64.wav", "-rf64", "always"],
    ];
    for (const [name, ...options] of made) {
      const path = dir.path(name);
      ffmpeg("-i", wav, ...options, path);
      const { source, bytes } = await readAll(path);
      expect([name, takeApart(bytes).samples, source.kind]).toEqual([name, 48_509, "transcode"]);
    }
  });

  it("an ultrasonic FLAC file, whose rate shows only when ffmpeg has opened it", async () => {
    const wav = dir.path("bat.wav");
    writeTones(wav, { sampleRateHz: 192_000, frames: 30_001 });
    ffmpeg("-i", wav, dir.path("bat.flac"));
    const { source, bytes } = await readAll(dir.path("bat.flac"));
    expect([takeApart(bytes).samples, source.sampleRate, source.format]).toEqual([30_001, 192_000, "flac"]);
  });

  it("lossy files", async () => {
    const wav = dir.path("lossy.wav");
    writeTones(wav, { sampleRateHz: 44100, frames: 44_100 });
    for (const name of ["a.mp3", "b.m4a", "c.ogg", "d.aac"]) {
      const path = dir.path(name);
      ffmpeg("-i", wav, "-metadata", "title=a title", path);
      const { source, bytes } = await readAll(path);
      // Encoders put silence around the sound; only the best formats say how much.
      expect(Math.abs(takeApart(bytes).samples - 48_000)).toBeLessThan(5000);
      if (name !== "d.aac") expect(JSON.stringify(source.tags).toLowerCase()).toContain('"title":"a title"');
    }
  });

  it("the same file and options give the same bytes", async () => {
    const path = dir.path("same.wav");
    writeTones(path, { sampleRateHz: 32000, frames: 40_000, channels: 2 });
    const first = (await readAll(path)).bytes;
    expect(Buffer.compare(first, (await readAll(path)).bytes)).toBe(0);
    expect(Buffer.compare(first, (await readAll(path, { bitrateKbps: 64 })).bytes)).not.toBe(0);
  });

  it("options: bit rate, constant bit rate, application", async () => {
    const path = dir.path("rate.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 96_000 });
    const { source, bytes } = await readAll(path, { bitrateKbps: 96, vbr: "off", application: "lowdelay" });
    const sizes = new Set(takeApart(bytes).packets.map((p) => p.length));
    expect([...sizes]).toEqual([240]);
    expect(source.transcoded?.arguments.join(" ")).toContain("-b:a 96k -vbr off -application lowdelay");
    for (const bad of [
      { bitrateKbps: 1 },
      { bitrateKbps: Number.NaN },
      { vbr: "maybe" },
      { application: "x" },
    ]) {
      await expect(openOpusStream(path, bad as never)).rejects.toMatchObject({ kind: "argument" });
    }
  });

  it("a bit rate that is too much for so few channels", async () => {
    const path = dir.path("much.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 4_800 });
    await expect(readAll(path, { bitrateKbps: 320 })).rejects.toThrow(
      /expected at most 256 for 1 channel, got 320/,
    );
    writeTones(path, { sampleRateHz: 48000, frames: 4_800, channels: 2 });
    await expect(readAll(path, { bitrateKbps: 320 })).resolves.toBeDefined();
  });

  it("phase inversion is off", async () => {
    const path = dir.path("stereo.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 9600, channels: 2 });
    const { source } = await readAll(path);
    expect(source.transcoded?.arguments.join(" ")).toContain("-apply_phase_inv 0");
  });

  it("metadata of a WAV file stand beside its stream and in its comments", async () => {
    const comment =
      "Recorded at 10:00:00 28/05/2024 (UTC+2) by AudioMoth 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C.";
    const path = dir.path("20000101_000000.WAV");
    writeFileSync(path, wavBytes({ frames: 1000, after: [["LIST", infoBody({ ICMT: comment })]] }));
    const { source, bytes } = await readAll(path);
    expect(source.startTime).toMatchObject({ utc: "2024-05-28T08:00:00Z", origin: "AudioMoth comment" });
    expect(source.tags).toEqual({ ICMT: comment });
    expect(Buffer.from(bytes).includes(`DESCRIPTION=${comment}`)).toBe(true);
  });

  it("arguments name the file, not where it lies", async () => {
    const path = dir.path("where.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 100 });
    const record = (await readAll(path)).source.transcoded;
    expect(record?.arguments).toContain("file:where.wav");
    expect(JSON.stringify(record)).not.toContain(dir.path(""));
  });
});

describe.skipIf(!haveFfmpeg || !haveRecordings)(
  "real recordings (skipped without ffmpeg or recordings)",
  () => {
    it.each([
      ["S4A03895_20190522_000000.wav", 480_000, null],
      ["audiomoth_2018_1min.wav", 2_880_000, "2018-05-04T09:32:00Z"],
      ["audiomoth_2020_15s.wav", 718_533, "2020-04-04T10:25:00Z"],
      ["audiomoth_2024_gps_2s.wav", 95_999, "2024-05-28T10:00:00Z"],
      ["great_plains_toad.wav", 2_139_424, undefined],
      ["rugr_drum.wav", 480_000, undefined],
      ["spinetail.wav", 938_013, undefined],
      ["silence_10s.mp3", 480_000, undefined],
    ])("%s", async (name, samples, utc) => {
      const { source, bytes } = await readAll(recordingPath(name));
      expect([takeApart(bytes).samples, source.startTime?.utc, source.summary().warnings]).toEqual([
        samples,
        utc,
        [],
      ]);
    });

    it("an Opus file is copied as it stands", async () => {
      const { source, bytes } = await readAll(recordingPath("S4A03895_20190522_day.opus"));
      expect(source).toMatchObject({
        kind: "copy",
        format: "ogg-opus",
        file: { byteLength: bytes.length },
        transcoded: null,
      });
      expect(takeApart(bytes).samples).toBe(46_080_000);
    });
  },
);

describe.skipIf(!haveFfmpeg)("what cannot be transcoded (skipped without ffmpeg)", () => {
  it("files without sound, with reasons", async () => {
    const files: [string, Uint8Array | string, RegExp][] = [
      ["empty.wav", "", /is empty/],
      ["text.wav", "just a text\n", /is text/],
      ["none.wav", wavBytes({ frames: 0 }), /holds no samples/],
      [
        "noise.wav",
        Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255),
        /cannot read it|no audio/,
      ],
      ["head.wav", wavBytes({ frames: 100 }).slice(0, 30), /cannot read it|no audio|no samples/],
      [
        "picture.wav",
        Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), Buffer.alloc(99)]),
        /no sound of a known kind|cannot read it/,
      ],
      ["playlist.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.wav\n", /is text/],
    ];
    for (const [name, content, message] of files) {
      writeFileSync(dir.path(name), content);
      await expect(readAll(dir.path(name)), name).rejects.toMatchObject({
        kind: "format",
        message: expect.stringMatching(message),
      });
    }
  });

  it("a sample rate that only a damaged header names", async () => {
    const path = dir.path("slow.wav");
    writeFileSync(path, wavBytes({ sampleRateHz: 1, frames: 100_000 }));
    const message = expect.stringMatching(/expected 1000 Hz or more, got 1 Hz/);
    await expect(readAll(path)).rejects.toMatchObject({ kind: "format", message });
  });

  it("damage anywhere: a stream that holds or a typed error, never a crash", async () => {
    const wav = dir.path("fuzz.wav");
    writeTones(wav, { sampleRateHz: 44100, frames: 20_000 });
    ffmpeg("-i", wav, dir.path("fuzz.flac"));
    ffmpeg("-i", wav, dir.path("fuzz.mp3"));
    for (const name of ["fuzz.wav", "fuzz.flac", "fuzz.mp3"]) {
      const whole = readFileSync(dir.path(name));
      const place = fc.oneof(fc.nat(60), fc.nat(whole.length - 1));
      const change = fc.tuple(place, fc.nat(255));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(dir.path(`damaged-${name}`), bytes);
          const result = await readAll(dir.path(`damaged-${name}`)).catch((error: unknown) => error);
          if (result instanceof Error) expect(isOpusZarrError(result), String(result.stack)).toBe(true);
          else expect(takeApart((result as { bytes: Uint8Array }).bytes).samples).toBeGreaterThan(0);
        }),
        { numRuns: 25 },
      );
    }
  });

  it("video only", async () => {
    const path = dir.path("video.mp4");
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=0.2:s=64x64", path);
    await expect(readAll(path)).rejects.toMatchObject({
      kind: "format",
      message: expect.stringMatching(/no audio/),
    });
  });

  it("a damaged FLAC file is read as far as it goes, and says so", async () => {
    const wav = dir.path("whole.wav");
    const path = dir.path("damaged.flac");
    writeTones(wav, { sampleRateHz: 44100, frames: 441_000 });
    ffmpeg("-i", wav, path);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 3000);
    writeFileSync(path, bytes);
    const { source, bytes: ogg } = await readAll(path);
    expect(source.summary().warnings.length).toBeGreaterThan(0);
    const samples = source.summary().sourceSamples ?? 0;
    expect(takeApart(ogg).samples).toBe(Math.round((samples * 48000) / 44100));
  });

  it("a WAV file cut short gives what is there, and says so", async () => {
    const path = dir.path("cut.wav");
    writeFileSync(path, wavBytes({ frames: 48_000 }).slice(0, 44 + 2 * 30_000));
    const { source, bytes } = await readAll(path);
    expect(takeApart(bytes).samples).toBe(30_000);
    expect(source.summary().warnings).toEqual([expect.stringMatching(/cut short: 60000 of 96000/)]);
  });
});

describe.skipIf(!haveFfmpeg)("file names (skipped without ffmpeg)", () => {
  it.each([
    "-i.wav",
    "-y",
    "concat:a.wav|b.wav",
    "http:__example.wav",
    "pipe:0",
    "img%03d.wav",
    "a\nb.wav",
    "quote'\"`$(x);&.wav",
    "  spaces  ",
    "ünïcode-鳥.wav",
    "subfile,,start,0,end,9,,:x.wav",
    "data:audio,AAAA",
  ])("%j is but a name", async (name) => {
    const path = dir.path(name);
    writeTones(path, { sampleRateHz: 48000, frames: 777 });
    expect(takeApart((await readAll(path)).bytes).samples).toBe(777);
    const here = process.cwd();
    process.chdir(dir.path(""));
    try {
      expect(takeApart((await readAll(name)).bytes).samples).toBe(777);
    } finally {
      process.chdir(here);
    }
  });

  it("a path with NUL is refused", async () => {
    await expect(transcode("a\0b.wav")).rejects.toMatchObject({ kind: "argument" });
  });
});

describe("ffmpeg itself", () => {
  it("output that comes before the log names the stream is kept", async () => {
    const log = "[info]   Stream #0:0: Audio: pcm_s16le, 44100 Hz, mono, s16, 705 kb/s\n";
    const program = `process.stdout.write("head", () =>
      setTimeout(() => process.stderr.write(${JSON.stringify(log)}, () => process.stdout.write(" and rest")), 300))`;
    const run = await runFfmpeg(["-e", program], { ffmpegPath: process.execPath, need: "for this test" });
    await run.announced;
    expect(run.log.stream?.sampleRateHz).toBe(44100);
    const parts: Uint8Array[] = [];
    for await (const bytes of run.output) parts.push(bytes);
    await run.ended;
    expect(Buffer.concat(parts).toString()).toBe("head and rest");
  });

  it("missing: says how to get it", async () => {
    const path = dir.path("missing.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 100 });
    const attempt = openOpusStream(path, { ffmpegPath: dir.path("no-ffmpeg") });
    await expect(attempt).rejects.toMatchObject({
      kind: "dependency",
      message: expect.stringMatching(/no program .*apt-get install ffmpeg.*OPUS_ZARR_FFMPEG/),
    });
  });

  it.skipIf(process.platform === "win32")("not a program, or one that dies", async () => {
    const path = dir.path("dies.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 100 });
    writeFileSync(dir.path("plain"), "x");
    await expect(openOpusStream(path, { ffmpegPath: dir.path("plain") })).rejects.toMatchObject({
      kind: "dependency",
      message: expect.stringMatching(/cannot be run \(EACCES\)/),
    });
    writeFileSync(dir.path("killed"), "#!/bin/sh\nkill -9 $$\n", { mode: 0o755 });
    await expect(openOpusStream(path, { ffmpegPath: dir.path("killed") })).rejects.toMatchObject({
      kind: "dependency",
      message: expect.stringMatching(/ended by SIGKILL/),
    });
  });

  it.skipIf(!haveFfmpeg)("is ended when the reader goes, and when the signal says so", async () => {
    const path = dir.path("long.wav");
    writeTones(path, { sampleRateHz: 48000, frames: 48_000 * 60 });
    const early = await openOpusStream(path);
    for await (const _ of early.stream) break;
    await early.close();
    const closed = await openOpusStream(path);
    await closed.close();
    const abort = new AbortController();
    const cancelled = await openOpusStream(path, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(collect(cancelled.stream)).rejects.toThrow("enough");
    await cancelled.close();
    await expect(openOpusStream(path, { signal: abort.signal })).rejects.toThrow("enough");
  });
});
