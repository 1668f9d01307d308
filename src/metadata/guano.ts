/** GUANO metadata (guano-md.org): lines of `key: value` in a `guan` chunk, keys in namespaces `NAME|key`. */
import { type TagFields, tagCollector } from "./text.js";
import { parseIsoTime, type StatedTime } from "./time.js";

/** What a GUANO text says. */
export interface Guano {
  /** Every field, names as written, known or not. */
  readonly fields: TagFields;
  /** `Timestamp`; without offset where the recorder wrote none. */
  readonly time: StatedTime | undefined;
  /** `Loc Position` in degrees north and east. */
  readonly position: { readonly latitude: number; readonly longitude: number } | null;
}

/** Parses a GUANO text; null where no line has the form `key: value`. */
export function parseGuano(text: string): Guano | null {
  const collected = tagCollector();
  let lines = 0;
  for (const line of text.split(/\r\n|\r|\n|\0/)) {
    const colon = line.indexOf(":");
    const key = line.slice(0, colon).trim();
    if (colon <= 0 || key === "") continue;
    lines++;
    // A line break inside a value is written as the two characters \n.
    collected.add(
      key,
      line
        .slice(colon + 1)
        .trim()
        .replaceAll("\\n", "\n"),
    );
  }
  if (lines === 0) return null;
  const fields = collected.fields();
  const stamp = one(fields["Timestamp"]);
  return {
    fields,
    time: stamp === undefined ? undefined : parseIsoTime(stamp),
    position: parsePosition(one(fields["Loc Position"])),
  };
}

/** The first value of a field. */
export function one(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function parsePosition(text: string | undefined): Guano["position"] {
  const match = /^\s*([+-]?\d+(?:\.\d+)?)[\s,]+([+-]?\d+(?:\.\d+)?)\s*$/.exec(text ?? "");
  if (match === null) return null;
  const latitude = Number(match[1]);
  const longitude = Number(match[2]);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}
