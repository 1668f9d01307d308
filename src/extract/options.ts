/** What an extraction can be told, checked once. */
import { argumentError } from "../errors.js";
import type { Accuracy } from "../segments/preroll.js";
import type { SampleType } from "../tensor/tensor.js";
import type { DecodeStrategy } from "../segments/groups.js";
import { positiveNumber, wholeNumber } from "../units.js";
import { defaultWorkers } from "../workers/pool.js";

/** Who decodes: libopus in this process's threads, or an ffmpeg process a batch. */
export type DecoderKind = "libopus" | "ffmpeg";

/** How segments are extracted. */
export interface ExtractOptions {
  /**
   * `exact` (default): equal, float for float, to the slice of a sequential decode of the whole recording
   * by the same decoder. `fast`: 80 ms of pre-roll, as RFC 7845 recommends; the first hundred milliseconds
   * of a segment may differ audibly.
   */
  readonly accuracy?: Accuracy;
  /** Pre-roll of `fast`, in seconds; 0.08 by default. */
  readonly preRollSeconds?: number;
  /**
   * `libopus` (default), or `ffmpeg`: a process a batch, found on the PATH or by `OPUS_ZARR_FFMPEG`. It is fed the
   * packets it needs through a pipe. Exact then means: as ffmpeg decodes the whole recording.
   */
  readonly decoder?: DecoderKind;
  /** The ffmpeg program; by default that of `OPUS_ZARR_FFMPEG`, else the one on the PATH. */
  readonly ffmpegPath?: string;
  /** `batch` (default), or `segment`: a decode for each segment by itself. The baseline to measure against. */
  readonly strategy?: DecodeStrategy;
  /**
   * Rate of the samples, in Hz; the recording's own by default. 8,000, 12,000, 16,000 and 24,000 are libopus's own
   * (of a recording at 48,000); others are resampled. A segment has `round(length × sampleRate / recordingRate)`
   * samples.
   */
  readonly sampleRate?: number;
  /** float32 by default. */
  readonly dtype?: SampleType;
  /** Threads, or ffmpeg processes at a time; by default one a core. 0 decodes on the calling thread. */
  readonly workers?: number;
  /** Channels to keep, from 0, or `"mono"` for their mean; all by default. */
  readonly channels?: readonly number[] | "mono";
  /** Whether the stream's output gain is applied; true by default (RFC 7845 §5.1). */
  readonly applyGain?: boolean;
  /** What happens with segments that reach outside their recording: an error (default), or silence there. */
  readonly outOfRange?: "error" | "pad";
  /** Longest stretch that one batch decodes, in seconds; 30 by default, 211 with ffmpeg. */
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
  readonly preRollSeconds: number | undefined;
  readonly decoder: DecoderKind;
  readonly ffmpegPath: string | undefined;
  readonly strategy: DecodeStrategy;
  /** In Hz; undefined for the recordings' own. */
  readonly sampleRate: number | undefined;
  readonly dtype: SampleType;
  readonly workers: number;
  readonly channels: readonly number[] | undefined;
  readonly mono: boolean;
  readonly applyGain: boolean;
  readonly outOfRange: "error" | "pad";
  readonly maxBatchSeconds: number | undefined;
  readonly readSizeMb: number;
}

/** Checks options, naming the one that is wrong. */
export function extractSettings(options: ExtractOptions): ExtractSettings {
  const { channels } = options;
  if (channels !== undefined && channels !== "mono" && !(Array.isArray(channels) && channels.length > 0)) {
    throw argumentError("channels", 'a list of channel numbers, or "mono"', channels);
  }
  const accuracy = oneOf("accuracy", options.accuracy ?? "exact", ["exact", "fast"]);
  const { preRollSeconds, sampleRate, maxBatchSeconds } = options;
  if (
    preRollSeconds !== undefined &&
    (accuracy === "exact" || !(preRollSeconds >= 0 && preRollSeconds < 1e6))
  ) {
    throw argumentError("preRollSeconds", 'seconds from 0, with accuracy "fast" only', preRollSeconds);
  }
  return {
    accuracy,
    preRollSeconds,
    decoder: oneOf("decoder", options.decoder ?? "libopus", ["libopus", "ffmpeg"]),
    ffmpegPath: options.ffmpegPath,
    strategy: oneOf("strategy", options.strategy ?? "batch", ["batch", "segment"]),
    sampleRate: sampleRate === undefined ? undefined : sampleRateOf(sampleRate),
    dtype: oneOf("dtype", options.dtype ?? "float32", ["float32", "int16"]),
    workers: wholeNumber("workers", options.workers ?? defaultWorkers()),
    channels: channels === "mono" ? undefined : channels,
    mono: channels === "mono",
    applyGain: options.applyGain ?? true,
    outOfRange: oneOf("outOfRange", options.outOfRange ?? "error", ["error", "pad"]),
    maxBatchSeconds:
      maxBatchSeconds === undefined ? undefined : positiveNumber("maxBatchSeconds", maxBatchSeconds),
    readSizeMb: positiveNumber("readSizeMb", options.readSizeMb ?? 4),
  };
}

/** A resampler's filter grows with the ratio: rates beyond these are mistakes. */
function sampleRateOf(rate: number): number {
  if (Number.isInteger(rate) && rate >= 1_000 && rate <= 1_000_000) return rate;
  throw argumentError("sampleRate", "a whole number of Hz from 1,000 to 1,000,000", rate);
}

function oneOf<T extends string>(field: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw argumentError(field, allowed.join(" or "), value);
  return value;
}
