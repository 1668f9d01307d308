/** What the tests of sources share: ffmpeg where there is one, temporary folders, Ogg streams taken apart. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pageCrcHolds, readPage } from "../../src/ogg/page.js";
import { type OpusHead, parseOpusHead } from "../../src/opus/head.js";
import { openOpusStream } from "../../src/input/open.js";
import type { OpusSource } from "../../src/input/opus-source.js";
import { wavBytes } from "../metadata/wav-fixture.js";

export const haveFfmpeg: boolean = spawnSync("ffmpeg", ["-version"]).status === 0;

/** Runs ffmpeg; throws what it says where it fails. */
export function ffmpeg(...args: string[]): Buffer {
  const result = spawnSync("ffmpeg", ["-nostdin", "-y", "-loglevel", "error", ...args], {
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) throw new Error(String(result.stderr));
  return result.stdout;
}

/** A temporary folder and its removal. */
export function temporary(): { path: (name: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "opus-zarr-source-"));
  return {
    path: (name) => `${folder}/${name}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** An Ogg Opus stream taken apart; checks that every byte belongs to a valid page of one stream. */
export interface OggParts {
  readonly head: OpusHead;
  readonly packets: Uint8Array[];
  /** Samples by the last granule position, pre-skip taken off. */
  readonly samples: number;
  readonly lastFlags: number;
  readonly pages: number;
  readonly longestPage: number;
}

export function takeApart(bytes: Uint8Array): OggParts {
  const packets: Uint8Array[] = [];
  let open: Uint8Array[] = [];
  let granule = 0;
  let pages = 0;
  let lastFlags = 0;
  let longestPage = 0;
  for (let at = 0; at < bytes.length; pages++) {
    const page = readPage(bytes, at);
    if (page === undefined || !pageCrcHolds(bytes, page)) throw new Error(`no valid page at ${at}`);
    if (page.sequence !== pages) throw new Error(`page ${page.sequence} at place ${pages}`);
    let from = at + page.headerSize;
    for (let i = at + 27; i < at + page.headerSize; i++) {
      const length = bytes[i] as number;
      open.push(bytes.subarray(from, from + length));
      from += length;
      if (length < 255) {
        packets.push(Buffer.concat(open));
        open = [];
      }
    }
    if (page.granule >= 0) {
      longestPage = Math.max(longestPage, page.granule - granule);
      granule = page.granule;
    }
    lastFlags = page.flags;
    at += page.size;
  }
  const head = parseOpusHead(packets[0] as Uint8Array);
  return {
    head,
    packets: packets.slice(2),
    samples: granule - head.preSkip,
    lastFlags,
    pages,
    longestPage,
  };
}

/** Everything of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** Opens a file, reads its stream to the end, closes it. */
export async function readAll(
  path: string,
  options: Parameters<typeof openOpusStream>[1] = {},
): Promise<{ source: OpusSource; bytes: Uint8Array }> {
  const source = await openOpusStream(path, options);
  try {
    return { source, bytes: await collect(source.stream) };
  } finally {
    await source.close();
  }
}

/** A WAV file of one tone a channel: `hz(channel)` at half of full scale. */
export function writeTones(
  path: string,
  options: { sampleRateHz: number; frames: number; channels?: number; hz?: (channel: number) => number },
): void {
  const { sampleRateHz, hz = () => 440 } = options;
  const sample = (i: number, c: number): number => 0.5 * Math.sin((2 * Math.PI * hz(c) * i) / sampleRateHz);
  writeFileSync(path, wavBytes({ ...options, sample }));
}

/** Decodes with ffmpeg: float samples, channels interleaved, in the order ffmpeg gives them. */
export function decode(path: string): Float32Array {
  const raw = ffmpeg("-i", `file:${path}`, "-f", "f32le", "pipe:1");
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}

/** Amplitude and phase (of a sine, in radians) of one frequency within samples. */
export function tone(
  samples: ArrayLike<number>,
  hz: number,
  options: { rateHz?: number; channel?: number; channels?: number; from?: number; to?: number } = {},
): { amplitude: number; phase: number } {
  const { rateHz = 48000, channel = 0, channels = 1, from = 0, to = samples.length / channels } = options;
  let cos = 0;
  let sin = 0;
  for (let i = from; i < to; i++) {
    const angle = (2 * Math.PI * hz * i) / rateHz;
    cos += (samples[i * channels + channel] as number) * Math.cos(angle);
    sin += (samples[i * channels + channel] as number) * Math.sin(angle);
  }
  return { amplitude: (2 * Math.hypot(cos, sin)) / (to - from), phase: Math.atan2(cos, sin) };
}
