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
/** The most audio that a page can hold: a packet of 120 ms for each lacing value. */
export const MAX_PAGE_SAMPLES: number = 255 * MAX_PACKET_SAMPLES;

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

/** Checks at the public edge that a choice is one of those that there are, and returns it. */
export function oneOf<T extends string>(field: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw argumentError(field, choices.map((choice) => `"${choice}"`).join(" or "), value);
}

/** Bytes for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** Seconds for people: `1:02:03.5` or `4.25 s`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = `${String(minutes).padStart(whole >= 3600 ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest;
}
