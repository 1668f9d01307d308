/** A recording on its way in: an Ogg Opus stream, whatever the file is, with what is known of it. */
import type { RecordingDescription } from "../metadata/describe.js";
import type { RiffInfo } from "../metadata/riff.js";
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
export interface OpusSource extends RecordingDescription {
  /** How the stream comes about: the file's own bytes, its packets in new pages, or newly encoded. */
  readonly kind: "copy" | "remux" | "transcode";
  /** What the file is. */
  readonly format: InputFormat;
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
  /** Share of the file that stands in the stream so far, 0 to 1; undefined where the stream's own bytes tell. */
  readonly share: () => number | undefined;
  /** What is known at the end only. */
  readonly summary: () => SourceSummary;
  /** Closes the file and ends ffmpeg if it runs. */
  close(): Promise<void>;
}
