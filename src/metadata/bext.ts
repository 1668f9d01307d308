/** The Broadcast Wave chunk (EBU Tech 3285). */
import { decodeText } from "./text.js";
import { type StatedTime, wallTime } from "./time.js";

/** What a `bext` chunk says; empty text where a field is empty. */
export interface BextChunk {
  readonly description: string;
  readonly originator: string;
  readonly originatorReference: string;
  /** `YYYY-MM-DD`, as written. */
  readonly originationDate: string;
  /** `HH:MM:SS`, as written: local time, of a zone that the chunk does not name. */
  readonly originationTime: string;
  /** Samples since midnight. */
  readonly timeReference: number;
  readonly codingHistory: string;
}

/** Bytes before the coding history. */
const FIXED_BYTES = 602;

/** Parses a `bext` chunk; null where it is too short to hold one. */
export function parseBext(bytes: Uint8Array): BextChunk | null {
  if (bytes.length < 346) return null;
  const text = (from: number, to: number): string => decodeText(bytes.subarray(from, to));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    description: text(0, 256),
    originator: text(256, 288),
    originatorReference: text(288, 320),
    originationDate: text(320, 330),
    originationTime: text(330, 338),
    timeReference: Number(view.getBigUint64(338, true)),
    codingHistory: text(FIXED_BYTES, bytes.length),
  };
}

/** The time a `bext` chunk states, without a zone. */
export function bextTime(bext: BextChunk): StatedTime | undefined {
  // Separators differ by writer: the standard allows - _ : space and full stop.
  const date = /^(\d{4})[-_: ./](\d{2})[-_: ./](\d{2})$/.exec(bext.originationDate);
  const time = /^(\d{2})[-_: .](\d{2})[-_: .](\d{2})$/.exec(bext.originationTime);
  if (date === null || time === null) return undefined;
  const wallMs = wallTime({
    year: Number(date[1]),
    month: Number(date[2]),
    day: Number(date[3]),
    hour: Number(time[1]),
    minute: Number(time[2]),
    second: Number(time[3]),
  });
  return wallMs === undefined ? undefined : { wallMs, offsetMinutes: null };
}
