/** A recording on its way in: an Ogg Opus stream, whatever the file is, with what is known of it. */
import type { RecorderFields, StartTime } from "../metadata/recorder.js";
import type { RiffInfo } from "../metadata/riff.js";
import type { TagFields } from "../metadata/text.js";
import type { Timezone } from "../metadata/timezone.js";
import type { FileSource } from "../source/file.js";
import type { InputFormat } from "./detect.js";
import type { TranscodeOptions } from "./encoding.js";
import type { SourceSummary, TranscodeRecord } from "./transcode.js";

/** How recordings are read: all that an import may say of its input. */
export interface InputOptions extends TranscodeOptions {
  /** Zone of times that state none: `+02:00` or an IANA name. Never guessed. */
  readonly timezone?: string | Timezone | undefined;
}

/** A recording as an Ogg Opus stream, with what is known of it. */
export interface OpusSource {
  /** How the stream comes about: the file's own bytes, its packets in new pages, or newly encoded. */
  readonly kind: "copy" | "remux" | "transcode";
  /** What the file is. */
  readonly format: InputFormat;
  /** Length of the stream in bytes: known for a copy only. */
  readonly size: number | undefined;
  /** The file itself, open: for its hash and time, and, where it is a copy, for reading at any place. */
  readonly file: FileSource;
  /** The Ogg Opus stream from its first byte; to be read once. Ending early frees what it holds. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** How it was transcoded; null for copied packets. */
  readonly transcoded: TranscodeRecord | null;
  /** True rate of the samples, in Hz: 48000, or above for ultrasonic sources. */
  readonly sampleRate: number;
  readonly samplingRescaleFactor: number;
  /** Chunks of a WAV file. */
  readonly riff: RiffInfo | null;
  readonly startTime: StartTime | null;
  readonly recorder: RecorderFields | null;
  readonly tags: TagFields;
  /** Share of the file that stands in the stream so far, 0 to 1; undefined where the stream's own bytes tell. */
  readonly share: () => number | undefined;
  /** What is known at the end only. */
  readonly summary: () => SourceSummary;
  /** Closes the file and ends ffmpeg if it runs. */
  close(): Promise<void>;
}
