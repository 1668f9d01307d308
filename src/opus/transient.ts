/**
 * Whether a CELT frame is coded as a transient, read from its first bits (RFC 6716 §4.3, table 56):
 * silence, post-filter and its parameters, then the transient flag. All but the post-filter's period and
 * gain, which are raw bits at the frame's end, come through the range decoder (§4.1).
 */

/** State of a range decoder: `value` is the top of the range less the code, as in §4.1. */
interface RangeDecoder {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  range: number;
  value: number;
  lastByte: number;
  /** Bits taken in so far, raw bits among them. */
  bits: number;
}

/** Of a full range of 2^31: what silence takes, and then the post-filter. */
const SILENCE_SHARE = 2 ** 16;
const FILTER_SHARE = (2 ** 31 - SILENCE_SHARE) / 2;

/** The range is kept above this. */
const LEAST_RANGE = 2 ** 23;

/**
 * Reads the transient flag of the CELT-only frame `bytes[from, to)`.
 *
 * @param toc the packet's TOC byte: it tells the frame size, for frames of 2.5 ms have no such flag
 */
export function isTransient(bytes: Uint8Array, from: number, to: number, toc: number): boolean {
  if (((toc >> 3) & 3) === 0) return false;
  if (to - from >= 4) {
    // As below, worked out for the range at a frame's start: most frames have no post-filter and end here.
    const word =
      ((bytes[from] as number) << 24) |
      ((bytes[from + 1] as number) << 16) |
      ((bytes[from + 2] as number) << 8) |
      (bytes[from + 3] as number);
    const value = 2 ** 31 - 1 - (word >>> 1) - SILENCE_SHARE;
    if (value < 0) return false;
    if (value >= FILTER_SHARE) return value - FILTER_SHARE < FILTER_SHARE / 8;
  }
  const totalBits = (to - from) * 8;
  const decoder = openRangeDecoder(bytes, from, to);
  if (bitsUsed(decoder) >= totalBits) return false;
  if (readBit(decoder, 15)) return false; // silence
  if (bitsUsed(decoder) + 16 <= totalBits && readBit(decoder, 1)) skipPostFilter(decoder, totalBits);
  return bitsUsed(decoder) + 3 <= totalBits && readBit(decoder, 3);
}

function openRangeDecoder(bytes: Uint8Array, from: number, to: number): RangeDecoder {
  const first = from < to ? (bytes[from] as number) : 0;
  const value = 127 - (first >> 1);
  const decoder = { bytes, at: from + 1, end: to, range: 128, value, lastByte: first, bits: 9 };
  normalize(decoder);
  return decoder;
}

function normalize(decoder: RangeDecoder): void {
  while (decoder.range <= LEAST_RANGE) {
    const byte = decoder.at < decoder.end ? (decoder.bytes[decoder.at] as number) : 0;
    decoder.at++;
    decoder.bits += 8;
    decoder.range *= 256;
    const symbol = (((decoder.lastByte << 8) | byte) >> 1) & 255;
    decoder.lastByte = byte;
    decoder.value = (decoder.value * 256 + (255 - symbol)) % 2 ** 31;
  }
}

/** Bits used, rounded up (§4.1.6). */
function bitsUsed(decoder: RangeDecoder): number {
  return decoder.bits - (32 - Math.clz32(decoder.range));
}

/** A bit that is 1 with a probability of 2^-logp (§4.1.3.2). */
function readBit(decoder: RangeDecoder, logp: number): boolean {
  const share = Math.floor(decoder.range / 2 ** logp);
  const set = decoder.value < share;
  if (set) decoder.range = share;
  else {
    decoder.value -= share;
    decoder.range -= share;
  }
  normalize(decoder);
  return set;
}

function skipPostFilter(decoder: RangeDecoder, totalBits: number): void {
  // The octave, one of six alike (§4.1.5); then raw bits: 4 + octave of the period, 3 of the gain.
  const share = Math.floor(decoder.range / 6);
  const octave = 6 - Math.min(6, Math.floor(decoder.value / share) + 1);
  const above = share * (5 - octave);
  decoder.value -= above;
  decoder.range = octave > 0 ? share : decoder.range - above;
  normalize(decoder);
  decoder.bits += 4 + octave + 3;
  // The tapset, of probabilities {2, 1, 1}/4.
  if (bitsUsed(decoder) + 2 > totalBits) return;
  const quarter = Math.floor(decoder.range / 4);
  const [low, high] =
    decoder.value >= 2 * quarter
      ? [2 * quarter, decoder.range]
      : decoder.value >= quarter
        ? [quarter, 2 * quarter]
        : [0, quarter];
  decoder.value -= low;
  decoder.range = high - low;
  normalize(decoder);
}
