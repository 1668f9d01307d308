/** Text inside binary headers. */

/** No single field of text is kept beyond this: 64 Ki characters are no word about a recording any more. */
const MAX_FIELD_CHARACTERS = 65_536;

/** Decodes UTF-8, or Windows-1252 where the bytes are not valid UTF-8; stops at the first NUL, trims. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = end === -1 ? bytes : bytes.subarray(0, end);
  return decode(text).trim().slice(0, MAX_FIELD_CHARACTERS);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** A four-character code as text. */
export function fourCc(bytes: Uint8Array, at: number): string {
  let text = "";
  for (let i = at; i < at + 4 && i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** Fields that may repeat: one value as a string, more as a list. */
export type TagFields = Record<string, string | string[]>;

/** Collects fields in order; equal values of one name are kept once. */
export interface TagCollector {
  add(name: string, value: string): void;
  fields(): TagFields;
}

/** More fields than this are not kept: no recorder writes as many. */
const MAX_FIELDS = 1_000;

/** Opens a collection of fields. */
export function tagCollector(): TagCollector {
  const found = new Map<string, string[]>();
  let count = 0;
  return {
    add(name, value) {
      const values = found.get(name) ?? [];
      if (values.includes(value) || count >= MAX_FIELDS) return;
      count++;
      values.push(value.slice(0, MAX_FIELD_CHARACTERS));
      found.set(name, values);
    },
    // Object.fromEntries defines properties, so that a field named "__proto__" is a field like others.
    fields: () => Object.fromEntries([...found].map(([k, v]) => [k, v.length === 1 ? (v[0] as string) : v])),
  };
}
