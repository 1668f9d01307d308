/**
 * What ffmpeg says on stderr (`-loglevel level+verbose`), read line by line: its version, what it found in
 * the file, how far it is, how many samples it decoded, and what went wrong.
 *
 * ```
 * [info] ffmpeg version 5.1.9 Copyright …
 * [info] Input #0, wav, from 'file:a.wav':
 * [info]   Duration: 00:01:00.00, bitrate: 705 kb/s
 * [info]   Stream #0:0: Audio: pcm_s16le ([1][0][0][0] / 0x0001), 44100 Hz, mono, s16, 705 kb/s
 * [info] size=    1371kB time=00:00:17.97 bitrate= 144.0kbits/s speed= 156x
 * [verbose]   Input stream #0:0 (audio): 7 packets read (…); 7 frames decoded (12345 samples);
 * [wav @ 0x5602] [error] what went wrong
 * ```
 */

/** The audio stream that ffmpeg found first in a file. */
export interface SourceStream {
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** ffmpeg's name of the speaker layout: `mono`, `5.1`, `8 channels`. */
  readonly layout: string;
}

/** What a log has said so far. */
export interface FfmpegLog {
  /** Takes a piece of stderr. */
  push(text: string): void;
  readonly version: string | undefined;
  readonly stream: SourceStream | undefined;
  /** Seconds of sound in the file, as its headers have it. */
  readonly durationSeconds: number | undefined;
  /** Seconds of sound encoded so far, told twice a second. */
  readonly encodedSeconds: number | undefined;
  /** Samples of one channel that were decoded; known at the end. */
  readonly decodedSamples: number | undefined;
  /** Distinct messages of errors, the first few, without the addresses that ffmpeg puts before them. */
  readonly errors: readonly string[];
}

/** More different messages than this say nothing new. */
const MAX_ERRORS = 12;
const MAX_LINE_CHARACTERS = 4_096;

/**
 * Opens a log.
 *
 * @param onStream called when the log first names the file's audio stream
 */
export function ffmpegLog(onStream: () => void): FfmpegLog {
  const errors: string[] = [];
  let rest = "";
  let inOutput = false;
  let version: string | undefined;
  let stream: SourceStream | undefined;
  let durationSeconds: number | undefined;
  let encodedSeconds: number | undefined;
  let decodedSamples: number | undefined;

  const line = (text: string): void => {
    version ??= /^\[info\] ffmpeg version (\S+)/.exec(text)?.[1];
    // What ffmpeg is about to write has lines of the same form.
    inOutput ||= /^\[info\] (Output #|Stream mapping)/.test(text);
    if (stream === undefined && !inOutput) {
      stream = streamLine(text);
      if (stream !== undefined) onStream();
    }
    durationSeconds ??= secondsOf(/^\[info\] {3}Duration: ([\d:.]+)/.exec(text)?.[1]);
    encodedSeconds = secondsOf(/^\[info\] size=.* time=([\d:.]+)/.exec(text)?.[1]) ?? encodedSeconds;
    const decoded = /^\[verbose\]\s+Input stream #0:\d+ \(audio\):.*\((\d+) samples\)/.exec(text)?.[1];
    if (decoded !== undefined) decodedSamples = Math.max(decodedSamples ?? 0, Number(decoded));
    const error = errorLine(text);
    if (error !== undefined && errors.length < MAX_ERRORS && !errors.includes(error)) errors.push(error);
  };

  return {
    push(text) {
      const lines = (rest + text).split(/[\r\n]/);
      rest = (lines.pop() ?? "").slice(0, MAX_LINE_CHARACTERS);
      for (const each of lines) if (each.length <= MAX_LINE_CHARACTERS) line(each);
    },
    get version() {
      return version;
    },
    get stream() {
      return stream;
    },
    get durationSeconds() {
      return durationSeconds;
    },
    get encodedSeconds() {
      return encodedSeconds;
    },
    get decodedSamples() {
      return decodedSamples;
    },
    errors,
  };
}

// Text of the file's own tags stands behind "[info]     name : ", so it cannot pass for such a line.
const STREAM_LINE = /^\[info\] {3}Stream #0:\d+[^:]*(?:\([^)]*\))?: Audio: ([^\s,]+).*?, (\d+) Hz, ([^,]+)/;

function streamLine(text: string): SourceStream | undefined {
  const match = STREAM_LINE.exec(text);
  if (match === null) return undefined;
  const layout = (match[3] ?? "").trim();
  return {
    codec: match[1] ?? "",
    sampleRateHz: Number(match[2]),
    channels: channelsOf(layout),
    layout,
  };
}

const LAYOUTS: Readonly<Record<string, number>> = {
  mono: 1,
  stereo: 2,
  downmix: 2,
  quad: 4,
  hexagonal: 6,
  octagonal: 8,
  cube: 8,
  hexadecagonal: 16,
};

/** Channels of one of ffmpeg's layouts: `5.1(side)` has six, `8 channels` eight. */
function channelsOf(layout: string): number {
  const named = LAYOUTS[layout.replace(/\(.*/, "")];
  if (named !== undefined) return named;
  const counted = /^(\d+) channels/.exec(layout)?.[1];
  if (counted !== undefined) return Number(counted);
  const ambisonic = /^ambisonic (\d+)/.exec(layout)?.[1];
  if (ambisonic !== undefined) return (Number(ambisonic) + 1) ** 2;
  const digits = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(layout);
  return digits === null ? 0 : digits.slice(1).reduce((sum, d) => sum + Number(d ?? 0), 0);
}

/** `01:02:03.45` in seconds. */
function secondsOf(time: string | undefined): number | undefined {
  return time?.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function errorLine(text: string): string | undefined {
  const match = /^((?:\[[^\]]* @ 0x[0-9a-f]+\] )*)\[(?:error|fatal|panic)\] (.*)$/.exec(text);
  return match === null ? undefined : (match[2] ?? "").trim();
}
