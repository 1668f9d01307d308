/** One measured figure. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be at most (`max`) or at least (`min`). */
  readonly target?: { readonly max?: number; readonly min?: number };
}
