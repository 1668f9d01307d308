/** A player for a piece of sound, in a cell or a page. */
import { argumentError } from "../errors.js";
import { type SegmentTensor, segmentSamples } from "../tensor/tensor.js";
import { wavBytes } from "../tensor/wav.js";
import { positiveNumber } from "../units.js";
import { notebookHost } from "./host.js";
import { escapeHtml } from "./html.js";
import { base64Of } from "./plot.js";

/** Channels of equal length, to be heard together. */
export interface Sound {
  readonly channels: readonly (Float32Array | Int16Array)[];
  /** True sample rate in Hz. */
  readonly sampleRateHz: number;
}

/** Options of {@link showAudio}. */
export interface AudioOptions {
  /** Row of a tensor. Default 0. */
  readonly segment?: number | undefined;
  /** True sample rate in Hz: needed with bare samples, known with a tensor. */
  readonly sampleRateHz?: number | undefined;
  /** A line beneath the player. */
  readonly title?: string | undefined;
  /** Only so many seconds go into the page: 48 kHz mono take 0.13 MB a second. Default 30. */
  readonly maxSeconds?: number | undefined;
  /** How many times slower it plays. Default 1, and 10 above 96 kHz: what bats call is heard slowed down. */
  readonly slowdown?: number | undefined;
}

/** Above this nothing plays as it is: the recording is one of ultrasound. */
const ULTRASONIC_RATE_HZ = 96_000;

/** A browser's players take two channels. */
const MAX_CHANNELS = 2;

/**
 * Shows a player for one segment of a tensor, or for samples.
 *
 * @param source a tensor, or the samples of one channel
 * @param options `segment` (row of the tensor), `sampleRateHz` (for samples), `title`, `maxSeconds`, `slowdown`
 * @throws {OpusZarrError} of kind `argument` when there is no such row, or samples come without a rate
 * @example
 * ```ts
 * const tone = Float32Array.from({ length: 48_000 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / 48_000));
 * showAudio(tone, { sampleRateHz: 48_000, title: "440 Hz" });
 * ```
 */
export function showAudio(
  source: SegmentTensor | Float32Array | Int16Array,
  options: AudioOptions = {},
): void {
  const sound = soundOf(source, options);
  const title = options.title ?? titleOf(source, options.segment ?? 0);
  const text = `[audio: ${[title, soundText(sound, options)].filter(Boolean).join(", ")}]`;
  notebookHost().show({ "text/html": audioHtml(sound, { ...options, title }), "text/plain": text });
}

/** A player as HTML, with the sound inside as 16-bit WAV. */
export function audioHtml(sound: Sound, options: AudioOptions = {}): string {
  const { maxSeconds, slowdown } = limitsOf(sound, options);
  const most = Math.floor(maxSeconds * sound.sampleRateHz);
  const channels = sound.channels.slice(0, MAX_CHANNELS).map((samples) => toInt16(samples.subarray(0, most)));
  const wav = wavBytes({ channels, sampleRateHz: Math.round(sound.sampleRateHz / slowdown) });
  const caption = [options.title, soundText(sound, options)].filter((part) => part !== undefined).join(", ");
  return `<figure class="opus-zarr-audio" style="margin:4px 0 12px"><audio controls preload="metadata" src="data:audio/wav;base64,${base64Of(wav)}"></audio>
<figcaption style="font-size:13px;opacity:.75">${escapeHtml(caption)}</figcaption></figure>`;
}

function soundOf(source: SegmentTensor | Float32Array | Int16Array, options: AudioOptions): Sound {
  if (source instanceof Float32Array || source instanceof Int16Array) {
    if (options.sampleRateHz === undefined) throw argumentError("sampleRateHz", "a rate in Hz", undefined);
    return { channels: [source], sampleRateHz: positiveNumber("sampleRateHz", options.sampleRateHz) };
  }
  const count = Math.min(MAX_CHANNELS, source.shape[1]);
  const channels = Array.from({ length: count }, (_, c) => segmentSamples(source, options.segment ?? 0, c));
  return { channels, sampleRateHz: source.sampleRate };
}

function titleOf(source: SegmentTensor | Float32Array | Int16Array, row: number): string | undefined {
  if (source instanceof Float32Array || source instanceof Int16Array) return undefined;
  const segment = source.segments[row];
  if (!segment) return undefined;
  const startSeconds = (segment.startSample / source.recordingRate).toFixed(2);
  return `${segment.recording} at ${startSeconds} s${segment.label === undefined ? "" : `: ${segment.label}`}`;
}

function limitsOf(sound: Sound, options: AudioOptions): { maxSeconds: number; slowdown: number } {
  const usual = sound.sampleRateHz > ULTRASONIC_RATE_HZ ? 10 : 1;
  return {
    maxSeconds: positiveNumber("maxSeconds", options.maxSeconds ?? 30),
    slowdown: positiveNumber("slowdown", options.slowdown ?? usual),
  };
}

/** `2 s, 48,000 Hz`, and what was done to it. */
function soundText(sound: Sound, options: AudioOptions): string {
  const { maxSeconds, slowdown } = limitsOf(sound, options);
  const seconds = (sound.channels[0]?.length ?? 0) / sound.sampleRateHz;
  const parts = [`${Number(seconds.toFixed(3))} s`, `${sound.sampleRateHz.toLocaleString("en-US")} Hz`];
  if (seconds > maxSeconds) parts.push(`the first ${maxSeconds} s`);
  if (slowdown !== 1) parts.push(`${slowdown} times slower`);
  return parts.join(", ");
}

function toInt16(samples: Float32Array | Int16Array): Int16Array {
  if (samples instanceof Int16Array) return samples;
  return Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))));
}
