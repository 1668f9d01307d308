/** What every bench gives, and the few sums that all of them do. */

/** One thing measured, a value a round. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** A figure that was promised: a number within limits, or that something is so. */
export interface Target {
  readonly name: string;
  readonly value: number | boolean;
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One bench: what was measured side by side, and what it says of the targets. */
export interface BenchResult {
  readonly title: string;
  readonly measures: readonly Measure[];
  readonly targets: readonly Target[];
  /** Peers that are not on this machine, with the reason. */
  readonly missing: readonly string[];
}

/** What a bench is told. */
export interface BenchContext {
  /** Smaller inputs and fewer rounds: to see that it works, not to be quoted. */
  readonly quick: boolean;
  readonly rounds: number;
  /** A folder for inputs that are made; kept between runs. */
  readonly scratch: string;
}

/** Middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Whether a target is met; one that could not be measured is not. */
export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Target): boolean {
  return typeof value === "boolean" ? value : Number.isFinite(value) && value >= atLeast && value <= atMost;
}

/**
 * Runs tasks in turn, round after round, each round in another order: a machine that slows down slows all of them.
 *
 * @param tasks by name; each gives its figure
 * @returns values by name
 */
export async function interleave<N extends string>(
  rounds: number,
  tasks: Readonly<Record<N, () => Promise<number>>>,
): Promise<Record<N, number[]>> {
  const names = Object.keys(tasks) as N[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<N, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] as N;
      values[name].push(await tasks[name]());
    }
  }
  return values;
}

/** Seconds that a piece of work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
