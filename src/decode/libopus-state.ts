/**
 * Where things stand in a decoder's memory: `opus-decoder` 0.7.12's wrapper, libopus's multistream decoder in it,
 * and in that one decoder a stream, each with a SILK and a CELT decoder. All of it is one piece of WebAssembly memory:
 *
 * ```
 * wrapper       7 words, then where the multistream decoder is
 * multistream   channels, streams, coupled, 256 bytes of mapping, then the streams' decoders
 * stream        bytes to its CELT decoder, bytes to its SILK decoder, channels, rate, …, mode of the last packet
 * CELT          25 words, then per channel 2,048 samples of history and 120 of overlap, 24 of prediction, and levels
 * levels        2 × 21 bands each: of the last frame, of the last two steady frames, of the background
 * ```
 *
 * Places are counted in words of 4 bytes. What is looked up is checked against what must stand there.
 */
import { OpusZarrError } from "../errors.js";
import type { DecoderLayout } from "./decoder.js";

/** Where one stream's decoder has what it remembers. */
export interface StreamState {
  /** Mode of the last packet: {@link CELT_ONLY}, or another. */
  readonly mode: number;
  /** How long data has been lost; 0 after a packet that was decoded. */
  readonly lossDuration: number;
  /** Memory of the de-emphasis filter, a word a channel. */
  readonly deemphasis: number;
  readonly channels: number;
  /** Samples out of which the post-filter repeats, {@link HISTORY_WORDS} and then the overlap, channel after channel. */
  readonly history: number;
  /** Band levels that later frames are predicted from, {@link LEVEL_WORDS} of them. */
  readonly levels: number;
}

/** Where a decoder's state is. */
export interface DecoderState {
  readonly start: number;
  readonly end: number;
  readonly streams: readonly StreamState[];
}

/** libopus's number for packets without SILK. */
export const CELT_ONLY = 1002;
/** Samples of history a channel. */
export const HISTORY_WORDS = 2048;
/** From one channel's history to the next: its overlap of 120 samples lies between. */
export const HISTORY_STRIDE: number = HISTORY_WORDS + 120;
/** Levels of the last frame and of the last two steady ones, 2 × 21 bands each. */
export const LEVEL_WORDS = 126;

const MULTISTREAM_AT = 7;
const STREAMS_AT = 3 + 256 / 4;
const STREAM_MODE_AT = 17;
const CELT_LOSS_AT = 14;
const CELT_DEEMPHASIS_AT = 23;
const CELT_HEADER_WORDS = 25;
const PREDICTION_WORDS = 24;
const BACKGROUND_WORDS = 42;

/**
 * Finds a decoder's state.
 *
 * @param words the WebAssembly memory
 * @param wrapper where the decoder is, in bytes
 * @throws {OpusZarrError} of kind `dependency` when something else stands there
 */
export function locateState(words: Uint32Array, wrapper: number, layout: DecoderLayout): DecoderState {
  const at = (place: number): number => words[place] ?? Number.NaN;
  const { streams, coupled } = layout.mapping;
  const start = at(wrapper / 4 + MULTISTREAM_AT) / 4;
  expectWords([at(start), at(start + 1), at(start + 2)], [layout.channels, streams, coupled]);
  const found: StreamState[] = [];
  let stream = start + STREAMS_AT;
  for (let number = 0; number < streams; number++) {
    const channels = number < coupled ? 2 : 1;
    const celt = stream + at(stream) / 4;
    expectWords([at(stream + 2), at(stream + 3)], [channels, layout.sampleRateHz]);
    expectWords([at(celt + 1), at(celt + 2)], [HISTORY_STRIDE - HISTORY_WORDS, channels]);
    const history = celt + CELT_HEADER_WORDS;
    const levels = history + (HISTORY_STRIDE + PREDICTION_WORDS) * channels;
    found.push({
      mode: stream + STREAM_MODE_AT,
      lossDuration: celt + CELT_LOSS_AT,
      deemphasis: celt + CELT_DEEMPHASIS_AT,
      channels,
      history,
      levels,
    });
    stream = levels + LEVEL_WORDS + BACKGROUND_WORDS;
  }
  return { start, end: stream, streams: found };
}

function expectWords(got: readonly number[], expected: readonly number[]): void {
  if (expected.every((word, i) => got[i] === word)) return;
  throw new OpusZarrError(
    "dependency",
    `expected a libopus decoder's state (${expected.join(", ")}), got ${got.join(", ")}: another build of opus-decoder`,
  );
}
