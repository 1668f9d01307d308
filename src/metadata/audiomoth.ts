/**
 * The comment that AudioMoth recorders write (`ICMT`), in the wordings of all firmwares from 1.0 to 1.12,
 * of AudioMoth-GPS-Sync and of AudioMoth Live:
 *
 * ```
 * 1.0    Recorded at 10:20:30 04/05/2018 by AudioMoth S at gain setting 2 while battery state was 4.3V
 * 1.0.1  … 04/05/2018 (UTC) by …                       1.2.0  … (UTC-3) …       1.2.2  … (UTC+5:30) …
 * 1.2.1  … battery state was less than 3.6V. Recording cancelled before completion due to …
 * 1.4.0  … at medium gain setting while battery state was 4.2V and temperature was 21.1C.
 *        Amplitude threshold was 512. Band-pass filter applied with cut-off frequencies of 1.0kHz and 8.0kHz.
 * 1.6.0  … during deployment D using external microphone at medium gain while battery was 4.2V and …
 *        Band-pass filter with frequencies of 1.0kHz and 8.0kHz applied. Amplitude threshold was 2% with 1s
 *        minimum trigger duration. Recording stopped due to switch position change.
 * 1.8.0  … Frequency trigger (8.0kHz and window length of 16 samples) threshold was 10% with 1s …
 * Live   Recorded at 10:20:30.123 04/05/2024 (UTC+1) by AudioMoth Live using DEVICE.
 * ```
 *
 * Other software saves it again inside JSON: `opso_metadata{"comment": "Recorded at …", …}`.
 */
import { fractionMs, parseIsoTime, parseOffset, type StatedTime, wallTime } from "./time.js";

/** What an AudioMoth comment says; null where it says nothing of a thing. */
export interface AudioMothComment {
  readonly time: StatedTime;
  /** 16 hexadecimal digits. Firmware 1.0 wrote 0FE081F80FE081F0 into every file. */
  readonly serial: string | null;
  readonly deploymentId: string | null;
  /** `low` to `high`, or the number 0 to 4 of older firmwares. */
  readonly gain: string | null;
  readonly externalMicrophone: boolean;
  readonly batteryVolts: number | null;
  /** `less than` or `greater than`, where the voltage is but a limit. */
  readonly batteryBound: string | null;
  readonly temperatureC: number | null;
  /** `Low-pass`, `Band-pass` or `High-pass`, with its frequencies in Hz. */
  readonly filter: { readonly type: string; readonly frequenciesHz: readonly number[] } | null;
  /** The threshold as worded: `512`, `2%`, `-30 dB`. */
  readonly amplitudeThreshold: string | null;
  readonly frequencyTrigger: {
    readonly centreHz: number;
    readonly windowSamples: number;
    readonly threshold: string;
  } | null;
  readonly minimumTriggerSeconds: number | null;
  /** Why the recording ended early. */
  readonly stopped: string | null;
  /** The comment itself, freed of what other software wrapped around it. */
  readonly text: string;
}

const OPENING =
  /Recorded at (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? (\d{2})\/(\d{2})\/(\d{4})(?: \(UTC([+\-\u2212]\d{1,2}(?::\d{1,2})?)?\))?/;

/** Parses an AudioMoth comment, plain or inside JSON; null for any other text. */
export function parseAudioMothComment(comment: string): AudioMothComment | null {
  const wrapped = unwrapJson(comment);
  const inner = typeof wrapped?.["comment"] === "string" ? wrapped["comment"] : comment;
  const opening = OPENING.exec(inner);
  if (opening === null || !/\bAudioMoth\b|\bduring deployment\b/.test(comment)) return null;
  const text = inner.slice(opening.index);
  const time = statedTime(opening, wrapped);
  return time === undefined ? null : { time, text, ...device(text), ...settings(text) };
}

function statedTime(
  opening: RegExpExecArray,
  wrapped: Record<string, unknown> | undefined,
): StatedTime | undefined {
  // OpenSoundscape moves this field along when it cuts a clip out; the comment stays that of the whole file.
  const moved = wrapped?.["recording_start_time"];
  const movedTime = typeof moved === "string" ? parseIsoTime(moved) : undefined;
  if (movedTime !== undefined && movedTime.offsetMinutes !== null) return movedTime;
  const [, hour, minute, second, fraction, day, month, year, zone] = opening;
  const wallMs = wallTime({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    ms: fractionMs(fraction),
  });
  // Firmware 1.0 names no zone because its clock knew none but UTC.
  const offsetMinutes = zone === undefined ? 0 : parseOffset(padMinutes(zone));
  return wallMs === undefined || offsetMinutes === undefined ? undefined : { wallMs, offsetMinutes };
}

function padMinutes(zone: string): string {
  return zone.replace(/:(\d)$/, ":0$1");
}

function device(
  text: string,
): Pick<AudioMothComment, "serial" | "deploymentId" | "gain" | "externalMicrophone"> {
  return {
    serial: first(text, /by AudioMoth ([0-9A-F]{16})\b/i),
    deploymentId: first(text, /during deployment ([0-9A-F]{16})\b/i),
    gain: first(text, /at gain setting (\d)/) ?? first(text, /at ([a-z-]+) gain\b/),
    externalMicrophone: text.includes("using external microphone"),
  };
}

type Settings = Omit<
  AudioMothComment,
  "time" | "text" | "serial" | "deploymentId" | "gain" | "externalMicrophone"
>;

function settings(text: string): Settings {
  const battery = /battery (?:state )?was (less than|greater than|<|>)?\s*(\d+(?:\.\d+)?)\s*V/.exec(text);
  const filter =
    /(Low|Band|High)-pass filter (?:applied )?with (?:cut-off )?frequenc(?:y|ies) of ([\d.]+)kHz(?: and ([\d.]+)kHz)?/.exec(
      text,
    );
  const trigger =
    /Frequency trigger \(([\d.]+)kHz and window length of (\d+) samples\) threshold was ([\d.]+%)/.exec(text);
  return {
    batteryVolts: battery === null ? null : Number(battery[2]),
    batteryBound: battery?.[1] === undefined ? null : (BOUNDS[battery[1]] ?? battery[1]),
    temperatureC: numberOrNull(first(text, /temperature was (-?\d+(?:\.\d+)?)\s*C/)),
    filter:
      filter === null
        ? null
        : {
            type: `${filter[1]}-pass`,
            frequenciesHz: [filter[2], filter[3]].filter((f) => f !== undefined).map(kHz),
          },
    amplitudeThreshold:
      first(text, /Amplitude threshold was (-?[\d.]+(?:%| dB)?)(?=[ .])/)?.replace(/\.$/, "") ?? null,
    frequencyTrigger:
      trigger === null
        ? null
        : { centreHz: kHz(trigger[1] ?? ""), windowSamples: Number(trigger[2]), threshold: trigger[3] ?? "" },
    minimumTriggerSeconds: numberOrNull(first(text, /with (\d+)s minimum trigger duration/)),
    stopped: first(text, /Recording (?:cancelled before completion|stopped) (?:due to |by )([^.]+)\./),
  };
}

const BOUNDS: Readonly<Record<string, string>> = { "<": "less than", ">": "greater than" };

function kHz(text: string): number {
  return Math.round(Number(text) * 1000);
}

function first(text: string, pattern: RegExp): string | null {
  return pattern.exec(text)?.[1] ?? null;
}

function numberOrNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** The JSON object that a comment consists of, behind a word or none. */
function unwrapJson(comment: string): Record<string, unknown> | undefined {
  const start = comment.indexOf("{");
  if (start === -1) return undefined;
  try {
    const value: unknown = JSON.parse(comment.slice(start));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
