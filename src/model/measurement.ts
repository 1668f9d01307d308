/** What is measured, and checked once: the rows that models are fitted to. */
import { argumentError } from "../errors.js";

/** How much work an index build is, as the model counts it. */
export interface Workload {
  /** Batch size in MiB; null or absent where the size means nothing (a page at a time). */
  readonly sizeMb?: number | null | undefined;
  /** Reads of the blob array. */
  readonly accesses?: number | undefined;
  /** Batches; counted as accesses where these are not given. */
  readonly batches?: number | undefined;
  /** Bytes of the file; what accesses read twice, or beyond them, counts as their time. */
  readonly bytes: number;
  /** Ogg pages found. */
  readonly pages: number;
}

/** A workload and the time that it took. */
export interface Measurement extends Workload {
  /** Wall time in seconds; the median where it was run several times. */
  readonly seconds: number;
  /** Spread of `seconds` (a standard deviation, or what stands for one), in seconds. */
  readonly spreadSeconds?: number | undefined;
  /** Runs that `seconds` is the median of; one unless given. */
  readonly runs?: number | undefined;
  readonly strategy?: string | undefined;
  readonly workers?: number | undefined;
}

/** Reads of the blob of one workload. */
export function accessesOf(workload: Workload): number {
  return workload.accesses ?? workload.batches ?? Number.NaN;
}

/** Refuses a workload that is none, naming its row. */
export function checkWorkload(workload: Workload, row: number): void {
  const check = (field: string, value: number): void => {
    if (Number.isFinite(value) && value >= 0) return;
    throw argumentError(`measurements[${row}].${field}`, "a finite number of at least 0", value);
  };
  check("accesses", accessesOf(workload));
  check("bytes", workload.bytes);
  check("pages", workload.pages);
}

/** Refuses measurements that are none. */
export function checkMeasurements(measurements: readonly Measurement[]): void {
  if (!Array.isArray(measurements) || measurements.length === 0) {
    throw argumentError("measurements", "at least one measurement", measurements);
  }
  for (const [row, measurement] of measurements.entries()) {
    checkWorkload(measurement, row);
    if (!Number.isFinite(measurement.seconds) || measurement.seconds < 0) {
      throw argumentError(
        `measurements[${row}].seconds`,
        "a finite time of at least 0 s",
        measurement.seconds,
      );
    }
    const spread = measurement.spreadSeconds;
    if (spread !== undefined && !(Number.isFinite(spread) && spread >= 0)) {
      throw argumentError(`measurements[${row}].spreadSeconds`, "a finite time of at least 0 s", spread);
    }
  }
}

/** The middle value; the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * Spread that one slow run does not move: the median distance from the median, times 1.4826, which makes it a
 * standard deviation for normal noise.
 */
export function medianDeviation(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
