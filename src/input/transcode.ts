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
import { type FfmpegRun, runFfmpeg } from "./ffmpeg.js";
import type { SourceStream } from "./ffmpeg-log.js";
import { trimEnd } from "./trim-end.js";

/** How sound that is not Opus is encoded, and with what. */
export interface TranscodeOptions {
  /**
   * Bit rate of the whole stream in kb/s, 6 to 256 a channel. By default 160 for one or two channels, 80 a
   * channel for more.
   */
  readonly bitrateKbps?: number | undefined;
  /** Variable bit rate (`on`, the default), `constrained`, or constant (`off`). */
  readonly vbr?: "on" | "off" | "constrained" | undefined;
  /** What libopus is tuned for: `audio` (default), `voip`, or `lowdelay` (CELT only). */
  readonly application?: "audio" | "voip" | "lowdelay" | undefined;
  /** The ffmpeg program; by default that of `OPUS_ZARR_FFMPEG`, else the one on the PATH. */
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

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

/** What can be told of a transcoded stream once it has been read to its end. */
export interface TranscodeSummary {
  /** Samples of one channel that the source held, at its own rate; undefined if ffmpeg did not tell. */
  readonly sourceSamples: number | undefined;
  /** What ffmpeg found damaged in the file and passed over. */
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
  readonly summary: () => TranscodeSummary;
}

/** 20 ms: ffmpeg's and libopus' default. */
const PACKET_SAMPLES = 960;
/** Silence fed behind sound that is resampled, in samples at the source's rate: what the resampler holds back. */
const PAD_SAMPLES = 64;
/** No recorder samples more slowly; a damaged header that says 1 Hz would make days of silence of a small file. */
const MIN_RATE_HZ = 1_000;
/** The most channels that ffmpeg's resampler takes. */
const MAX_CHANNELS = 64;
const MAX_KBPS_A_CHANNEL = 256;

/**
 * Demuxers that may open a file. None of them follows references to other files, as playlists and image
 * sequences would.
 */
const FORMATS =
  "wav,w64,flac,ogg,mp3,mov,matroska,aiff,au,caf,aac,ac3,eac3,amr,ape,asf,avi,dsf,iff,mp2,mpeg,mpegts,mpc,mpc8,shn,tak,tta,voc,wv,xa";

/** What has to be known of a source before it can be encoded. */
interface Plan {
  /** Sample rate of the source, in Hz; undefined for "not above 48 kHz". */
  readonly rateHz: number | undefined;
  /** undefined for "one or two". */
  readonly channels: number | undefined;
}

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
  let plan = planOfRiff(riff);
  // With the protocol named, nothing in the path is read as one; an absolute path never starts with a dash.
  const input = url ?? `file:${resolve(path)}`;
  for (;;) {
    const args = ffmpegArguments(input, plan, options);
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
    const needed = { rateHz: found.sampleRateHz, channels: found.channels };
    const wrong = refusal(found, options);
    if (wrong !== undefined) {
      await run.stop();
      throw formatError(wrong, { path });
    }
    if (samePlan(plan, needed)) return started(run, { path, args, found, rateHz: found.sampleRateHz });
    await run.stop();
    plan = needed;
  }
}

/** Checks options, naming the one that is wrong. */
export function checkTranscodeOptions(options: TranscodeOptions): void {
  const { bitrateKbps, vbr = "on", application = "audio" } = options;
  if (
    bitrateKbps !== undefined &&
    !(typeof bitrateKbps === "number" && bitrateKbps >= 6 && bitrateKbps <= MAX_KBPS_A_CHANNEL * MAX_CHANNELS)
  ) {
    throw argumentError("bitrateKbps", "6 to 256 kb/s a channel", bitrateKbps);
  }
  if (!["on", "off", "constrained"].includes(vbr)) throw argumentError("vbr", "on, off or constrained", vbr);
  if (!["audio", "voip", "lowdelay"].includes(application)) {
    throw argumentError("application", "audio, voip or lowdelay", application);
  }
}

/** Why sound of this kind is not taken; undefined if it is. */
function refusal(
  { channels, sampleRateHz }: SourceStream,
  { bitrateKbps }: TranscodeOptions,
): string | undefined {
  const most = MAX_KBPS_A_CHANNEL * channels;
  if (channels > MAX_CHANNELS) return `expected at most ${MAX_CHANNELS} channels, got ${channels}`;
  if (sampleRateHz < MIN_RATE_HZ) return `expected ${MIN_RATE_HZ} Hz or more, got ${sampleRateHz} Hz`;
  if (bitrateKbps !== undefined && bitrateKbps > most)
    return `bitrateKbps: expected at most ${most} for ${channels} ${channels === 1 ? "channel" : "channels"}, got ${bitrateKbps}`;
  return undefined;
}

function planOfRiff(riff: RiffInfo | null): Plan {
  const format = riff?.format ?? null;
  return { rateHz: format?.sampleRateHz, channels: format?.channels };
}

/** Whether ffmpeg has to be started anew with other arguments. */
function samePlan(plan: Plan, needed: Plan): boolean {
  return isUltrasonic(plan) === isUltrasonic(needed) && manyChannels(plan) === manyChannels(needed);
}

function isUltrasonic({ rateHz = 0 }: Plan): boolean {
  return rateHz > OPUS_RATE_HZ;
}

/** The channels of a source with more than two, else 0. */
function manyChannels({ channels = 0 }: Plan): number {
  return channels > 2 ? channels : 0;
}

function ffmpegArguments(input: string, plan: Plan, options: TranscodeOptions): string[] {
  const pad = `apad=pad_len=${PAD_SAMPLES},aresample=${OPUS_RATE_HZ}`;
  const rate = isUltrasonic(plan) ? `asetrate=${OPUS_RATE_HZ}` : pad;
  const many = manyChannels(plan);
  const bitrateKbps = options.bitrateKbps ?? (many === 0 ? 160 : 80 * many);
  return [
    "-nostdin",
    ...["-loglevel", "level+verbose", "-threads", "1"],
    ...["-protocol_whitelist", input.startsWith("file:") ? "file,pipe" : "http,tcp,pipe"],
    ...["-format_whitelist", FORMATS, "-i", input],
    ...["-map", "0:a:0", "-map_chapters", "-1"],
    // Timestamps from sample counts: gaps in a file's own must not become gaps in granule positions.
    ...["-af", `${rate},asetpts=N/SR/TB,aformat=sample_fmts=flt`],
    ...["-c:a", "libopus", "-b:a", `${bitrateKbps}k`, "-vbr", options.vbr ?? "on"],
    ...["-application", options.application ?? "audio", "-frame_duration", "20", "-apply_phase_inv", "0"],
    // More channels than two keep their order and stay apart (RFC 7845 §5.1.1.3): they are microphones more
    // often than speakers, and family 1 would take the treble off an LFE channel. (Left to itself, ffmpeg 5.1
    // also exchanges the channels of 5.0 and 6.1.)
    ...(many === 0 ? [] : ["-mapping_family", "255"]),
    // Bit-exact: a fixed serial number, no version numbers in the comments.
    ...["-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "ogg", "pipe:1"],
  ];
}

interface Started {
  readonly path: string;
  readonly args: readonly string[];
  readonly found: SourceStream;
  readonly rateHz: number;
}

function started(run: FfmpegRun, { path, args, found, rateHz }: Started): Transcode {
  const sampleRate = Math.max(OPUS_RATE_HZ, rateHz);
  const name = `file:${basename(path)}`;
  return {
    stream: readRun(run, path, rateHz),
    sampleRate,
    samplingRescaleFactor: sampleRate / OPUS_RATE_HZ,
    transcoded: {
      ffmpeg: run.log.version ?? "unknown",
      arguments: args.map((each, i) => (args[i - 1] === "-i" ? name : each)),
      source_codec: found.codec,
      source_rate: rateHz,
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

async function* readRun(run: FfmpegRun, path: string, rateHz: number): AsyncGenerator<Uint8Array> {
  try {
    if (rateHz > OPUS_RATE_HZ) yield* run.output;
    else yield* trimEnd(run.output, trimOptions(run, rateHz));
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
