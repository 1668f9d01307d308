/** danfo, loaded when the first frame is made (0.8 s), and the one place where frames are built. */
import { argumentError, OpusZarrError } from "../errors.js";
import type * as Danfo from "../vendor/danfo.js";

/** The parts of danfo that this package brings along. */
export type DanfoModule = typeof Danfo;

/** A danfo frame: a table with named, typed columns. */
export type DataFrame = Danfo.DataFrame;

/** A danfo column. */
export type Series = Danfo.Series;

/** One column on its way into a frame; numbers are kept as they are, whatever `dtype` says. */
export interface FrameColumn {
  readonly name: string;
  readonly dtype: "float32" | "int32" | "string" | "boolean";
  readonly values: ArrayLike<number | string | boolean>;
}

let loading: Promise<DanfoModule> | undefined;

/**
 * danfo itself: `DataFrame`, `Series`, `concat`, `merge`, `readCSV`, … It is bundled with this package, because
 * danfojs-node needs downloads from outside the registry; Excel, URLs and plots are left out.
 *
 * @returns the module; loaded once
 * @throws {OpusZarrError} of kind `dependency` when the bundle is missing (a build that stopped half-way)
 * @example
 * ```ts
 * const { DataFrame } = await loadDanfo();
 * const frame = new DataFrame({ size: [4, 8], seconds: [0.5, 0.4] });
 * ```
 * @see https://danfo.jsdata.org/api-reference
 */
export async function loadDanfo(): Promise<DanfoModule> {
  loading ??= import("../vendor/danfo.js");
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    throw new OpusZarrError(
      "dependency",
      "expected the danfo bundle in dist/vendor, got none: run the build",
      {},
      cause,
    );
  }
}

/** Makes a frame of columns of one length; no rows give an empty frame that still has its columns. */
export async function frameOf(columns: readonly FrameColumn[]): Promise<DataFrame> {
  const { DataFrame } = await loadDanfo();
  // danfo makes a property of each column, which would hide a method of the same name.
  const taken = columns.find((column) => column.name in DataFrame.prototype);
  if (taken) throw argumentError("columns", "names that are no property of a frame", taken.name);
  const options = {
    columns: columns.map((column) => column.name),
    // Given up front: danfo otherwise reads every value to guess them, and guesses wrong from NaN.
    dtypes: columns.map((column) => column.dtype),
  };
  const rows = columns[0]?.values.length ?? 0;
  if (rows === 0) {
    // danfo cannot shorten a printed row that is not there: allow all columns.
    return new DataFrame([], { ...options, config: { tableMaxColInConsole: columns.length } });
  }
  const data = Array.from({ length: rows }, (_, row) => columns.map((column) => column.values[row]));
  return new DataFrame(data, options);
}

/** `int32` where the numbers fit, since danfo computes in the column's type; longer positions as `float32`. */
export function wholeColumn(name: string, values: readonly number[]): FrameColumn {
  const fits = values.every((value) => value === (value | 0));
  return { name, dtype: fits ? "int32" : "float32", values };
}
