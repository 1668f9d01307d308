/**
 * Whether a decode that began in the middle of a stream has come to the state of one that began at its start.
 *
 * What came before is not known; but all that a CELT decoder remembers of it can be bounded, and each step of its
 * decoding keeps order (it multiplies by what is not negative, adds, rounds, takes the larger or the smaller): of
 * two decoders, what begins below stays below or becomes equal. So two decoders run side by side, one from below
 * everything that may have been and one from above. Where they meet, bit for bit, every other past would have met
 * them, and what is decoded from there on is exact.
 *
 * 1. The band levels begin at their bounds. They depend on nothing but themselves and the packets, and differences of
 *    them shrink at a known pace: so at first one decoder runs alone, the lower one.
 * 2. When only little can be left of any difference, the other begins with the lower one's state, its levels higher by
 *    that much.
 * 3. Once levels are equal, spectra are, and after one more packet so is the overlap of the next. Now the samples that
 *    the post-filter repeats, and the de-emphasis filter's, are put to their bounds.
 * 4. When these have met too, all has that later packets can tell of.
 *
 * SILK's prediction does not keep order, and concealment of lost data does not either: a packet of these ends it.
 */
import { frameSamples, packetInfo } from "../opus/toc.js";
import { boundsAfter, type LevelBounds, widestBounds } from "./level-bounds.js";
import {
  CELT_ONLY,
  type DecoderState,
  HISTORY_STRIDE,
  HISTORY_WORDS,
  LEVEL_WORDS,
  type StreamState,
} from "./libopus-state.js";

/** Levels are powers of two around 1; encoders stay within −28 and 20. */
const LEVEL_BOUND = 64;
/**
 * Levels that differ by this are equal about 17 frames later. Rounding cannot keep differences above it, which is
 * what makes it large enough.
 */
const NEAR = 2 ** -10;
/** Samples before de-emphasis, of which full scale is 2^15: 30 dB above it. */
const SAMPLE_BOUND = 2 ** 20;

/** 2.5 ms at 48 kHz. */
const MIN_FRAME_SAMPLES = 120;

/** The memory that both decoders are in. */
export interface DecoderMemory {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** Two decoders that start from opposite pasts. */
export interface Settling {
  /** The watch begins. The lower decoder's state must be that of a new one. */
  begin(): void;
  /** The watch ends; nothing is settled. */
  end(): void;
  /** Whether packets have to go to both decoders: to the higher one first. */
  readonly both: boolean;
  /** Whether the two have met. */
  readonly settled: boolean;
  /** Looks at what the packet `bytes[from, to)` has done. */
  look(bytes: Uint8Array, from: number, to: number): void;
}

/** Watches two decoders of one layout. */
export function settling(memory: DecoderMemory, low: DecoderState, high: DecoderState): Settling {
  const { words, floats } = memory;
  const streams = low.streams.length;
  // Frames of the other streams in a packet may be shorter than the first one's.
  const shortestFrame = (toc: number): number => (streams === 1 ? frameSamples(toc) : MIN_FRAME_SAMPLES);
  let stage: "alone" | "levels" | "overlap" | "samples" | "settled" | "lost" = "lost";
  let bounds = widestBounds(LEVEL_BOUND);
  const equal = (from: number, to: number, count: number): boolean => {
    for (let i = 0; i < count; i++) if (words[from + i] !== words[to + i]) return false;
    return true;
  };
  const all = (meets: (a: StreamState, b: StreamState) => boolean): boolean =>
    low.streams.every((a, i) => meets(a, high.streams[i] as StreamState));
  const fill = (stream: StreamState, value: number): void => {
    floats.fill(value, stream.deemphasis, stream.deemphasis + stream.channels);
    for (let c = 0; c < stream.channels; c++) {
      const from = stream.history + c * HISTORY_STRIDE;
      floats.fill(value, from, from + HISTORY_WORDS);
    }
  };
  /** The higher decoder takes the lower one's state. */
  const join = (): void => {
    words.copyWithin(high.start, low.start, low.end);
  };
  const levelsMeet = (): boolean => all((a, b) => equal(a.levels, b.levels, LEVEL_WORDS));
  const samplesMeet = (): boolean =>
    all(
      (a, b) =>
        equal(a.deemphasis, b.deemphasis, a.channels) &&
        equal(a.history, b.history, HISTORY_STRIDE * a.channels),
    );

  return {
    begin() {
      stage = "alone";
      bounds = widestBounds(LEVEL_BOUND);
      for (const { levels } of low.streams) floats.fill(-LEVEL_BOUND, levels, levels + LEVEL_WORDS);
    },
    end() {
      stage = "lost";
    },
    get both() {
      return stage === "levels" || stage === "overlap" || stage === "samples";
    },
    get settled() {
      return stage === "settled";
    },
    look(bytes, from, to) {
      if (stage === "settled" || stage === "lost") return;
      if (low.streams.some((s) => words[s.mode] !== CELT_ONLY || words[s.lossDuration] !== 0)) stage = "lost";
      else if (stage === "alone") {
        bounds = boundsAfter(
          bounds,
          packetInfo(bytes, from, to, streams),
          shortestFrame(bytes[from] as number),
        );
        if (bounds.last > NEAR) return;
        join();
        for (const { levels } of high.streams) raise(floats, levels, bounds);
        stage = "levels";
      } else if (stage === "levels" && levelsMeet()) stage = "overlap";
      else if (stage === "overlap") {
        // What differs beside the samples is equal after this.
        join();
        for (const stream of low.streams) fill(stream, -SAMPLE_BOUND);
        for (const stream of high.streams) fill(stream, SAMPLE_BOUND);
        stage = "samples";
      } else if (stage === "samples" && samplesMeet()) stage = "settled";
    },
  };
}

/** Raises the levels of a stream by what they may be too low. */
function raise(floats: Float32Array, levels: number, bounds: LevelBounds): void {
  const by = [bounds.last, bounds.steady, bounds.steadyBefore];
  for (let i = 0; i < LEVEL_WORDS; i++)
    floats[levels + i] =
      (floats[levels + i] as number) + (by[Math.floor((i * by.length) / LEVEL_WORDS)] as number);
}
