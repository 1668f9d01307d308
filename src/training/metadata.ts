/** What is said of each window, in CSV and in Parquet alike. */
import { stringify } from "csv-stringify/sync";
import { argumentError } from "../errors.js";
import type { DatasetRecording } from "./groups.js";
import type { PlacedWindow } from "./layout.js";

/** Between the labels of one window. */
export const LABEL_SEPARATOR = ";";

/** One window's line of `metadata.csv`. */
export interface WindowMetadata {
  /** Path within the dataset. */
  readonly file_name: string;
  /** Row within the file, from 0; undefined for WAV files. */
  readonly row: number | undefined;
  /** The labels, joined with `;`: most often one. */
  readonly label: string;
  readonly labels: readonly string[];
  readonly recording: string;
  /** Within the recording, in seconds. */
  readonly start_s: number;
  readonly end_s: number;
  /** Within the recording, in samples of its own rate. */
  readonly start_sample: number;
  readonly end_sample: number;
  /** ISO 8601; empty where the recording's start in UTC is not known. */
  readonly start_utc: string;
  readonly split: string;
  readonly group: string;
  /** Of the file that the recording was imported from. */
  readonly source_sha256: string;
}

/** Says what there is to say of a window. */
export function windowMetadata(window: PlacedWindow, recording: DatasetRecording): WindowMetadata {
  const { startSample, endSample, labels } = window;
  const { sampleRate, attributes } = recording;
  return {
    file_name: window.file,
    row: window.row,
    label: labels.join(LABEL_SEPARATOR),
    labels,
    recording: window.recording,
    start_s: startSample / sampleRate,
    end_s: endSample / sampleRate,
    start_sample: startSample,
    end_sample: endSample,
    start_utc: utcOf(attributes.start_time?.utc, startSample / sampleRate),
    split: window.split,
    group: window.group,
    source_sha256: attributes.source.sha256,
  };
}

/** Refuses labels that could not be told apart again once joined. */
export function checkLabels(labels: readonly string[]): void {
  const odd = labels.find((label) => label.includes(LABEL_SEPARATOR) || /[\r\n]/.test(label));
  if (odd !== undefined)
    throw argumentError("labels", `labels without "${LABEL_SEPARATOR}" and line breaks`, odd);
}

function utcOf(start: string | null | undefined, seconds: number): string {
  const milliseconds =
    start === null || start === undefined ? Number.NaN : Date.parse(start) + seconds * 1000;
  return Number.isNaN(milliseconds) ? "" : new Date(Math.round(milliseconds)).toISOString();
}

/** The table as a CSV, in pieces that do not take the memory of the whole. */
export function* metadataCsv(
  windows: Iterable<WindowMetadata & { readonly hole_s: number }>,
  { rows }: { readonly rows: boolean },
): Iterable<Uint8Array> {
  const columns = [
    "file_name",
    ...(rows ? ["row"] : []),
    "label",
    "recording",
    "start_s",
    "end_s",
    "start_sample",
    "end_sample",
    "start_utc",
    "split",
    "group",
    "source_sha256",
    "hole_s",
  ];
  let piece: object[] = [];
  const flush = (header: boolean): Uint8Array => {
    const text = stringify(piece, { columns, header });
    piece = [];
    return Buffer.from(text);
  };
  let header = true;
  for (const window of windows) {
    piece.push(window);
    if (piece.length < ROWS_PER_PIECE) continue;
    yield flush(header);
    header = false;
  }
  if (piece.length > 0 || header) yield flush(header);
}

const ROWS_PER_PIECE = 1000;
