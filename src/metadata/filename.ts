/**
 * Times and serial numbers in the names of recordings:
 *
 * ```
 * 20190522_040000.WAV                       AudioMoth, many others         no zone
 * S4A03895_20190522_040000.wav              Wildlife Acoustics             no zone; `$` for `_` when triggered
 * 24F319075F7DF877_20240528_100000T.WAV     AudioMoth with device id
 * 20190522T040000+1000_REC.flac             Frontier Labs                  zone
 * 2019-05-22T04-00-00Z.opus                 ISO 8601, colons replaced      zone
 * 5AEC2F20.WAV                              AudioMoth 1.0 and 1.1          UTC: seconds since 1970, hexadecimal
 * 5146.200115203005.wav                     SoundTrap                      no zone
 * ```
 */
import { fractionMs, parseOffset, type StatedTime, wallTime } from "./time.js";

/** What the name of a recording says. */
export interface NameFacts {
  readonly time: StatedTime | undefined;
  readonly recorder: { readonly make: string; readonly model?: string; readonly serial: string } | null;
}

// Year, month, day, hour, minute, second: packed, or all parted by - . : or _ .
const PACKED = String.raw`(\d{4})(\d{2})(\d{2})(?:[_$T\- ]|_T)(\d{2})(\d{2})(\d{2})`;
const PARTED = String.raw`(\d{4})[-._](\d{2})[-._](\d{2})[_T\- ](\d{2})[-.:_h](\d{2})[-.:_m](\d{2})s?`;
const TAIL = String.raw`(?:[.,](\d{1,6})(?!\d))?(Z(?![A-Za-z])|\+\d{2}(?::?\d{2})?(?!\d)|-\d{2}:?\d{2}(?!\d))?`;
const DATED = [PACKED, PARTED].map((body) => new RegExp(`(?<!\\d)${body}(?!\\d)${TAIL}`));
const SOUNDTRAP = /^\d{3,10}\.(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;
const HEX_SECONDS = /^[0-9A-F]{8}$/;

/** 2017, when the first AudioMoths were sold, to 2040. */
const HEX_FIRST = Date.UTC(2017, 0, 1) / 1000;
const HEX_LAST = Date.UTC(2040, 0, 1) / 1000;

/** Song Meter serial numbers as they stand before the date in a name. */
const SONG_METER = /^(S4A|S4U|SMA|SMU|SMM|2MA|2MM|2MU)\d{5}(?=[_$-])/;
const SONG_METER_MODELS: Readonly<Record<string, string>> = { S4A: "SM4", S4U: "SM4BAT FS" };
const DEVICE_ID = /^([0-9A-F]{16})(?=_\d{8}_)/;

/**
 * Reads what a file's name says. A path's folders are not looked at.
 *
 * @param fileName name or path of the file
 * @param audioMoth whether the file says otherwise that an AudioMoth made it: then eight decimal digits
 * are taken for hexadecimal seconds too
 */
export function readFileName(fileName: string, audioMoth = false): NameFacts {
  const stem = (fileName.split(/[\\/]/).at(-1) ?? "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  return { time: datedTime(stem) ?? hexTime(stem, audioMoth), recorder: recorderInName(stem) };
}

function datedTime(stem: string): StatedTime | undefined {
  for (const pattern of DATED) {
    // The first time that is one: a serial number may look like a date.
    for (const match of stem.matchAll(new RegExp(pattern, "g"))) {
      const time = timeOf(match.slice(1, 7).map(Number), match[7]);
      if (time !== undefined) return { wallMs: time, offsetMinutes: zoneOf(match[0], match[8]) };
    }
  }
  const short = SOUNDTRAP.exec(stem);
  if (short === null) return undefined;
  const [year = 0, ...rest] = short.slice(1, 7).map(Number);
  const time = timeOf([2000 + year, ...rest], undefined);
  return time === undefined ? undefined : { wallMs: time, offsetMinutes: null };
}

function timeOf(numbers: readonly number[], fraction: string | undefined): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  return wallTime({ year, month, day, hour, minute, second, ms: fractionMs(fraction) });
}

// `_040000-0030` may well be a counter: minus is a zone only in the ISO form with a T.
function zoneOf(whole: string, zone: string | undefined): number | null {
  if (zone === undefined || (zone.startsWith("-") && !/\dT\d/.test(whole))) return null;
  return parseOffset(zone) ?? null;
}

function hexTime(stem: string, audioMoth: boolean): StatedTime | undefined {
  if (!HEX_SECONDS.test(stem) || !(audioMoth || /[A-F]/.test(stem))) return undefined;
  const seconds = Number.parseInt(stem, 16);
  if (seconds < HEX_FIRST || seconds > HEX_LAST) return undefined;
  return { wallMs: seconds * 1000, offsetMinutes: 0 };
}

function recorderInName(stem: string): NameFacts["recorder"] {
  const meter = SONG_METER.exec(stem);
  if (meter !== null) {
    const model = SONG_METER_MODELS[meter[1] ?? ""];
    return { make: "Wildlife Acoustics", ...(model === undefined ? {} : { model }), serial: meter[0] };
  }
  const serial = DEVICE_ID.exec(stem)?.[1];
  return serial === undefined ? null : { make: "Open Acoustic Devices", model: "AudioMoth", serial };
}
