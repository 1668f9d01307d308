/** `catalogue.csv`: a row a recording, for people and programs that want no Zarr reader. */
import { stringify } from "csv-stringify/sync";
import type { RecordingAttributes } from "./attributes.js";

const COLUMNS: readonly string[] = [
  "recording",
  "start_utc",
  "duration_s",
  "sample_rate",
  "channels",
  "samples",
  "holes",
  "source",
  "source_bytes",
  "source_sha256",
];

/** The table, sorted by recording; what the user has added stands behind, a column a field. */
export function catalogueCsv(recordings: readonly (readonly [id: string, RecordingAttributes])[]): string {
  const fields = new Set(recordings.flatMap(([, { user }]) => Object.keys(user ?? {})));
  const userFields = [...fields].sort();
  const rows = recordings.map(([id, attributes]) => {
    const { source, user, holes, start_time } = attributes;
    return [
      id,
      start_time?.utc ?? "",
      attributes.total_samples / attributes.sample_rate,
      attributes.sample_rate,
      attributes.channels,
      attributes.total_samples,
      holes.length,
      source.name,
      source.bytes,
      source.sha256,
      ...userFields.map((field) => cell(user?.[field])),
    ];
  });
  return stringify([[...COLUMNS, ...userFields.map((field) => `user_${field}`)], ...rows]);
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
