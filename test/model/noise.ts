/** Normal noise with a seed, of mean 0 and deviation 1 (Box and Muller), for tests of statistics. */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    // Numerical Recipes' linear congruence; its high bits are good enough.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
