/** Cells to values and back: numbers with either decimal sign, clock times. */
import { type ErrorPlace, formatError } from "../errors.js";
import type { ClockTime } from "./model.js";

const POINT_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const COMMA_NUMBER = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/;
const CLOCK =
  /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** Whether a cell is a number in either spelling. */
export function isNumberCell(text: string): boolean {
  const cell = text.trim();
  return POINT_NUMBER.test(cell) || COMMA_NUMBER.test(cell);
}

/**
 * The decimal sign of a column of numbers.
 *
 * A comma counts as the decimal sign only where no number has a point: `1,234` beside `5.6` is refused when it is
 * read, as a thousands separator and a decimal comma cannot be told apart there.
 */
export function detectDecimal(cells: Iterable<string>): "." | "," {
  let comma = false;
  for (const cell of cells) {
    if (cell.includes(".")) return ".";
    if (!comma && COMMA_NUMBER.test(cell.trim())) comma = true;
  }
  return comma ? "," : ".";
}

/** A number cell in the table's spelling; throws with line and column where it is none. */
export function parseNumber(text: string, decimal: "." | ",", place: ErrorPlace): number {
  const cell = text.trim();
  const valid = (decimal === "," ? COMMA_NUMBER : POINT_NUMBER).test(cell) || /^[+-]?\d+$/.test(cell);
  if (!valid) {
    const sign = decimal === "," ? " with a decimal comma, as elsewhere in this column" : "";
    throw formatError(
      `expected a number${sign}, got ${cell === "" ? "an empty cell" : JSON.stringify(cell)}`,
      place,
    );
  }
  return Number(decimal === "," ? cell.replace(",", ".") : cell);
}

/** A number as text that reads back as the same number; `digits` decimals where they are enough for that. */
export function formatNumber(value: number, decimal: "." | ",", digits?: number): string {
  const fixed = digits === undefined ? undefined : value.toFixed(digits);
  const text = fixed !== undefined && Number(fixed) === value ? fixed : String(value);
  return decimal === "," ? text.replace(".", ",") : text;
}

/** A date and time, `YYYY-MM-DD HH:MM:SS[.fff][zone]`; nothing whose order of day and month is open. */
export function parseClock(text: string, place: ErrorPlace): ClockTime {
  const match = CLOCK.exec(text.trim());
  if (match === null) {
    const expected = "a date and time like 2019-05-22T06:00:00Z or 2019/05/22 06:00:00.5";
    throw formatError(`expected ${expected}, got ${JSON.stringify(text)}`, place);
  }
  const [, year, month, day, hour, minute, second = "0", fraction = "0", zone] = match;
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const back = new Date(wall);
  if (back.getUTCMonth() + 1 !== Number(month) || back.getUTCDate() !== Number(day) || Number(hour) > 23) {
    throw formatError(`there is no such date and time: ${JSON.stringify(text)}`, place);
  }
  const milliseconds = wall + Number(`0.${fraction}`) * 1000;
  if (zone === undefined) return { milliseconds, zone: "local" };
  return { milliseconds: milliseconds - zoneMinutes(zone) * 60_000, zone: "utc" };
}

/** Minutes east of UTC of `Z`, `UTC` or `+02:00`. */
export function zoneMinutes(zone: string): number {
  if (zone === "Z" || zone === "UTC") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith("-") ? -minutes : minutes;
}
