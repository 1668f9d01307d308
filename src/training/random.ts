/** Random numbers for datasets: a stream for each use. */
import { argumentError } from "../errors.js";
import type { Random } from "../random.js";

/**
 * A stream of random numbers in [0, 1), set by a seed and a name: each use has its own, so that one more window changes
 * nothing in the splits.
 *
 * @param seed a whole number from 0 to 2^32 − 1
 * @param name what the numbers are for
 * @see Blackman and Vigna's xoshiro family (xoshiro128**), seeded through SplitMix32
 */
export function namedRandom(seed: number, name: string): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw argumentError("seed", "a whole number from 0 to 4294967295", seed);
  }
  let state = seed;
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x0100_0193) >>> 0;
  const s = Array.from({ length: 4 }, () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }) as [number, number, number, number];
  return () => next(s) / 2 ** 32;
}

function next(s: [number, number, number, number]): number {
  const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 11);
  return result;
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
