/** The time zone that a user names for recordings whose names carry none. It is never guessed. */
import { argumentError } from "../errors.js";
import { parseOffset } from "./time.js";

/** A named zone, ready to place wall times. */
export interface Timezone {
  /** As given: `+02:00`, `Europe/Berlin`. */
  readonly name: string;
  /** The offset that the zone had when its clocks showed `wallMs`. */
  at(wallMs: number): ZoneOffset;
}

/** An offset, and what is to be said of it. */
export interface ZoneOffset {
  readonly offsetMinutes: number;
  /** Present where clocks showed this time twice, or never. */
  readonly note?: string;
}

/**
 * Reads a time zone: an offset (`+02:00`, `-0330`, `UTC+2`, `Z`) or an IANA name (`Europe/Berlin`).
 *
 * @throws {OpusZarrError} of kind `argument` for anything else
 * @example
 * ```ts
 * parseTimezone("America/Costa_Rica").at(Date.UTC(2019, 4, 22)).offsetMinutes; // -360
 * ```
 */
export function parseTimezone(text: string): Timezone {
  const name = text.trim();
  const offsetMinutes = /^(utc|gmt)$/i.test(name)
    ? 0
    : parseOffset(name.replace(/^(utc|gmt)\s*(?=[+-])/i, ""));
  if (offsetMinutes !== undefined) return { name, at: () => ({ offsetMinutes }) };
  try {
    // From Node 22 on, Intl takes offsets too, of any number of minutes.
    if (/^[+-]/.test(name)) throw new RangeError(name);
    const clock = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    return { name, at: (wallMs) => placeWall(clock, wallMs) };
  } catch {
    throw argumentError("timezone", 'an offset like "+02:00" or an IANA name like "Europe/Berlin"', text);
  }
}

const DAY_MS = 86_400_000;

// The offsets a day before and after the wall time are the two candidates: zones never change twice in two days.
function placeWall(clock: Intl.DateTimeFormat, wallMs: number): ZoneOffset {
  const before = offsetAt(clock, wallMs - DAY_MS);
  const after = offsetAt(clock, wallMs + DAY_MS);
  if (before === after) return { offsetMinutes: before };
  const beforeHolds = offsetAt(clock, wallMs - before * 60_000) === before;
  const afterHolds = offsetAt(clock, wallMs - after * 60_000) === after;
  if (beforeHolds && afterHolds) {
    return {
      offsetMinutes: before,
      note: "clocks were set back and showed this time twice: the first is meant",
    };
  }
  if (!beforeHolds && !afterHolds) {
    return {
      offsetMinutes: before,
      note: "clocks were set forward and never showed this time: taken as before",
    };
  }
  return { offsetMinutes: beforeHolds ? before : after };
}

/** Minutes east of UTC at a moment. */
function offsetAt(clock: Intl.DateTimeFormat, utcMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(utcMs)) parts[type] = Number(value);
  const part = (name: string): number => parts[name] ?? 0;
  const shown = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return Math.round((shown - Math.floor(utcMs / 1000) * 1000) / 60_000);
}
