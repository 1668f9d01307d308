/** Where the dataset lies that comes with this package. */
import { fileURLToPath } from "node:url";

/** Files of the bundled dataset, as paths. */
export interface BundledDataset {
  /** 80 s, one channel, 48 kHz, 160 kb/s: see `datasets/README.md`. */
  readonly opus: string;
  /** Ground truth as CSV: label, start_s, end_s, low_hz, high_hz. */
  readonly labels: string;
  /** Ground truth as a Raven selection table. */
  readonly raven: string;
}

/**
 * Paths of the bundled soundscape and its ground truth.
 *
 * @example
 * ```ts
 * await importRecordings(archive, [bundledDataset().opus]);
 * ```
 */
export function bundledDataset(): BundledDataset {
  const path = (name: string): string => fileURLToPath(new URL(`../../datasets/${name}`, import.meta.url));
  return {
    opus: path("soundscape.opus"),
    labels: path("soundscape.labels.csv"),
    raven: path("soundscape.raven.txt"),
  };
}
