/**
 * Whether a CELT frame is coded as a transient, read from its first bits (RFC 6716 §4.3, table 56):
 * silence, post-filter and its parameters, then the transient flag. All but the post-filter's period and
 * gain, which are raw bits at the frame's end, come through the range decoder (§4.1). Its range begins as 2^31
 * and stays above 2^23 down to the flag, so it takes in no more than the frame's first 31 bits.
 */

/** What silence takes of the full range. */
const SILENCE_SHARE = 2 ** 16;

/**
 * Reads the transient flag of the CELT-only frame `bytes[from, to)`.
 *
 * @param toc the packet's TOC byte: it tells the frame size, for frames of 2.5 ms have no such flag
 */
export function isTransient(bytes: Uint8Array, from: number, to: number, toc: number): boolean {
  const totalBits = (to - from) * 8;
  if (((toc >> 3) & 3) === 0 || totalBits === 0) return false;
  let value = 2 ** 31 - 1 - (firstWord(bytes, from, to) >>> 1);
  if (value < SILENCE_SHARE) return false;
  value -= SILENCE_SHARE;
  let range = 2 ** 31 - SILENCE_SHARE;
  if (bitsUsed(range) + 16 <= totalBits) {
    range /= 2;
    if (value < range) return isTransientAfterFilter(value, range, totalBits);
    value -= range;
  }
  return bitsUsed(range) + 3 <= totalBits && value < range >>> 3;
}

/** As {@link isTransient}, where a post-filter comes first. */
function isTransientAfterFilter(after: number, before: number, totalBits: number): boolean {
  // The octave, one of six alike (§4.1.5); then raw bits: 4 + octave of the period, 3 of the gain.
  const sixth = Math.floor(before / 6);
  const octave = 5 - Math.min(5, Math.floor(after / sixth));
  const rawBits = 4 + octave + 3;
  const above = sixth * (5 - octave);
  let value = after - above;
  let range = octave > 0 ? sixth : before - above;
  if (bitsUsed(range) + rawBits + 2 <= totalBits) {
    // The tapset, of probabilities {2, 1, 1}/4.
    const quarter = range >>> 2;
    const low = Math.min(2, Math.floor(value / quarter)) * quarter;
    value -= low;
    range = low === 2 * quarter ? range - low : quarter;
  }
  return bitsUsed(range) + rawBits + 3 <= totalBits && value < range >>> 3;
}

/** The frame's first 32 bits; bytes past its end count as 0. */
function firstWord(bytes: Uint8Array, from: number, to: number): number {
  let word = 0;
  for (let at = from; at < from + 4; at++) word = (word << 8) | (at < to ? (bytes[at] as number) : 0);
  return word;
}

/** Bits used to come to this range from the full one, rounded up (§4.1.6). */
function bitsUsed(range: number): number {
  return 1 + Math.clz32(range);
}
