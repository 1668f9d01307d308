/** Shares work out among shards: the same way on every machine, and about as much for each. */

/**
 * Shares out things that may go anywhere: the heaviest first, each to the shard that has least so far. No shard gets
 * more than the mean plus the heaviest thing.
 *
 * @param weights of the things; equal lists are shared out equally
 * @returns the shard of each thing
 */
export function shareOut(weights: readonly number[], count: number): number[] {
  const order = weights.map((_, i) => i).sort((a, b) => weightAt(weights, b) - weightAt(weights, a) || a - b);
  const loads = Array.from({ length: count }, () => ({ weight: 0, things: 0 }));
  const shards = new Array<number>(weights.length);
  for (const thing of order) {
    const least = lightest(loads);
    const load = loads[least] as (typeof loads)[number];
    load.weight += weightAt(weights, thing);
    load.things++;
    shards[thing] = least;
  }
  return shards;
}

/** Things without weight are shared out by their number. */
function lightest(loads: readonly { readonly weight: number; readonly things: number }[]): number {
  return loads.reduce((best, a, i) => {
    const b = loads[best] as typeof a;
    return a.weight < b.weight || (a.weight === b.weight && a.things < b.things) ? i : best;
  }, 0);
}

/**
 * Shares out things that belong together with their neighbours: each shard gets a run of them. A thing is its shard's
 * in which its middle lies.
 */
export function shareInOrder(weights: readonly number[], count: number): number[] {
  const total = weights.reduce((sum, _, i) => sum + weightAt(weights, i), 0);
  let before = 0;
  return weights.map((_, i) => {
    const weight = total > 0 ? weightAt(weights, i) / total : 1 / weights.length;
    const middle = before + weight / 2;
    before += weight;
    return Math.min(count - 1, Math.floor(middle * count));
  });
}

function weightAt(weights: readonly number[], i: number): number {
  const weight = weights[i] as number;
  return Number.isFinite(weight) && weight > 0 ? weight : 0;
}
