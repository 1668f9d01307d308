/**
 * Whether a decode that began in the middle of a stream has come to the state of one that began at its start.
 *
 * What came before is not known; but all that a CELT decoder remembers of it can be bounded, and each step of its
 * decoding keeps order (it multiplies by what is not negative, adds, rounds, takes the larger or the smaller): of
 * two decoders, what begins below stays below or becomes equal. So two decoders run side by side, one from below
 * everything that may have been and one from above. Where they meet, bit for bit, every other past would have met
 * them, and what is decoded from there on is exact.
 *
 * 1. The band levels begin at their bounds. They depend on nothing but themselves and the packets.
 * 2. Once they are equal, spectra are, and after one more packet so is the overlap of the next. Now the samples that
 *    the post-filter repeats, and the de-emphasis filter's, are put to their bounds.
 * 3. When these have met too, all has that later packets can tell of.
 *
 * SILK's prediction does not keep order, and concealment of lost data does not either: a packet of these ends it.
 */
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
/** Samples before de-emphasis, of which full scale is 2^15: 30 dB above it. */
const SAMPLE_BOUND = 2 ** 20;

/** The memory that both decoders are in. */
export interface DecoderMemory {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** Two decoders that have started from opposite pasts. */
export interface Settling {
  /** Both forget all, and the watch begins. Their states must be those of new decoders. */
  begin(): void;
  /** The watch ends; nothing is settled. */
  end(): void;
  /** Whether packets have to go to both decoders. */
  readonly watching: boolean;
  /** Whether the two have met. */
  readonly settled: boolean;
  /** Looks at both after a packet has gone to both. */
  look(): void;
}

/** Watches two decoders of one layout. */
export function settling(memory: DecoderMemory, low: DecoderState, high: DecoderState): Settling {
  const { words, floats } = memory;
  let stage: "levels" | "overlap" | "samples" | "settled" | "lost" = "lost";
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
  const bound = (set: (stream: StreamState, sign: 1 | -1) => void): void => {
    for (const stream of low.streams) set(stream, -1);
    for (const stream of high.streams) set(stream, 1);
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
      stage = "levels";
      bound(({ levels }, sign) => floats.fill(sign * LEVEL_BOUND, levels, levels + LEVEL_WORDS));
    },
    end() {
      stage = "lost";
    },
    get watching() {
      return stage !== "settled" && stage !== "lost";
    },
    get settled() {
      return stage === "settled";
    },
    look() {
      if (low.streams.some((s) => words[s.mode] !== CELT_ONLY || words[s.lossDuration] !== 0)) stage = "lost";
      else if (stage === "levels" && levelsMeet()) stage = "overlap";
      else if (stage === "overlap") {
        // What differs beside the samples is equal after this: the higher decoder takes the lower one's state.
        words.copyWithin(high.start, low.start, low.end);
        bound((stream, sign) => fill(stream, sign * SAMPLE_BOUND));
        stage = "samples";
      } else if (stage === "samples" && samplesMeet()) stage = "settled";
    },
  };
}
