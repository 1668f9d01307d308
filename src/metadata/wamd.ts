/**
 * Wildlife Acoustics metadata, a `wamd` chunk:
 *
 * ```
 * entry: id u16 | length u32 | text or number …
 * ```
 */
import { decodeText, type TagFields, tagCollector } from "./text.js";

/** Entries by id, as guano-py and others have found them; units are in the values. */
const NAMES: Readonly<Record<number, string>> = {
  0: "version",
  1: "model",
  2: "serial",
  3: "firmware",
  4: "prefix",
  5: "timestamp",
  6: "gps_first",
  7: "gps_track",
  8: "software",
  9: "license",
  10: "notes",
  11: "auto_id",
  12: "manual_id",
  14: "auto_id_stats",
  15: "time_expansion",
  18: "microphone",
  19: "sensitivity",
  20: "position",
  21: "temperature_internal",
  22: "temperature_external",
  23: "humidity",
  24: "light",
};
/** Entries that are 16-bit numbers. */
const NUMBERS: ReadonlySet<number> = new Set([0, 15]);
/** A spoken note, the recorder's program and its state, padding: no text. */
const SKIPPED: ReadonlySet<number> = new Set([13, 16, 17, 0xffff]);

/** Parses a `wamd` chunk: text fields by name, those of unknown id as `id_N`. */
export function parseWamd(bytes: Uint8Array): TagFields {
  const fields = tagCollector();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 6 <= bytes.length) {
    const id = view.getUint16(at, true);
    const length = view.getUint32(at + 2, true);
    if (length > bytes.length - at - 6) break;
    const value =
      NUMBERS.has(id) && length === 2
        ? String(view.getUint16(at + 6, true))
        : decodeText(bytes.subarray(at + 6, at + 6 + length));
    if (!SKIPPED.has(id) && isText(value)) fields.add(NAMES[id] ?? `id_${id}`, value);
    at += 6 + length;
  }
  return fields.fields();
}

function isText(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: binary entries are told from text by them
  return value !== "" && !/[\u0000-\u0008\u000e-\u001f]/.test(value);
}
