/** What an extraction can be told, checked once. */
import { argumentError } from "../errors.js";
import type { Accuracy } from "../segments/preroll.js";
import type { SampleType } from "../tensor/tensor.js";
import { positiveNumber, wholeNumber } from "../units.js";
import { defaultWorkers } from "../workers/pool.js";

/** How segments are extracted. */
export interface ExtractOptions {
  /**
   * `exact` (default): equal, float for float, to the slice of a sequential decode of the whole recording
   * by the same decoder. `fast`: 80 ms of pre-roll, as RFC 7845 recommends; the first hundred milliseconds
   * of a segment may differ audibly.
   */
  readonly accuracy?: Accuracy;
  /** float32 by default. */
  readonly dtype?: SampleType;
  /** Threads; by default one a core. 0 decodes on the calling thread. */
  readonly workers?: number;
  /** Channels to keep, from 0, or `"mono"` for their mean; all by default. */
  readonly channels?: readonly number[] | "mono";
  /** Whether the stream's output gain is applied; true by default (RFC 7845 §5.1). */
  readonly applyGain?: boolean;
  /** What happens with segments that reach outside their recording: an error (default), or silence there. */
  readonly outOfRange?: "error" | "pad";
  /** Longest stretch that one batch decodes, in seconds; 30 by default. */
  readonly maxBatchSeconds?: number;
  /** Pages of neighbouring batches are read together up to this size, in MB; 4 by default. */
  readonly readSizeMb?: number;
  readonly signal?: AbortSignal;
  /** Told after every batch. */
  readonly onProgress?: (progress: ExtractProgress) => void;
}

/** How far an extraction is. */
export interface ExtractProgress {
  readonly batches: number;
  readonly batchesDone: number;
  /** Seconds of audio decoded, of those planned. */
  readonly decodedSeconds: number;
  readonly plannedSeconds: number;
  readonly seconds: number;
}

/** Options with everything filled in. */
export interface ExtractSettings {
  readonly accuracy: Accuracy;
  readonly dtype: SampleType;
  readonly workers: number;
  readonly channels: readonly number[] | undefined;
  readonly mono: boolean;
  readonly applyGain: boolean;
  readonly outOfRange: "error" | "pad";
  readonly maxBatchSeconds: number;
  readonly readSizeMb: number;
}

/** Checks options, naming the one that is wrong. */
export function extractSettings(options: ExtractOptions): ExtractSettings {
  const { channels } = options;
  if (channels !== undefined && channels !== "mono" && !(Array.isArray(channels) && channels.length > 0)) {
    throw argumentError("channels", 'a list of channel numbers, or "mono"', channels);
  }
  return {
    accuracy: oneOf("accuracy", options.accuracy ?? "exact", ["exact", "fast"]),
    dtype: oneOf("dtype", options.dtype ?? "float32", ["float32", "int16"]),
    workers: wholeNumber("workers", options.workers ?? defaultWorkers()),
    channels: channels === "mono" ? undefined : channels,
    mono: channels === "mono",
    applyGain: options.applyGain ?? true,
    outOfRange: oneOf("outOfRange", options.outOfRange ?? "error", ["error", "pad"]),
    maxBatchSeconds: positiveNumber("maxBatchSeconds", options.maxBatchSeconds ?? 30),
    readSizeMb: positiveNumber("readSizeMb", options.readSizeMb ?? 4),
  };
}

function oneOf<T extends string>(field: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw argumentError(field, allowed.join(" or "), value);
  return value;
}
