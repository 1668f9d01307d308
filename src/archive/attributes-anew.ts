/** Attributes of a recording held against its blob, of which most of them follow. */
import { isDeepStrictEqual } from "node:util";
import type { PageIndex } from "../pageindex/page-index.js";
import { type RecordingAttributes, recordingAttributes } from "./attributes.js";

/** The attributes that follow from the blob, as they should be. */
export function attributesAnew(stored: Partial<RecordingAttributes>, index: PageIndex): RecordingAttributes {
  const attributes = stored as RecordingAttributes;
  const built = recordingAttributes(index, {
    source: attributes.source,
    blobSha256: attributes.blob_sha256,
    transcoded: attributes.transcoded,
    samplingRescaleFactor: attributes.sampling_rescale_factor,
    startTime: attributes.start_time,
    tags: attributes.tags,
    recorder: attributes.recorder,
    user: attributes.user,
    writer: attributes.writer,
  });
  return { ...attributes, ...built };
}

/** Where attributes are not what the blob says. */
export function attributeFaults(
  attributes: Partial<RecordingAttributes>,
  expected: RecordingAttributes,
): string[] {
  const keys = Object.keys(expected) as (keyof RecordingAttributes)[];
  const wrong = keys.filter((key) => !isDeepStrictEqual(asJson(expected[key]), asJson(attributes[key])));
  return wrong.map(
    (key) => `attributes: ${key}: expected ${brief(expected[key])}, got ${brief(attributes[key])}`,
  );
}

/** A value as it is stored. */
export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** A value in a message. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
