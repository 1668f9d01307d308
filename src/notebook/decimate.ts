/** Fewer points with the same look: what a screen can show of a long signal. */

/** Lowest and highest value of each of `columns` equal stretches of a signal. */
export interface Envelope {
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Samples a stretch; the last one may be shorter. */
  readonly samplesPerColumn: number;
}

/** The envelope of a signal in at most `maxColumns` stretches: no peak is lost, however short. */
export function envelope(samples: Float32Array | Int16Array, maxColumns: number): Envelope {
  const samplesPerColumn = Math.max(1, Math.ceil(samples.length / maxColumns));
  const columns = Math.ceil(samples.length / samplesPerColumn);
  const low = new Float32Array(columns);
  const high = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const end = Math.min(samples.length, (column + 1) * samplesPerColumn);
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = column * samplesPerColumn; i < end; i++) {
      const value = samples[i] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    low[column] = least;
    high[column] = most;
  }
  return { low, high, samplesPerColumn };
}

/** A table in which each cell is the greatest of `rowsPerCell` × `columnsPerCell` of another. */
export interface PooledGrid {
  /** Row-major `[rows, columns]`. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly rowsPerCell: number;
  readonly columnsPerCell: number;
}

/** How a grid lies in its array, and how large the result may be. */
export interface PoolOptions {
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly maxRows: number;
  readonly maxColumns: number;
}

/** Pools a grid by its greatest values: a short call stays visible. */
export function poolGrid(values: Float32Array | Int8Array, options: PoolOptions): PooledGrid {
  const rowsPerCell = Math.max(1, Math.ceil(options.rows / options.maxRows));
  const columnsPerCell = Math.max(1, Math.ceil(options.columns / options.maxColumns));
  const rows = Math.ceil(options.rows / rowsPerCell);
  const columns = Math.ceil(options.columns / columnsPerCell);
  const pooled = new Float32Array(rows * columns).fill(Number.NEGATIVE_INFINITY);
  for (let column = 0; column < options.columns; column++) {
    const toColumn = Math.floor(column / columnsPerCell);
    for (let row = 0; row < options.rows; row++) {
      const to = Math.floor(row / rowsPerCell) * columns + toColumn;
      const value = values[row * options.rowStride + column * options.columnStride] as number;
      if (value > (pooled[to] as number)) pooled[to] = value;
    }
  }
  return { values: pooled, rows, columns, rowsPerCell, columnsPerCell };
}
