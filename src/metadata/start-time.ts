/**
 * When a recording began: the first of these that the file has.
 *
 * 1. what recorders write with a zone: GUANO `Timestamp`, AudioMoth comment, `wamd`, file name;
 * 2. the same without a zone, then `bext`;
 * 3. tags that any software writes (`DATE`, `creation_time`, `ICRD`): often the time of a conversion.
 *
 * A time without zone becomes a moment only through a time zone that the caller names; else `utc` is null
 * and `local` says what the recorder's clock showed. A zone is never guessed.
 */
import { bextTime } from "./bext.js";
import { one } from "./guano.js";
import type { Sources } from "./sources.js";
import type { TagFields } from "./text.js";
import { formatOffset, formatWall, parseIsoTime, type StatedTime } from "./time.js";
import type { Timezone } from "./timezone.js";

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

type Origin = readonly [origin: string, time: StatedTime | undefined];

/** The start time; null where nothing states one. */
export function startTime(sources: Sources, timezone: Timezone | undefined): StartTime | null {
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
