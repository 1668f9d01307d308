/** What `s3://bucket/key` names. */
import { argumentError } from "../errors.js";

/** A place in a bucket. */
export interface S3Address {
  readonly bucket: string;
  /** Key of an object, or what keys begin with; may be empty, never begins with `/`. */
  readonly key: string;
}

/** Whether text is meant as a place in a bucket. */
export function isS3(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * Reads `s3://bucket/key`.
 *
 * @throws {OpusZarrError} of kind `argument`; credentials do not belong there, and are not repeated
 */
export function s3Address(text: string, field: string): S3Address {
  const [bucket = "", ...key] = text.slice("s3://".length).split("/");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(bucket)) {
    const withCredentials = /[:@]/.test(bucket);
    throw argumentError(
      field,
      "s3://bucket/prefix",
      withCredentials ? "one with credentials in it: they belong in the environment or a profile" : text,
    );
  }
  return { bucket, key: key.join("/") };
}
