/**
 * Times as recorders write them. A *wall time* is what a clock showed, in ms, counted as though the clock
 * were in UTC; with an offset it becomes a moment.
 */

/** What a text says of a moment: the wall time, and the offset from UTC where it is stated. */
export interface StatedTime {
  /** Wall time in ms since 1970-01-01T00:00:00. */
  readonly wallMs: number;
  /** Minutes east of UTC; null where the text names no zone. */
  readonly offsetMinutes: number | null;
}

/** Parts of a wall time; month and day count from 1. */
export interface WallParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms?: number;
}

const FIRST_YEAR = 1950; // Before field recorders; a smaller number is no year.
const LAST_YEAR = 2150;

/** The wall time of these parts, or undefined where no clock shows them (the 30th of February, 25:00). */
export function wallTime(parts: WallParts): number | undefined {
  const { year, month, day, hour, minute, second, ms = 0 } = parts;
  if (year < FIRST_YEAR || year > LAST_YEAR || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

/** A wall time as `2019-05-22T04:00:00`, with `.mmm` where it has milliseconds. */
export function formatWall(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/(\.000)?Z$/, "");
}

/** Minutes east of UTC as `+02:00`. */
export function formatOffset(minutes: number): string {
  const sign = minutes < 0 ? "-" : "+";
  const size = Math.abs(minutes);
  return `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Offsets that exist lie between −12:00 and +14:00, in quarters of an hour. */
function isOffset(minutes: number): boolean {
  return minutes >= -12 * 60 && minutes <= 14 * 60 && minutes % 15 === 0;
}

/** Reads `Z`, `+02:00`, `+0200`, `+2`, `-3:30`; undefined for anything else. */
export function parseOffset(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text.replace("\u2212", "-"));
  if (match === null) return undefined;
  const size = Number(match[2]) * 60 + Number(match[3] ?? 0);
  const minutes = match[1] === "-" && size !== 0 ? -size : size;
  return isOffset(minutes) && Number(match[3] ?? 0) < 60 ? minutes : undefined;
}

const ISO_TIME =
  /^\s*(\d{4})[-:/](\d{2})[-:/](\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{1,2}(?::?\d{2})?)?\s*$/i;

/** Reads an ISO 8601 time of day, with or without offset: GUANO, Vorbis comments, `wamd`. */
export function parseIsoTime(text: string): StatedTime | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const wallMs = wallTime({
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6] ?? 0),
    ms: fractionMs(match[7]),
  });
  if (wallMs === undefined) return undefined;
  const zone = match[8] === undefined ? null : parseOffset(match[8]);
  return zone === undefined ? undefined : { wallMs, offsetMinutes: zone };
}

/** Decimal digits of a second as whole ms. */
export function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(3, "0").slice(0, 3));
}
