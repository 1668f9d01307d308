/** How ffmpeg encodes sound as Opus: what may be asked for, which sound is taken, and the arguments for it. */
import { argumentError } from "../errors.js";
import { OPUS_RATE_HZ } from "../units.js";
import type { SourceStream } from "./ffmpeg-log.js";

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

/** Silence fed behind sound that is resampled, in samples at the source's rate: what the resampler holds back. */
export const PAD_SAMPLES = 64;
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
export interface SourceShape {
  /** Sample rate of the source, in Hz; absent for "not above 48 kHz". */
  readonly sampleRateHz?: number;
  /** Absent for "one or two". */
  readonly channels?: number;
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
export function refusal(
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

/** Whether two shapes are encoded with the same arguments. */
export function encodedAlike(a: SourceShape, b: SourceShape): boolean {
  return isUltrasonic(a) === isUltrasonic(b) && manyChannels(a) === manyChannels(b);
}

/** Whether samples are taken as though they were at 48 kHz. */
export function isUltrasonic({ sampleRateHz = 0 }: SourceShape): boolean {
  return sampleRateHz > OPUS_RATE_HZ;
}

/** The channels of a source with more than two, else 0. */
function manyChannels({ channels = 0 }: SourceShape): number {
  return channels > 2 ? channels : 0;
}

/** ffmpeg's arguments to write `input` (`file:` or `http:`), which has that shape, as Ogg Opus to its output. */
export function ffmpegArguments(input: string, shape: SourceShape, options: TranscodeOptions): string[] {
  const pad = `apad=pad_len=${PAD_SAMPLES},aresample=${OPUS_RATE_HZ}`;
  const rate = isUltrasonic(shape) ? `asetrate=${OPUS_RATE_HZ}` : pad;
  const many = manyChannels(shape);
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
