/** ffmpeg as the decoder, against its own decode of whole files. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ExtractOptions,
  extractSegments,
  type Recording,
  type SegmentTensor,
} from "../../dist/index.js";
import { layoutKey } from "../../src/decode/decoder.js";
import { oggStream } from "../../src/decode/ffmpeg.js";
import { readPackets } from "../../src/ogg/packets.js";
import { parseOpusHead } from "../../src/opus/head.js";
import { cliJson, type Folder, temporaryFolder } from "../importer/tools.js";
import { haveFfmpeg } from "../input/fixtures.js";
import { type TestStream, testStream } from "../streams/streams.js";
import { differences, type Range, randomSegments } from "./comparison.js";
import { archiveOf, type StreamArchive } from "./streams.js";

/** What ffmpeg itself makes of these files is the whole recording, sample by sample. */
const PLAIN = ["celt-2.5ms", "celt-20ms", "silk-20ms", "hybrid-20ms", "stereo-modes", "long-pre-skip"];
/**
 * In these it puts channels into another order, rounds the gain otherwise, joins links as one, or leaves
 * holes out: they are compared with one ffmpeg for the whole.
 */
const OTHERS = [
  "celt-120ms",
  "stereo-celt",
  "surround-5.1",
  "cut-packets",
  "surround-5.1-mixed",
  "dtx-silk",
  "output-gain",
  "chained",
  "discrete-48-mixed",
  "holes-in-packets",
  "invalid-packets",
];

let streams: StreamArchive;
let folder: Folder;

beforeAll(async () => {
  streams = await archiveOf([...PLAIN, ...OTHERS].map(testStream));
  folder = temporaryFolder();
});
afterAll(() => {
  streams.remove();
  folder.remove();
});

function wholeOf(recording: Recording): Range[] {
  return [{ startSample: 0, endSample: recording.totalSamples }];
}

/** One ffmpeg for the whole recording, from its first packet to its last. */
async function inOneRun(recording: Recording): Promise<Float32Array[]> {
  const { data } = await extractSegments(recording, wholeOf(recording), {
    decoder: "ffmpeg",
    strategy: "segment",
  });
  const { totalSamples, channels } = recording;
  return Array.from({ length: channels }, (_, c) =>
    (data as Float32Array).slice(c * totalSamples, (c + 1) * totalSamples),
  );
}

/** The file by the ffmpeg command, as anybody would decode it. */
function byCommand(stream: TestStream): Float32Array[] {
  const args = "-v error -f ogg -i pipe:0 -f f32le pipe:1".split(" ");
  const { stdout } = spawnSync("ffmpeg", args, { input: stream.bytes, maxBuffer: 1 << 30 });
  const frames = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  const { channels } = stream;
  return Array.from({ length: channels }, (_, c) => frames.filter((__, i) => i % channels === c));
}

describe.skipIf(!haveFfmpeg)("decoder ffmpeg (skipped without it)", () => {
  const segmentsOf = (recording: Recording): Range[] => [
    { startSample: 0, endSample: 1 },
    { startSample: recording.totalSamples - 1, endSample: recording.totalSamples },
    ...randomSegments(recording.totalSamples, 24, { seed: 5, longest: 24_000 }),
  ];

  it.each(PLAIN)("%s: every segment as ffmpeg decodes the file, float for float", async (name) => {
    const recording = await streams.archive.recording(name);
    const segments = segmentsOf(recording);
    const clips = await extractSegments(recording, segments, { decoder: "ffmpeg", maxBatchSeconds: 2 });
    expect(differences(clips, segments, byCommand(testStream(name)))).toEqual([]);
    expect(clips).toMatchObject({ accuracy: "exact", decoder: expect.stringMatching(/^ffmpeg \S/) });
    expect(clips.stats.decoderRuns).toBe(clips.stats.batches);
  });

  it.each(OTHERS)("%s: every segment as one ffmpeg decodes the whole", async (name) => {
    const recording = await streams.archive.recording(name);
    const segments = segmentsOf(recording);
    const clips = await extractSegments(recording, segments, { decoder: "ffmpeg", maxBatchSeconds: 2 });
    expect(differences(clips, segments, await inOneRun(recording))).toEqual([]);
  });

  it.each(["celt-20ms", "stereo-celt", "surround-5.1", "output-gain"])(
    "%s: the same sound as libopus gives, channel by channel",
    async (name) => {
      const recording = await streams.archive.recording(name);
      const [ours, theirs] = await Promise.all([
        extractSegments(recording, wholeOf(recording)),
        inOneRun(recording),
      ]);
      for (const [c, channel] of theirs.entries()) {
        const at = c * recording.totalSamples;
        const own = ours.data.subarray(at, at + recording.totalSamples) as Float32Array;
        const off = Math.sqrt(own.reduce((sum, v, i) => sum + (v - (channel[i] as number)) ** 2, 0));
        // Two decoders' noise (3% at most here), where another channel would be off by more than the signal.
        expect(off).toBeLessThan(0.1 * Math.sqrt(own.reduce((sum, v) => sum + v * v, 0)));
      }
    },
  );

  it("strategy segment: a run for each segment, repeats too; the samples are those of batches", async () => {
    const recording = await streams.archive.recording("celt-20ms");
    const near = [0, 1, 1, 2, 3].map((at) => ({ startSample: at * 4_800, endSample: at * 4_800 + 9_600 }));
    const each = await extractSegments(recording, near, { decoder: "ffmpeg", strategy: "segment" });
    const batch = await extractSegments(recording, near, { decoder: "ffmpeg" });
    expect([each.stats.decoderRuns, batch.stats.decoderRuns]).toEqual([5, 1]);
    expect(each.data).toEqual(batch.data);
    expect(each.stats.decodedSeconds).toBeGreaterThan(batch.stats.decodedSeconds);
  });

  it("int16, channels, mono and other rates are as with libopus' samples: of what the decoder gave", async () => {
    const recording = await streams.archive.recording("stereo-modes");
    const part = [{ startSample: 50_000, endSample: 60_000 }];
    const get = (options: ExtractOptions): Promise<SegmentTensor> =>
      extractSegments(recording, part, { decoder: "ffmpeg", ...options });
    const [both, right, mono, int16, low] = await Promise.all([
      get({}),
      get({ channels: [1] }),
      get({ channels: "mono" }),
      get({ dtype: "int16" }),
      get({ sampleRate: 16_000 }),
    ]);
    expect(right.data).toEqual(both.data.slice(10_000));
    expect(mono.data[77]).toBeCloseTo(((both.data[77] as number) + (both.data[10_077] as number)) / 2, 6);
    expect(Math.abs((int16.data[77] as number) - (both.data[77] as number) * 32_768)).toBeLessThan(0.51);
    expect(low.shape).toEqual([1, 2, 3_333]);
  });

  it("is ended by the signal, and by another batch's failure", async () => {
    const recording = await streams.archive.recording("celt-120ms");
    const stop = new AbortController();
    const run = extractSegments(recording, wholeOf(recording), { decoder: "ffmpeg", signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(run).rejects.toThrow("enough");
    expect(
      spawnSync("ps", ["-o", "args", "--ppid", String(process.pid)]).stdout?.toString() ?? "",
    ).not.toContain("pcm_f32le");
  });

  it("by the command line", () => {
    const table = folder.write(
      "clips.csv",
      "recording,start_sample,end_sample\ncelt-20ms,0,960\ncelt-20ms,960,1920\n",
    );
    const args = ["extract", streams.store, "--segments", table, "--out", folder.at("clips.npy")];
    const run = cliJson<{ decoderRuns: number; segments: number }>([
      ...args,
      ...["--decoder", "ffmpeg", "--strategy", "segment", "--sample-rate", "16000"],
    ]);
    expect(run.json).toMatchObject({ decoderRuns: 2, segments: 2 });
  });
});

describe("the stream that ffmpeg is fed", () => {
  it("holds just the packets, from sequence number and granule position 0, with no pre-skip and no gain", () => {
    const source = readPackets(testStream("output-gain").bytes);
    const head = parseOpusHead(source[0]?.bytes as Uint8Array);
    const packets = source.slice(12, 20).map(({ bytes }, i) => ({
      source: bytes,
      from: 0,
      to: bytes.length,
      pos: 9_600 + i * 960,
      samples: 960,
    }));
    const fed = readPackets(oggStream(packets, { ...head, sampleRateHz: 48_000 }));
    const fedHead = parseOpusHead(fed[0]?.bytes as Uint8Array);
    expect(fedHead).toMatchObject({ channels: 1, preSkip: 0, outputGainQ8: 0 });
    expect(layoutKey({ ...fedHead, sampleRateHz: 48_000 })).toBe(
      layoutKey({ ...head, sampleRateHz: 48_000 }),
    );
    expect(fed.slice(2).map(({ bytes }) => bytes)).toEqual(packets.map(({ source: whole }) => whole));
    expect(fed.at(-1)?.granule).toBe(8 * 960);
    expect(fed.some(({ afterGap }) => afterGap)).toBe(false);
  });
});

describe("without ffmpeg", () => {
  const start = { startSample: 0, endSample: 960 };

  it("libopus decodes each segment by itself too, with the pre-roll it is told", async () => {
    const recording = await streams.archive.recording("celt-20ms");
    const near = [5, 5, 5.2].map((at) => ({ startSample: at * 48_000, endSample: at * 48_000 + 4_800 }));
    const batch = await extractSegments(recording, near);
    const each = await extractSegments(recording, near, { strategy: "segment" });
    expect(each.data).toEqual(batch.data);
    const told = { strategy: "segment", accuracy: "fast" } as const;
    // Without a proof to wait for, a run is never repeated.
    const runs = await Promise.all(
      (["batch", "segment"] as const).map(async (strategy) => {
        const { stats } = await extractSegments(recording, near, { ...told, strategy });
        return stats.decoderRuns;
      }),
    );
    expect(runs).toEqual([1, 3]);
    const none = await extractSegments(recording, near, { ...told, preRollSeconds: 0 });
    const long = await extractSegments(recording, near, { ...told, preRollSeconds: 2 });
    expect(none.preRollSeconds).toBeLessThan(0.02);
    expect(long.preRollSeconds).toBeGreaterThanOrEqual(2);
    expect(long.data).toEqual(batch.data);
    expect(none.data).not.toEqual(batch.data);
  });

  it("says that it is missing, and how to get it", async () => {
    const recording = await streams.archive.recording("celt-20ms");
    const run = extractSegments(recording, [start], { decoder: "ffmpeg", ffmpegPath: folder.at("none") });
    await expect(run).rejects.toMatchObject({
      kind: "dependency",
      message: expect.stringMatching(
        /no program .*needed to decode with ffmpeg.*OPUS_ZARR_FFMPEG.*celt-20ms/,
      ),
    });
  });

  it.skipIf(process.platform === "win32")(
    "a program that gives too few samples is not believed",
    async () => {
      const recording = await streams.archive.recording("celt-20ms");
      const fake = folder.at("fake");
      writeFileSync(fake, "#!/bin/sh\ncat >/dev/null\nprintf 1234\n");
      chmodSync(fake, 0o755);
      const run = extractSegments(recording, [start], { decoder: "ffmpeg", ffmpegPath: fake });
      await expect(run).rejects.toMatchObject({
        kind: "format",
        message: expect.stringMatching(/ffmpeg: expected 1920 samples of 2 packets, got 1/),
      });
    },
  );

  it("an unknown decoder or strategy is refused", async () => {
    const recording = await streams.archive.recording("celt-20ms");
    const wrong = { decoder: "mad" } as unknown as ExtractOptions;
    await expect(extractSegments(recording, [start], wrong)).rejects.toThrow(
      /decoder: expected libopus or ffmpeg, got "mad"/,
    );
    const both = { preRollSeconds: 1 };
    await expect(extractSegments(recording, [start], both)).rejects.toThrow(/preRollSeconds: expected/);
  });
});
