/** Puts decoded samples to where segments want them. */
import { OPUS_RATE_HZ } from "../units.js";
import type { DecodeTask, Target } from "./task.js";

/** Takes what a decoder gives, packet after packet. */
export interface TargetWriter {
  /**
   * Puts `samples` decoded samples a channel to wherever they are wanted.
   *
   * @param decoded channel `c` stands at `decoded[c × samples, (c + 1) × samples)`
   * @param pos decoded position of the first, at 48 kHz
   */
  write(decoded: Float32Array, samples: number, pos: number): void;
}

/**
 * Opens a writer for a task's targets.
 *
 * At a lower rate than 48 kHz, sample k of a segment stands k sample periods after its origin; it is the decoder's
 * sample at that place, or the last before it where the decoder's samples fall in between.
 */
export function targetWriter(task: DecodeTask): TargetWriter {
  const { targets, layout, mono } = task;
  const ratio = OPUS_RATE_HZ / layout.sampleRateHz;
  const picked = task.channels ?? Array.from({ length: layout.channels }, (_, c) => c);
  const put = sampleWriter(task.output, task.gain);
  touch(task, mono ? 1 : picked.length);
  let mixed = new Float32Array(0);
  // Targets are sorted by start: those before `live` have ended.
  let live = 0;
  return {
    write(decoded, samples, pos) {
      const end = pos + samples * ratio;
      while (live < targets.length && (targets[live] as Target).toPos <= pos) live++;
      for (let t = live; t < targets.length; t++) {
        const target = targets[t] as Target;
        if (target.fromPos >= end + ratio) break;
        // The packet's sample i is the segment's sample i + shift.
        const shift = Math.ceil((pos - target.originPos) / ratio);
        const from = Math.max(0, Math.ceil((target.fromPos - target.originPos) / ratio) - shift);
        const to = Math.min(samples, Math.ceil((target.toPos - target.originPos) / ratio) - shift);
        if (from >= to) continue;
        const element = target.element + shift + from;
        if (mono) {
          if (mixed.length < samples) mixed = new Float32Array(samples);
          mix(decoded, { samples, channels: picked, from, to }, mixed);
          put(mixed, from, to, element);
          continue;
        }
        for (let c = 0; c < picked.length; c++) {
          const base = (picked[c] as number) * samples;
          put(decoded, base + from, base + to, element + c * target.channelStride);
        }
      }
    },
  };
}

/** Bytes of a page of memory. */
const MEMORY_PAGE_BYTES = 4096;

/**
 * Has the system give the memory that will be written to. It does so page by page, when they are first written to: half
 * as costly all at once as each between two packets.
 */
function touch({ targets, output, layout }: DecodeTask, channels: number): void {
  const step = MEMORY_PAGE_BYTES / output.BYTES_PER_ELEMENT;
  const ratio = OPUS_RATE_HZ / layout.sampleRateHz;
  for (const { element, channelStride, originPos, fromPos, toPos } of targets) {
    const from = element + Math.ceil((fromPos - originPos) / ratio);
    const to = element + Math.ceil((toPos - originPos) / ratio);
    for (let c = 0; c < channels; c++)
      for (let i = from; i < to; i += step) output[i + c * channelStride] = 0;
  }
}

/** Averages channels. */
function mix(
  decoded: Float32Array,
  range: {
    readonly samples: number;
    readonly channels: readonly number[];
    readonly from: number;
    readonly to: number;
  },
  mixed: Float32Array,
): void {
  const { samples, channels, from, to } = range;
  for (let i = from; i < to; i++) {
    let sum = 0;
    for (const channel of channels) sum += decoded[channel * samples + i] as number;
    mixed[i] = sum / channels.length;
  }
}

type Put = (decoded: Float32Array, from: number, to: number, element: number) => void;

function sampleWriter(output: Float32Array | Int16Array, gain: number): Put {
  if (output instanceof Int16Array) {
    return (decoded, from, to, element) => {
      for (let i = from; i < to; i++) output[element + i - from] = toInt16((decoded[i] as number) * gain);
    };
  }
  if (gain === 1) return (decoded, from, to, element) => output.set(decoded.subarray(from, to), element);
  return (decoded, from, to, element) => {
    for (let i = from; i < to; i++) output[element + i - from] = (decoded[i] as number) * gain;
  };
}

/** As libopus does: scaled by 32,768, clipped, rounded half to even. */
export function toInt16(sample: number): number {
  const scaled = Math.fround(sample) * 32_768;
  if (scaled >= 32_767) return 32_767;
  if (scaled <= -32_768) return -32_768;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  if (rest !== 0.5) return Math.round(scaled);
  return floor % 2 === 0 ? floor : floor + 1;
}
