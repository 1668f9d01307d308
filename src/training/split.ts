/** Groups to splits: each group whole in one split, classes spread as the fractions ask as far as groups allow. */
import { argumentError } from "../errors.js";
import { shuffled } from "../random.js";
import { namedRandom } from "./random.js";

/** How a dataset is split. */
export interface SplitOptions {
  /** What is never torn apart: `recorder`, `site`, `day`, `file`, or a metadata field or column. */
  readonly by: string;
  /** Share of each split, adding up to 1, the training split first. */
  readonly fractions: Readonly<Record<string, number>>;
}

/** What a group holds: windows of each class. */
export interface GroupCounts {
  readonly group: string;
  readonly windows: number;
  readonly classes: ReadonlyMap<string, number>;
}

/** Above so many groups, exchanging pairs is left out: it takes the square of their number. */
const MOST_GROUPS_FOR_SWAPS = 300;
/** Rounds of improvement; each is rarely followed by more than two or three others. */
const MOST_ROUNDS = 20;

/** Checks fractions once, at the edge; splits of nothing are left out. */
export function splitFractions({
  fractions,
}: SplitOptions): readonly (readonly [name: string, share: number])[] {
  const all = Object.entries(fractions);
  for (const [name, share] of all) {
    if (!/^[A-Za-z0-9_-]+$/.test(name))
      throw argumentError("split", "names of letters, digits, - and _", name);
    if (!(share >= 0 && share <= 1))
      throw argumentError("split", `a fraction from 0 to 1 for ${name}`, share);
  }
  const sum = all.reduce((total, [, share]) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9) throw argumentError("split", "fractions that add up to 1", sum);
  return all.filter(([, share]) => share > 0);
}

/**
 * Puts every group into a split.
 *
 * Groups are dealt largest first to the split that they bring nearest to its share of every class (the idea of
 * iterative stratification: Sechidis, Tsoumakas and Vlahavas 2011), then moved and exchanged while that helps.
 * No split stays empty.
 *
 * @param groups those that hold windows
 * @param options fractions, what the groups are, and the seed that settles ties
 * @returns group → split
 * @throws {OpusZarrError} of kind `argument` when there are fewer groups than splits
 */
export function assignSplits(
  groups: readonly GroupCounts[],
  options: SplitOptions,
  seed: number,
): ReadonlyMap<string, string> {
  const splits = splitFractions(options);
  if (groups.length < splits.length) throw tooFewGroups(groups, splits.length, options.by);
  const order = shuffled(groups, namedRandom(seed, "split")).sort((a, b) => b.windows - a.windows);
  const board = new Board(order, splits);
  for (let group = 0; group < order.length; group++) {
    const left = order.length - group;
    const empty = splits.map((_, split) => split).filter((split) => board.size(split) === 0);
    const open = empty.length === left ? empty : splits.map((_, split) => split);
    board.put(
      group,
      least(open, (split) => board.costOfPutting(group, split)),
    );
  }
  for (let round = 0; round < MOST_ROUNDS && improve(board, order.length, splits.length); round++);
  return new Map(order.map(({ group }, i) => [group, splits[board.splitOf(i)]?.[0] as string]));
}

function tooFewGroups(groups: readonly GroupCounts[], splits: number, by: string): Error {
  const shown = groups.slice(0, 8).map(({ group, windows }) => `${group} (${windows} windows)`);
  const what = groups.length === 1 ? "is one group" : `are ${groups.length} groups`;
  return argumentError(
    "split",
    `at least ${splits} groups for ${splits} splits by ${by}; there ${what}: ${shown.join(", ")}`,
    groups.length,
  );
}

function least(items: readonly number[], cost: (item: number) => number): number {
  const costs = items.map(cost);
  return items[costs.indexOf(Math.min(...costs))] as number;
}

/** One round of moves and exchanges; whether anything was gained. */
function improve(board: Board, groups: number, splits: number): boolean {
  let gained = false;
  for (let group = 0; group < groups; group++) {
    if (board.size(board.splitOf(group)) === 1) continue;
    for (let split = 0; split < splits; split++) {
      if (split !== board.splitOf(group)) gained = board.tryMoves([[group, split]]) || gained;
      if (board.size(board.splitOf(group)) === 1) break;
    }
  }
  if (groups > MOST_GROUPS_FOR_SWAPS) return gained;
  for (let a = 0; a < groups; a++) {
    for (let b = a + 1; b < groups; b++) {
      const [from, to] = [board.splitOf(a), board.splitOf(b)];
      if (from !== to)
        gained =
          board.tryMoves([
            [a, to],
            [b, from],
          ]) || gained;
    }
  }
  return gained;
}

/** Who is where, and how far each split is from its share. */
class Board {
  readonly #rows: readonly Float64Array[];
  readonly #totals: Float64Array;
  readonly #sums: readonly Float64Array[];
  readonly #shares: readonly number[];
  readonly #place: Int32Array;
  readonly #sizes: Int32Array;

  constructor(groups: readonly GroupCounts[], splits: readonly (readonly [string, number])[]) {
    const names = [...new Set(groups.flatMap(({ classes }) => [...classes.keys()]))];
    // The first number counts all windows, the others those of each class.
    this.#rows = groups.map(({ windows, classes }) =>
      Float64Array.from([windows, ...names.map((name) => classes.get(name) ?? 0)]),
    );
    this.#totals = new Float64Array(names.length + 1);
    for (const row of this.#rows)
      for (const [i, count] of row.entries()) this.#totals[i] = (this.#totals[i] ?? 0) + count;
    this.#sums = splits.map(() => new Float64Array(names.length + 1));
    this.#shares = splits.map(([, share]) => share);
    this.#place = new Int32Array(groups.length).fill(-1);
    this.#sizes = new Int32Array(splits.length);
  }

  splitOf(group: number): number {
    return this.#place[group] as number;
  }

  size(split: number): number {
    return this.#sizes[split] as number;
  }

  put(group: number, split: number): void {
    const from = this.splitOf(group);
    if (from >= 0) this.#add(group, from, -1);
    this.#add(group, split, 1);
    this.#place[group] = split;
  }

  /** What the cost changes by when a group that is nowhere yet goes to a split. */
  costOfPutting(group: number, split: number): number {
    const before = this.#cost(split);
    this.#add(group, split, 1);
    const after = this.#cost(split);
    this.#add(group, split, -1);
    return after - before;
  }

  /** Makes the moves if that lowers the cost; takes them back if not. */
  tryMoves(moves: readonly (readonly [group: number, split: number])[]): boolean {
    const back = moves.map(([group]) => [group, this.splitOf(group)] as const);
    const touched = [...new Set([...moves, ...back].map(([, split]) => split))];
    const cost = (): number => touched.reduce((sum, split) => sum + this.#cost(split), 0);
    const before = cost();
    for (const [group, split] of moves) this.put(group, split);
    // A gain must be more than rounding, or two states could alternate for ever.
    if (cost() < before - 1e-12) return true;
    for (const [group, split] of back) this.put(group, split);
    return false;
  }

  #add(group: number, split: number, sign: 1 | -1): void {
    const sums = this.#sums[split] as Float64Array;
    for (const [i, count] of (this.#rows[group] as Float64Array).entries())
      sums[i] = (sums[i] as number) + sign * count;
    this.#sizes[split] = this.size(split) + sign;
  }

  /** Squared distance from the share of every class, each class as weighty as any other. */
  #cost(split: number): number {
    const sums = this.#sums[split] as Float64Array;
    const share = this.#shares[split] as number;
    let cost = 0;
    for (let i = 0; i < sums.length; i++) {
      const total = this.#totals[i] as number;
      if (total > 0) cost += ((sums[i] as number) / total - share) ** 2;
    }
    return cost;
  }
}
