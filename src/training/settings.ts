/** How a dataset is written, checked once. */
import { argumentError } from "../errors.js";
import type { Accuracy } from "../segments/preroll.js";
import type { MelOptions } from "../tensor/mel.js";
import type { SampleType } from "../tensor/tensor.js";
import { oneOf, positiveNumber, wholeNumber } from "../units.js";

/** How a dataset is written. */
export interface WriteDatasetOptions {
  /**
   * `wav` (default): a file a window, in AudioFolder layout. `npy`: shards `[windows, channels, samples]`.
   * `parquet`: shards with the metadata beside each window.
   */
  readonly format?: "wav" | "npy" | "parquet" | undefined;
  /** `audio` (default), or `mel` spectrograms in `npy` and `parquet`. */
  readonly content?: "audio" | "mel" | undefined;
  /** `int16` or `float32`. Default `int16` for audio in WAV and Parquet, else `float32`. */
  readonly dtype?: SampleType | undefined;
  /** Rate in Hz that the audio is resampled to; each recording's own when absent. */
  readonly sampleRate?: number | undefined;
  /** Channels to keep, from 0, or `"mono"` for their mean; all when absent. */
  readonly channels?: readonly number[] | "mono" | undefined;
  /** `exact` (default): as in a decode from the start. `fast`: 80 ms of pre-roll. */
  readonly accuracy?: Accuracy | undefined;
  /** How mel spectrograms are made; the rate is the audio's. */
  readonly mel?: Omit<MelOptions, "sampleRateHz"> | undefined;
  /** Windows a shard. By default as many as make about 128 MB. */
  readonly shardWindows?: number | undefined;
  /** Threads; by default one a core. */
  readonly workers?: number | undefined;
  /** Memory for decoded samples, in MB. Default 128. */
  readonly maxMemoryMb?: number | undefined;
  /**
   * Only this share of the files, about as many seconds to decode as every other: `"i/N"`, counted from 0; `"slurm"`,
   * `"kubernetes/N"` or `"auto"` as the environment says. What is made of all of them, such as `metadata.csv`, is
   * written by `finalize`.
   */
  readonly shard?: string | undefined;
  /** What else is written into `dataset.json`: where the annotations are from, for one. */
  readonly about?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told as windows are written. */
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** How far the writing is. */
export interface DatasetProgress {
  readonly windows: number;
  readonly windowsDone: number;
  readonly seconds: number;
}

/** Options that decide about the bytes written, with everything filled in. */
export interface WriteSettings {
  readonly format: "wav" | "npy" | "parquet";
  readonly content: "audio" | "mel";
  readonly dtype: SampleType;
  readonly sampleRate: number | undefined;
  readonly channels: readonly number[] | "mono" | undefined;
  readonly accuracy: Accuracy;
  readonly mel: Omit<MelOptions, "sampleRateHz">;
  readonly shardWindows: number | undefined;
}

/** Lowest and highest rate that makes sense, in Hz: telephone band halved, and the fastest bat recorders. */
const RATES_HZ: readonly [number, number] = [1_000, 1_000_000];

/** Checks the options, naming the one that is wrong. */
export function writeSettings(options: WriteDatasetOptions): WriteSettings {
  const { format = "wav", content = "audio", sampleRate, channels, shardWindows } = options;
  oneOf("format", format, ["wav", "npy", "parquet"]);
  oneOf("content", content, format === "wav" ? ["audio"] : ["audio", "mel"]);
  const dtype = options.dtype ?? (content === "audio" && format !== "npy" ? "int16" : "float32");
  oneOf("dtype", dtype, content === "mel" ? ["float32"] : ["int16", "float32"]);
  const accuracy = options.accuracy ?? "exact";
  oneOf("accuracy", accuracy, ["exact", "fast"]);
  if (options.mel !== undefined && content !== "mel") {
    throw argumentError("mel", 'content "mel" with options for it', content);
  }
  const [least, most] = RATES_HZ;
  if (
    sampleRate !== undefined &&
    !(Number.isInteger(sampleRate) && sampleRate >= least && sampleRate <= most)
  ) {
    throw argumentError("sampleRate", `a whole number of Hz from ${least} to ${most}`, sampleRate);
  }
  if (channels !== undefined && channels !== "mono" && !(Array.isArray(channels) && channels.length > 0)) {
    throw argumentError("channels", '"mono" or a list of channels from 0', channels);
  }
  if (shardWindows !== undefined) wholeNumber("shardWindows", shardWindows, 1);
  if (options.maxMemoryMb !== undefined) positiveNumber("maxMemoryMb", options.maxMemoryMb);
  return { format, content, dtype, sampleRate, channels, accuracy, mel: options.mel ?? {}, shardWindows };
}
