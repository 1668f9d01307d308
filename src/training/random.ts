/** Random numbers that a seed decides: the same on every machine and in every version. */
import { argumentError } from "../errors.js";

/** Whole numbers from 0 to below `count`. */
export type RandomIndex = (count: number) => number;

/**
 * A stream of random numbers, set by a seed and a name: each use has its own, so that one more window changes
 * nothing in the splits.
 *
 * @param seed a whole number from 0 to 2^32 − 1
 * @param name what the numbers are for
 * @see Blackman and Vigna's xoshiro family (xoshiro128**), seeded through SplitMix32
 */
export function randomIndex(seed: number, name: string): RandomIndex {
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
  return (count) => Math.floor((next(s) / 2 ** 32) * count);
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

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: RandomIndex): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
