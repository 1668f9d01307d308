/** What a recording says of itself, held against the format: once, where it is read. */
import { type ErrorPlace, formatError, mismatch } from "../errors.js";
import { FORMAT_VERSION, type RecordingAttributes } from "./attributes.js";
import { isObject, type NodeMetadata } from "./metadata.js";

/** What a value has to be, in words, and whether it is. */
type Rule = readonly [expected: string, holds: (value: unknown) => boolean];
type Rules = readonly (readonly [key: string, rule: Rule])[];

const TEXT: Rule = ["text", (value) => typeof value === "string"];
const TEXT_OR_NULL: Rule = ["text or null", (value) => value === null || typeof value === "string"];
const OBJECT: Rule = ["an object", isObject];
const OBJECT_OR_NULL: Rule = ["an object or null", (value) => value === null || isObject(value)];
const LIST: Rule = ["a list", (value) => Array.isArray(value)];
const TEXTS: Rule = ["a list of text", (value) => isList(value, TEXT[1])];
const POSITIVE: Rule = ["a number above 0", (value) => Number.isFinite(value) && (value as number) > 0];
/** Gains are kept in 16 bits, of which 8 are behind the point (RFC 7845 §5.1). */
const GAIN: Rule = [
  "a gain from -128 to 128 dB",
  (value) => Math.abs(typeof value === "number" ? value : Number.NaN) <= 128,
];
const COUNT = whole(0, Number.MAX_SAFE_INTEGER);
const RANGES: Rule = ["a list of [start, end)", (value) => isList(value, isRange)];

function whole(from: number, to: number): Rule {
  const expected = `a whole number from ${from}${to === Number.MAX_SAFE_INTEGER ? "" : ` to ${to}`}`;
  return [expected, (value) => Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to];
}

function optional([expected, holds]: Rule): Rule {
  return [expected, (value) => value === undefined || holds(value)];
}

function isList(value: unknown, holds: (one: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(holds);
}

function isRange(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return value.every((one) => Number.isSafeInteger(one)) && value[0] <= value[1];
}

const RECORDING: Rules = Object.entries({
  codec: ['"opus"', (value) => value === "opus"],
  container: ['"ogg"', (value) => value === "ogg"],
  source: OBJECT,
  blob_sha256: TEXT,
  transcoded: OBJECT_OR_NULL,
  channels: whole(1, 255),
  sample_rate: whole(1, 1_000_000_000),
  total_samples: COUNT,
  pre_skip: COUNT,
  output_gain_db: GAIN,
  mapping: OBJECT,
  links: ["a list of one link or more", (value) => Array.isArray(value) && value.length > 0],
  sampling_rescale_factor: POSITIVE,
  start_time: OBJECT_OR_NULL,
  tags: OBJECT,
  recorder: OBJECT_OR_NULL,
  user: OBJECT,
  holes: LIST,
  concealed: RANGES,
});

const SOURCE: Rules = Object.entries({
  name: TEXT,
  bytes: COUNT,
  sha256: TEXT,
  mtime: optional(TEXT_OR_NULL),
  format: optional(TEXT),
  warnings: optional(TEXTS),
});

const START_TIME: Rules = Object.entries({
  utc: TEXT_OR_NULL,
  origin: TEXT,
  local: optional(TEXT),
  note: optional(TEXT),
});

const LINK: Rules = Object.entries({
  first_page: COUNT,
  first_audio_page: optional(COUNT),
  serial: whole(0, 0xffffffff),
  pre_skip: COUNT,
  initial_granule: ["a whole number", (value) => Number.isSafeInteger(value)],
  total_samples: COUNT,
  channels: optional(whole(1, 255)),
  output_gain_db: optional(GAIN),
  mapping: optional(OBJECT),
});

const HOLE: Rules = Object.entries({
  start_byte: COUNT,
  end_byte: COUNT,
  start_sample: COUNT,
  end_sample: COUNT,
  reason: TEXT,
});

/** What may be left out, and what then holds. */
const DEFAULTS = {
  transcoded: null,
  start_time: null,
  tags: {},
  recorder: null,
  user: {},
  holes: [],
  concealed: [],
};

/**
 * Checks the `opus_zarr` attributes of a recording, and fills in what may be left out.
 *
 * @throws {OpusZarrError} of kind `format` that names the attribute
 */
export function checkedAttributes(found: unknown, place: ErrorPlace): RecordingAttributes {
  checkFormat(found, place);
  const given = found as NodeMetadata;
  const { source } = given;
  const copy = isObject(source) ? source["sha256"] : undefined;
  const attributes = { ...DEFAULTS, blob_sha256: copy, ...given } as unknown as RecordingAttributes;
  const check = (value: unknown, rules: Rules, at = ""): void => checkFields({ value, rules, at, place });
  check(attributes, RECORDING);
  check(source, SOURCE, "source.");
  check(attributes.mapping, mappingRules(attributes.channels, attributes.mapping), "mapping.");
  if (attributes.start_time !== null) check(attributes.start_time, START_TIME, "start_time.");
  for (const [i, link] of attributes.links.entries()) {
    check(link, LINK, `links[${i}].`);
    const { channels = attributes.channels, mapping = attributes.mapping } = link;
    if (channels !== attributes.channels || link.mapping !== undefined)
      check(mapping, mappingRules(channels, mapping), `links[${i}].mapping.`);
  }
  for (const [i, hole] of attributes.holes.entries()) check(hole, HOLE, `holes[${i}].`);
  check(attributes, sumRules(attributes));
  return attributes;
}

/** Checks that `opus_zarr` attributes are of the version that this package reads. */
export function checkFormat(attributes: unknown, place: ErrorPlace): void {
  const format = isObject(attributes) ? attributes["format"] : undefined;
  if (format === FORMAT_VERSION) return;
  const newer = Number(format) > FORMAT_VERSION ? ": a newer version of opus-zarr wrote it" : "";
  const got = format === undefined ? "a Zarr group without it" : JSON.stringify(format);
  throw formatError(`expected opus_zarr format ${FORMAT_VERSION}, got ${got}${newer}`, place);
}

/** What a multistream decoder can be made with (RFC 7845 §5.1.1). */
function mappingRules(channels: number, { streams, coupled }: RecordingAttributes["mapping"]): Rules {
  const decoded = whole(0, streams + coupled - 1)[1];
  const table: Rule = [
    `the decoded channels, below ${streams + coupled} or 255, of ${channels} channels`,
    (value) => isList(value, (one) => one === 255 || decoded(one)) && value.length === channels,
  ];
  return [
    ["family", whole(0, 255)],
    ["streams", whole(1, 255)],
    ["coupled", whole(0, Math.min(streams, 255 - streams))],
    ["table", table],
  ];
}

/** What attributes say of each other. */
function sumRules({ links, sampling_rescale_factor: factor }: RecordingAttributes): Rules {
  const total = links.reduce((sum, link) => sum + link.total_samples, 0);
  const rate = 48_000 * factor;
  return [
    ["total_samples", [`those of the links together, ${total}`, (value) => value === total]],
    [
      "sample_rate",
      [`${rate} Hz, by sampling_rescale_factor`, (value) => Math.abs(Number(value) - rate) < 1],
    ],
  ];
}

interface Fields {
  readonly value: unknown;
  readonly rules: Rules;
  /** What stands before the names of the fields. */
  readonly at: string;
  readonly place: ErrorPlace;
}

function checkFields({ value, rules, at, place }: Fields): void {
  for (const [key, [expected, holds]] of rules) {
    const field = isObject(value) ? value[key] : undefined;
    if (!holds(field)) throw formatError(`attributes: ${mismatch(`${at}${key}`, expected, field)}`, place);
  }
}
