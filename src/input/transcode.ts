/**
 * Any sound that ffmpeg reads, as Ogg Opus: streamed through a pipe, no temporary copy.
 *
 * - Up to 48 kHz, sound is resampled to 48 kHz: n samples at r Hz become round(n · 48000 / r).
 * - Above 48 kHz (ultrasonic recorders), samples are taken as though they were at 48 kHz: none is lost, and
 *   `samplingRescaleFactor` says by how much time was stretched.
 * - The same file and options give the same bytes with the same ffmpeg.
 */
import { basename, resolve } from "node:path";
import { argumentError, formatError } from "../errors.js";
import type { RiffInfo } from "../metadata/riff.js";
import { OPUS_RATE_HZ } from "../units.js";
import {
  checkTranscodeOptions,
  encodedAlike,
  ffmpegArguments,
  isUltrasonic,
  PAD_SAMPLES,
  refusal,
  type SourceShape,
  type TranscodeOptions,
} from "./encoding.js";
import { type FfmpegRun, runFfmpeg } from "./ffmpeg.js";
import type { SourceStream } from "./ffmpeg-log.js";
import { trimEnd } from "./trim-end.js";

/** How a recording was transcoded, as it stands in its attributes. */
export type TranscodeRecord = {
  /** Version of ffmpeg. */
  readonly ffmpeg: string;
  /** Its arguments; of the file's path only the name. */
  readonly arguments: readonly string[];
  readonly source_codec: string;
  /** Sample rate of the source, in Hz. */
  readonly source_rate: number;
  readonly source_channels: number;
};

/** What is known of a stream once it has been read to its end. */
export interface SourceSummary {
  /** Samples of one channel that a transcoded source held, at its own rate; undefined if not known. */
  readonly sourceSamples: number | undefined;
  /** Damage in the source that was passed over. */
  readonly warnings: readonly string[];
}

/** A file on its way to Ogg Opus. */
export interface Transcode {
  /** The Ogg Opus stream; to be read once. Ending early ends ffmpeg. */
  readonly stream: AsyncIterable<Uint8Array>;
  readonly transcoded: TranscodeRecord;
  /** True sample rate of the samples kept, in Hz: 48000, or the source's own above that. */
  readonly sampleRate: number;
  /** True rate over 48000: 1, or above 1 for ultrasonic sources. */
  readonly samplingRescaleFactor: number;
  /** Share of the file that is encoded, 0 to 1; undefined where its length is not known. */
  readonly share: () => number | undefined;
  /** Filled in when the stream has been read to its end. */
  readonly summary: () => SourceSummary;
}

/** 20 ms: ffmpeg's and libopus' default. */
const PACKET_SAMPLES = 960;

/** What is known of a file beside its path. */
export interface TranscodeInput {
  /** Its chunks if it is a WAV file: spares a second start of ffmpeg. */
  readonly riff?: RiffInfo | null;
  /** Where it is served if it is not on disk. */
  readonly url?: string | undefined;
}

/**
 * Starts to transcode a file.
 *
 * @param path the file; never read as an option, a protocol or a pattern
 * @returns when ffmpeg has recognised the file
 * @throws {OpusZarrError} of kind `dependency` where there is no ffmpeg, `format` where the file holds no
 * sound that it can read, `argument` for bad options. The stream throws the same while it is read
 */
export async function transcode(
  path: string,
  options: TranscodeOptions = {},
  { riff = null, url }: TranscodeInput = {},
): Promise<Transcode> {
  checkTranscodeOptions(options);
  if (path.includes("\0")) throw argumentError("path", "a path without NUL", path);
  if (riff?.frames === 0) throw formatError("holds no samples", { path });
  let assumed: SourceShape = riff?.format ?? {};
  // With the protocol named, nothing in the path is read as one; an absolute path never starts with a dash.
  const input = url ?? `file:${resolve(path)}`;
  for (;;) {
    const args = ffmpegArguments(input, assumed, options);
    const { ffmpegPath, signal } = options;
    const run = await runFfmpeg(args, {
      ffmpegPath,
      signal,
      path,
      named: input,
      need: "for files other than Opus",
    });
    await run.announced;
    const found = run.log.stream;
    if (found === undefined) {
      await run.stop();
      await run.ended;
      throw formatError("holds no audio", { path });
    }
    const wrong = refusal(found, options);
    if (wrong !== undefined) {
      await run.stop();
      throw formatError(wrong, { path });
    }
    if (encodedAlike(assumed, found)) return started(run, { path, args, found });
    await run.stop();
    assumed = found;
  }
}

interface Started {
  readonly path: string;
  readonly args: readonly string[];
  readonly found: SourceStream;
}

function started(run: FfmpegRun, { path, args, found }: Started): Transcode {
  const sampleRate = Math.max(OPUS_RATE_HZ, found.sampleRateHz);
  const name = `file:${basename(path)}`;
  return {
    stream: readRun(run, path, found),
    sampleRate,
    samplingRescaleFactor: sampleRate / OPUS_RATE_HZ,
    transcoded: {
      ffmpeg: run.log.version ?? "unknown",
      arguments: args.map((each, i) => (args[i - 1] === "-i" ? name : each)),
      source_codec: found.codec,
      source_rate: found.sampleRateHz,
      source_channels: found.channels,
    },
    share: () => {
      const { durationSeconds = 0, encodedSeconds = 0 } = run.log;
      // What is taken as though it were at 48 kHz lasts longer than it did.
      const seconds = (durationSeconds * sampleRate) / OPUS_RATE_HZ;
      return seconds > 0 ? Math.min(1, encodedSeconds / seconds) : undefined;
    },
    summary: () => ({ sourceSamples: run.log.decodedSamples, warnings: run.log.errors }),
  };
}

async function* readRun(run: FfmpegRun, path: string, found: SourceStream): AsyncGenerator<Uint8Array> {
  try {
    if (isUltrasonic(found)) yield* run.output;
    else yield* trimEnd(run.output, trimOptions(run, found.sampleRateHz));
    await run.ended;
    if (run.log.decodedSamples === 0) throw formatError("holds no samples", { path });
  } catch (error) {
    await run.stop();
    // If ffmpeg failed or was cancelled, a stream cut short is but the consequence.
    await run.ended;
    throw error;
  } finally {
    await run.stop();
  }
}

function trimOptions(run: FfmpegRun, rateHz: number): Parameters<typeof trimEnd>[1] {
  const padded = Math.ceil((PAD_SAMPLES * OPUS_RATE_HZ) / rateHz);
  return {
    packetSamples: PACKET_SAMPLES,
    // The resampler's own error is below 2 samples of the source; take far more.
    maxCutSamples: 2 * padded,
    async targetSamples(total) {
      await run.ended;
      const samples = run.log.decodedSamples;
      if (samples === undefined) return Math.max(0, total - padded);
      return Math.min(total, Math.round((samples * OPUS_RATE_HZ) / rateHz));
    },
  };
}
