/** Weighted least squares that says which of its columns the data can tell apart. */

/** A column of the design that is a sum of others, so that its coefficient has no value of its own. */
export interface Alias {
  readonly column: number;
  /** How much of each kept column it is, in the order of `kept`. */
  readonly ofKept: readonly number[];
}

/** A fit; matrices are arrays of rows over the kept columns. */
export interface LeastSquares {
  /** Columns that were fitted, in the order given. */
  readonly kept: readonly number[];
  readonly aliases: readonly Alias[];
  readonly coefficients: readonly number[];
  /** (XᵀWX)⁻¹: times the residual variance, the coefficients' covariance. */
  readonly inverse: readonly (readonly number[])[];
  readonly fitted: readonly number[];
  /** Σ w·(y − fitted)². */
  readonly residualSum: number;
  readonly degreesOfFreedom: number;
  /** Largest over smallest singular scale of the unit-length columns, from the diagonal of R: a lower bound. */
  readonly condition: number;
}

/** Of a unit-length column, what must be left after the columns before it for it to count as new. */
const RANK_TOLERANCE = 1e-7;

/** Orthogonal basis of the columns taken so far, and how each kept column is made of it. */
interface Basis {
  readonly vectors: number[][];
  /** Upper triangle, by column: `r[k][i]` for i ≤ k. */
  readonly r: number[][];
}

/**
 * Fits y = X·b by modified Gram–Schmidt, columns in their order of importance: one that earlier columns make up is
 * left out and reported, instead of being given an arbitrary share.
 *
 * @param columns of X, each as long as `y`
 * @param weights one a row: 1 / variance up to a factor
 * @see Björck, Numerical Methods for Least Squares Problems (1996), section 2.4
 */
export function leastSquares(
  columns: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
): LeastSquares {
  const root = weights.map(Math.sqrt);
  const weighted = columns.map((column) => column.map((value, i) => value * (root[i] as number)));
  const target = y.map((value, i) => value * (root[i] as number));
  const basis: Basis = { vectors: [], r: [] };
  const kept: number[] = [];
  const aliases: Alias[] = [];
  for (const [column, values] of weighted.entries()) {
    const length = Math.sqrt(dot(values, values));
    const { rest, shares } = project(values, basis.vectors);
    const left = Math.sqrt(dot(rest, rest));
    if (length > 0 && left > RANK_TOLERANCE * length) {
      kept.push(column);
      basis.vectors.push(rest.map((value) => value / left));
      basis.r.push([...shares, left]);
    } else aliases.push({ column, ofKept: solveUpper(basis.r, shares) });
  }
  const coefficients = solveUpper(basis.r, project(target, basis.vectors).shares);
  const rowOf = (row: number): number[] => kept.map((column) => columns[column]?.[row] as number);
  const fitted = y.map((_, row) => dot(coefficients, rowOf(row)));
  const squares = y.map((value, i) => (value - (fitted[i] as number)) ** 2);
  return {
    kept,
    aliases,
    coefficients,
    inverse: inverseOf(basis.r),
    fitted,
    residualSum: dot(weights, squares),
    degreesOfFreedom: y.length - kept.length,
    condition: conditionOf(basis.r),
  };
}

/** What of `values` the basis does not hold, and its share of each vector; twice, for full precision. */
function project(
  values: readonly number[],
  vectors: readonly (readonly number[])[],
): { rest: number[]; shares: number[] } {
  let rest = [...values];
  const shares = vectors.map(() => 0);
  for (let pass = 0; pass < 2; pass++) {
    for (const [k, vector] of vectors.entries()) {
      const share = dot(rest, vector);
      shares[k] = (shares[k] as number) + share;
      rest = rest.map((value, i) => value - share * (vector[i] as number));
    }
  }
  return { rest, shares };
}

/** Solves R·x = b for the upper triangle R that is given by columns. */
function solveUpper(r: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x = [...b];
  for (let k = r.length - 1; k >= 0; k--) {
    const column = r[k] as readonly number[];
    const value = (x[k] as number) / (column[k] as number);
    x[k] = value;
    for (let i = 0; i < k; i++) x[i] = (x[i] as number) - value * (column[i] as number);
  }
  return x;
}

/** R⁻¹·R⁻ᵀ. */
function inverseOf(r: readonly (readonly number[])[]): number[][] {
  const columns = r.map((_, k) =>
    solveUpper(
      r,
      r.map((_, i) => (i === k ? 1 : 0)),
    ),
  );
  return r.map((_, i) =>
    r.map((_, j) => columns.reduce((sum, column) => sum + (column[i] as number) * (column[j] as number), 0)),
  );
}

function conditionOf(r: readonly (readonly number[])[]): number {
  const left = r.map((column) => (column[column.length - 1] as number) / Math.sqrt(dot(column, column)));
  return left.length === 0 ? 1 : Math.max(...left) / Math.min(...left);
}

/** Σ aᵢ·bᵢ. */
export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** x·M·x. */
export function quadratic(matrix: readonly (readonly number[])[], x: readonly number[]): number {
  return dot(
    x,
    matrix.map((row) => dot(row, x)),
  );
}
