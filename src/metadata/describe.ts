/** What is known of a recording from its file's own headers and name. */
import { describeRecorder, type RecorderFields } from "./recorder.js";
import { type RecordingFacts, readSources } from "./sources.js";
import { type StartTime, startTime } from "./start-time.js";
import type { TagFields } from "./text.js";
import { parseTimezone } from "./timezone.js";

/** What a file says of its recording. */
export interface RecordingDescription {
  readonly startTime: StartTime | null;
  readonly recorder: RecorderFields | null;
  readonly tags: TagFields;
}

/**
 * Puts together what a file's headers and name say.
 *
 * @throws {OpusZarrError} of kind `argument` for a `timezone` that is none
 * @example
 * ```ts
 * describeRecording({ fileName: "20190522_040000.wav", timezone: "+02:00" }).startTime?.utc;
 * // "2019-05-22T02:00:00Z"
 * ```
 */
export function describeRecording(facts: RecordingFacts): RecordingDescription {
  const timezone = typeof facts.timezone === "string" ? parseTimezone(facts.timezone) : facts.timezone;
  const sources = readSources(facts);
  return {
    startTime: startTime(sources, timezone),
    recorder: describeRecorder(sources),
    tags: sources.tags,
  };
}
