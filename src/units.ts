/** Constants with their units, and the few conversions between them. */
import { argumentError } from "./errors.js";

/** The rate in which all Ogg Opus positions are counted, in Hz (RFC 7845 §4). */
export const OPUS_RATE_HZ = 48_000;

/** Sizes called MB in options are MiB: what chunk grids and page caches are cut in. */
export const BYTES_PER_MB: number = 1024 * 1024;

/** The pre-roll that RFC 7845 §4.6 recommends after a seek: 80 ms at 48 kHz. */
export const SEEK_PREROLL_SAMPLES = 3_840;

/** The longest packet: 120 ms at 48 kHz (RFC 6716 §3.2.5). */
export const MAX_PACKET_SAMPLES = 5_760;

/** Checks a positive, finite number at the public edge and returns it. */
export function positiveNumber(field: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) throw argumentError(field, "a positive number", value);
  return value;
}

/** Checks a whole number of at least `least` at the public edge and returns it. */
export function wholeNumber(field: string, value: number, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw argumentError(field, `a whole number of at least ${least}`, value);
  }
  return value;
}
