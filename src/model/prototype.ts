/** The prototype's own model and published figures, to lay beside what is measured here. */
import { argumentError } from "../errors.js";
import { accessesOf, checkWorkload, type Workload } from "./measurement.js";

/** One row of the prototype's published table: a 73.5 MB recording of 3,655 s and as many pages. */
export interface PrototypeRow {
  /** Batch size in MiB; null for a page at a time. */
  readonly sizeMb: number | null;
  readonly accesses: number;
  readonly pagesPerSecond: number;
}

/** What the prototype assumed, and what it published. */
export interface PrototypeModel {
  /** Seconds for an access of one page. */
  readonly pageAccessSeconds: number;
  /** Seconds for an access, by batch size in MiB. */
  readonly accessSeconds: readonly (readonly [sizeMb: number, seconds: number])[];
  readonly secondsPerPage: number;
  readonly published: readonly PrototypeRow[];
}

/**
 * The prototype's constants: 2 ms an access of one page; 15, 25 and 40 ms an access of 8, 16 and 32 MB; 0.1 ms a page.
 * Its published rates are its measurements; the constants do not reproduce them (0.5 s for 8 MB, so 7,100 pages/s).
 */
export const prototypeModel: PrototypeModel = {
  pageAccessSeconds: 0.002,
  accessSeconds: [
    [8, 0.015],
    [16, 0.025],
    [32, 0.04],
  ],
  secondsPerPage: 0.0001,
  published: [
    { sizeMb: null, accesses: 3655, pagesPerSecond: 228.5 },
    { sizeMb: 4, accesses: 18, pagesPerSecond: 350 },
    { sizeMb: 8, accesses: 9, pagesPerSecond: 458 },
    { sizeMb: 16, accesses: 5, pagesPerSecond: 450 },
    { sizeMb: 32, accesses: 3, pagesPerSecond: 440 },
  ],
};

/** A time by the prototype's model. */
export interface PrototypePrediction {
  readonly seconds: number;
  /** Whether the prototype named this size itself; other sizes are on the line through its neighbours. */
  readonly stated: boolean;
}

/**
 * The time that the prototype's model gives for a workload.
 *
 * @param workload `sizeMb` in MiB (null or absent: a page at a time), `accesses` (or `batches`), `bytes`, `pages`
 * @throws {OpusZarrError} of kind `argument` for negative or non-finite numbers
 * @example
 * ```ts
 * prototypeSeconds({ sizeMb: 8, accesses: 9, bytes: 73.5e6, pages: 3655 }).seconds; // 0.5005
 * ```
 */
export function prototypeSeconds(workload: Workload): PrototypePrediction {
  checkWorkload(workload, 0);
  const { sizeMb } = workload;
  const { pageAccessSeconds, accessSeconds, secondsPerPage } = prototypeModel;
  const known = accessSeconds.find(([size]) => size === sizeMb);
  const isPage = sizeMb === null || sizeMb === undefined;
  const access = isPage ? pageAccessSeconds : (known?.[1] ?? between(sizeMb));
  return {
    seconds: accessesOf(workload) * access + workload.pages * secondsPerPage,
    stated: isPage || known !== undefined,
  };
}

/** On the line between the two stated sizes nearest; one page counts as size 0. */
function between(sizeMb: number): number {
  if (!(sizeMb > 0)) throw argumentError("sizeMb", "a positive number of MiB", sizeMb);
  const points = [[0, prototypeModel.pageAccessSeconds] as const, ...prototypeModel.accessSeconds];
  const above = points.findIndex(([size]) => size > sizeMb);
  const k = above === -1 ? points.length - 1 : above;
  const [low, lowSeconds] = points[k - 1] as readonly [number, number];
  const [high, highSeconds] = points[k] as readonly [number, number];
  return lowSeconds + ((sizeMb - low) / (high - low)) * (highSeconds - lowSeconds);
}
