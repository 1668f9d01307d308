/**
 * What is known of a recording from its file's own headers and name: when it began, what made it, and
 * every field besides.
 *
 * The start time is the first of these that the file has:
 * 1. what recorders write with a zone: GUANO `Timestamp`, AudioMoth comment, `wamd`, file name;
 * 2. the same without a zone, then `bext`;
 * 3. tags that any software writes (`DATE`, `creation_time`, `ICRD`): often the time of a conversion.
 *
 * A time without zone becomes a moment only through a time zone that the caller names; else `utc` is null
 * and `local` says what the recorder's clock showed. A zone is never guessed.
 */
import { type AudioMothComment, parseAudioMothComment } from "./audiomoth.js";
import { bextTime } from "./bext.js";
import { type NameFacts, readFileName } from "./filename.js";
import { type Guano, one, parseGuano } from "./guano.js";
import type { RiffInfo } from "./riff.js";
import { type TagFields, tagCollector } from "./text.js";
import { formatOffset, formatWall, parseIsoTime, type StatedTime } from "./time.js";
import { parseTimezone, type Timezone } from "./timezone.js";
import { parseWamd } from "./wamd.js";

/** When a recording began, as it stands in a recording's attributes (a type, so that it is JSON to the compiler). */
export type StartTime = {
  /** ISO 8601 in UTC (`2018-05-04T09:32:00Z`); null where no zone is known. */
  readonly utc: string | null;
  /** Offset of the recorder's clock from UTC (`+02:00`); null where no zone is known. */
  readonly offset: string | null;
  /** Where the time comes from: `GUANO`, `AudioMoth comment`, `file name`, … */
  readonly origin: string;
  /** What the recorder's clock showed, ISO 8601 without zone. */
  readonly local: string;
  /** The time zone that the caller named, where it took one. */
  readonly timezone?: string;
  /** What else is to be said: a time that clocks showed twice, or never. */
  readonly note?: string;
};

/** A value of a recorder's description. */
export type RecorderValue = string | number | boolean | null | readonly (string | number)[] | RecorderFields;
/** Facts about a recorder and its settings; units stand in the names. */
export interface RecorderFields {
  readonly [name: string]: RecorderValue;
}

/** What {@link describeRecording} goes by. */
export interface RecordingFacts {
  /** Name or path of the file. */
  readonly fileName: string;
  readonly riff?: RiffInfo | null | undefined;
  /** Comments of an Ogg, FLAC or other tagged stream, names as written. */
  readonly vorbisComments?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Zone for times that state none: `+02:00` or an IANA name. */
  readonly timezone?: string | Timezone | undefined;
}

/** What a file says of its recording. */
export interface RecordingDescription {
  readonly startTime: StartTime | null;
  readonly recorder: RecorderFields | null;
  readonly tags: TagFields;
}

/**
 * Puts together what a file's headers and name say.
 *
 * @throws {OpusZarrError} of kind `argument` for a `timezone` that is none
 * @example
 * ```ts
 * describeRecording({ fileName: "20190522_040000.wav", timezone: "+02:00" }).startTime?.utc;
 * // "2019-05-22T02:00:00Z"
 * ```
 */
export function describeRecording(facts: RecordingFacts): RecordingDescription {
  const timezone = typeof facts.timezone === "string" ? parseTimezone(facts.timezone) : facts.timezone;
  const sources = gather(facts);
  return {
    startTime: startTime(sources, timezone),
    recorder: describeRecorder(sources),
    tags: sources.tags,
  };
}

interface Sources {
  readonly guano: Guano | null;
  readonly audioMoth: AudioMothComment | null;
  readonly wamd: TagFields;
  readonly name: NameFacts;
  readonly riff: RiffInfo | null;
  readonly tags: TagFields;
}

function gather(facts: RecordingFacts): Sources {
  const riff = facts.riff ?? null;
  const comments = [...(facts.vorbisComments ?? [])];
  const tags = tagCollector();
  const addAll = (fields: TagFields, prefix = ""): void => {
    for (const [name, value] of Object.entries(fields))
      for (const each of [value].flat()) tags.add(prefix + name, each);
  };
  const guano = parseGuano(riff?.guano ?? commentOf(comments, "guano") ?? "");
  const wamd = riff?.wamd == null ? {} : parseWamd(riff.wamd);
  addAll(riff?.info ?? {});
  for (const [name, value] of comments) tags.add(name, value);
  if (guano !== null) addAll(guano.fields);
  addAll(wamd, "wamd.");
  if (riff?.bext != null) {
    for (const [name, value] of Object.entries(riff.bext))
      if (value !== "" && value !== 0) tags.add(`bext.${name}`, String(value));
  }
  const texts = [one(riff?.info["ICMT"]), ...comments.filter(([n]) => isCommentName(n)).map(([, v]) => v)];
  let audioMoth: AudioMothComment | null = null;
  for (const text of texts) audioMoth ??= text === undefined ? null : parseAudioMothComment(text);
  const byAudioMoth = audioMoth !== null || /AudioMoth/.test(one(riff?.info["IART"]) ?? "");
  return {
    guano,
    audioMoth,
    wamd,
    riff,
    name: readFileName(facts.fileName, byAudioMoth),
    tags: tags.fields(),
  };
}

function isCommentName(name: string): boolean {
  return /^(comments?|description|icmt)$/i.test(name);
}

function commentOf(comments: readonly (readonly [string, string])[], name: string): string | undefined {
  return comments.find(([each]) => each.toLowerCase() === name)?.[1];
}

type Origin = readonly [origin: string, time: StatedTime | undefined];

function startTime(sources: Sources, timezone: Timezone | undefined): StartTime | null {
  const { guano, audioMoth, wamd, name, riff, tags } = sources;
  const stamp = one(wamd["timestamp"]);
  const first: Origin[] = [
    ["GUANO", guano?.time],
    ["AudioMoth comment", audioMoth?.time],
    ["wamd", stamp === undefined ? undefined : parseIsoTime(stamp)],
  ];
  const tagged = tagTime(tags);
  const named: Origin = ["file name", name.time];
  const bext: Origin = ["bext", riff?.bext == null ? undefined : bextTime(riff.bext)];
  const zoned = [...first, named].find(([, time]) => time != null && time.offsetMinutes !== null);
  const any = zoned ?? [...first, named, bext, tagged].find(([, time]) => time !== undefined);
  return any?.[1] === undefined ? null : placeTime(any[1], any[0], timezone);
}

const TIME_TAGS = /^(creation_time|date|icrd|recording_start_time|timestamp)$/i;

function tagTime(tags: TagFields): Origin {
  for (const [name, value] of Object.entries(tags)) {
    // "Timestamp" of GUANO has been looked at already.
    if (!TIME_TAGS.test(name) || name === "Timestamp") continue;
    const time = parseIsoTime(one(value) ?? "");
    if (time !== undefined) return [`tag ${name}`, time];
  }
  return ["tag", undefined];
}

function placeTime(time: StatedTime, origin: string, timezone: Timezone | undefined): StartTime {
  const local = formatWall(time.wallMs);
  if (time.offsetMinutes !== null) return placed(time.wallMs, time.offsetMinutes, { origin, local });
  if (timezone === undefined) return { utc: null, offset: null, origin, local };
  const { offsetMinutes, note } = timezone.at(time.wallMs);
  const zone = { timezone: timezone.name, ...(note === undefined ? {} : { note }) };
  return placed(time.wallMs, offsetMinutes, { origin, local, ...zone });
}

function placed(
  wallMs: number,
  offsetMinutes: number,
  rest: Pick<StartTime, "origin" | "local" | "timezone" | "note">,
): StartTime {
  const utc = `${formatWall(wallMs - offsetMinutes * 60_000)}Z`;
  return { utc, offset: formatOffset(offsetMinutes), ...rest };
}

function describeRecorder(sources: Sources): RecorderFields | null {
  const { guano, audioMoth, wamd, name } = sources;
  const fields = {
    ...(name.recorder ?? {}),
    ...wamdRecorder(wamd),
    ...(audioMoth === null ? {} : audioMothRecorder(audioMoth)),
    ...(guano === null ? {} : guanoRecorder(guano)),
  };
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return known.length === 0 ? null : (Object.fromEntries(known) as RecorderFields);
}

function wamdRecorder(wamd: TagFields): Record<string, RecorderValue | undefined> {
  if (Object.keys(wamd).length === 0) return {};
  const { model, serial, firmware } = wamd;
  return { make: "Wildlife Acoustics", model: one(model), serial: one(serial), firmware: one(firmware) };
}

function audioMothRecorder(comment: AudioMothComment): Record<string, RecorderValue> {
  const { frequencyTrigger: trigger, filter } = comment;
  return {
    make: "Open Acoustic Devices",
    model: "AudioMoth",
    ...(comment.serial === null ? {} : { serial: comment.serial }),
    deployment_id: comment.deploymentId,
    gain: comment.gain,
    external_microphone: comment.externalMicrophone ? true : null,
    battery_volts: comment.batteryVolts,
    battery_bound: comment.batteryBound,
    temperature_c: comment.temperatureC,
    filter: filter === null ? null : { type: filter.type, frequencies_hz: filter.frequenciesHz },
    amplitude_threshold: comment.amplitudeThreshold,
    frequency_trigger:
      trigger === null
        ? null
        : {
            centre_hz: trigger.centreHz,
            window_samples: trigger.windowSamples,
            threshold: trigger.threshold,
          },
    minimum_trigger_seconds: comment.minimumTriggerSeconds,
    stopped: comment.stopped,
  };
}

function guanoRecorder(guano: Guano): Record<string, RecorderValue> {
  const { fields, position } = guano;
  const named: [string, string][] = [
    ["make", "Make"],
    ["model", "Model"],
    ["serial", "Serial"],
    ["firmware", "Firmware Version"],
    ["deployment_id", "OAD|Deployment ID"],
  ];
  const numbers: [string, string][] = [
    ["temperature_c", "Temperature Int"],
    ["battery_volts", "OAD|Battery Voltage"],
    ["elevation_m", "Loc Elevation"],
  ];
  const known: Record<string, RecorderValue> = {};
  for (const [to, from] of named) {
    const value = one(fields[from]);
    if (value !== undefined && value !== "") known[to] = value;
  }
  for (const [to, from] of numbers) {
    const value = one(fields[from]);
    if (value !== undefined && value !== "" && Number.isFinite(Number(value))) known[to] = Number(value);
  }
  if (position !== null) known["position"] = { ...position };
  return known;
}
