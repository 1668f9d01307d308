/** Another sample rate: Speex's resampler as WebAssembly, exact about where each sample stands. */
import type { SpeexModule } from "@echogarden/speex-resampler-wasm/simd";
import { OpusZarrError } from "../errors.js";

/** Of 0 to 10. Tones up to 0.9 of the lower rate's band come out with errors 90 dB below them or less. */
const QUALITY = 7;
/** Input samples that stand in the WebAssembly's memory at a time. */
const BLOCK_SAMPLES = 16_384;

/** Turns pieces of one rate into another. */
export interface Resampler {
  /** Samples that are needed on either side of a piece. */
  readonly margin: number;
  /**
   * Output sample n stands at input time `margin + n × from / to`. It depends on the samples within `margin` of
   * that place and on nothing else.
   *
   * @param input a piece with `margin` more samples on either side
   * @param length samples to make
   */
  resample(input: Float32Array, length: number): Float32Array;
}

/** Samples of a piece after resampling: the nearest whole number, halves up. */
export function resampledLength(samples: number, fromHz: number, toHz: number): number {
  if (fromHz === toHz) return samples;
  return Number((2n * BigInt(samples) * BigInt(toHz) + BigInt(fromHz)) / (2n * BigInt(fromHz)));
}

const opened = new Map<string, Promise<Resampler>>();
let loading: Promise<SpeexModule> | undefined;

/**
 * A resampler for whole rates in Hz; one for each pair is kept.
 *
 * @throws {OpusZarrError} of kind `dependency` when the WebAssembly cannot be started or refuses the rates
 */
export function openResampler(fromHz: number, toHz: number): Promise<Resampler> {
  const key = `${fromHz}/${toHz}`;
  const known = opened.get(key);
  if (known !== undefined) return known;
  const made = open(fromHz, toHz);
  opened.set(key, made);
  return made;
}

async function open(fromHz: number, toHz: number): Promise<Resampler> {
  loading ??= import("@echogarden/speex-resampler-wasm/simd").then((library) => library.default());
  const speex = await loading;
  const counts = speex._malloc(8);
  const state = speex._speex_resampler_init(1, fromHz, toHz, QUALITY, counts);
  const outputRoom = Math.ceil((BLOCK_SAMPLES * toHz) / fromHz) + 1;
  const input = speex._malloc(4 * BLOCK_SAMPLES);
  const output = speex._malloc(4 * outputRoom);
  if (state === 0 || input === 0 || output === 0) {
    throw new OpusZarrError("dependency", `the resampler refuses ${fromHz} Hz to ${toHz} Hz`);
  }
  const latency = speex._speex_resampler_get_input_latency(state);

  /** Feeds one block and gives what came out: a view, overwritten by the next. */
  const feed = (block: Float32Array): Float32Array => {
    speex.HEAPF32.set(block, input / 4);
    speex.HEAPU32[counts / 4] = block.length;
    speex.HEAPU32[counts / 4 + 1] = outputRoom;
    speex._speex_resampler_process_float(state, 0, input, counts, output, counts + 4);
    return speex.HEAPF32.subarray(output / 4, output / 4 + (speex.HEAPU32[counts / 4 + 1] as number));
  };
  const margin = latency + 1;
  return {
    margin,
    resample(samples, length) {
      // The first half filter only fills the memory: the next output then stands behind it.
      speex._speex_resampler_reset_mem(state);
      speex._speex_resampler_skip_zeros(state);
      feed(samples.subarray(margin - latency, margin));
      speex._speex_resampler_skip_zeros(state);
      const resampled = new Float32Array(length);
      let done = 0;
      for (let at = margin; at < samples.length && done < length; at += BLOCK_SAMPLES) {
        const made = feed(samples.subarray(at, at + BLOCK_SAMPLES)).subarray(0, length - done);
        resampled.set(made, done);
        done += made.length;
      }
      return resampled;
    },
  };
}
