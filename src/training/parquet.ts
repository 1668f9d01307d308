/** Parquet shards: each window with its metadata, audio as WAV bytes the way Hugging Face keeps it, or mel values. */
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { wavBytes } from "../tensor/wav.js";
import { BYTES_PER_MB } from "../units.js";
import { WRITER } from "../version.js";
import type { RowShape } from "./layout.js";
import { type WindowMetadata, windowMetadata } from "./metadata.js";
import type { DatasetRow } from "./rows.js";
import { type ShardFile, shardFile } from "./shard-file.js";
import type { PartSink, SinkContext } from "./sinks.js";

/** Row groups are what readers load at once. */
const ROW_GROUP_BYTES = 16 * BYTES_PER_MB;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
type Type = "string" | "int64" | "float64";

/** Plain columns in their order; `labels` and the content come before and after them. */
const COLUMNS: readonly (readonly [
  name: Exclude<keyof WindowMetadata, "labels" | "file_name" | "row">,
  type: Type,
])[] = [
  ["label", "string"],
  ["recording", "string"],
  ["start_s", "float64"],
  ["end_s", "float64"],
  ["start_sample", "int64"],
  ["end_sample", "int64"],
  ["start_utc", "string"],
  ["split", "string"],
  ["group", "string"],
  ["source_sha256", "string"],
];

/** A shard that is written a row group at a time. */
export async function parquetSink(
  file: string,
  shape: RowShape,
  { settings, recordings, memory }: SinkContext,
): Promise<PartSink> {
  const out = await shardFile(file, memory);
  const mel = settings.content === "mel";
  const writer = new ByteWriter();
  Object.assign(writer, { flush: () => drain(writer, out) });
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(mel),
    // Audio does not get smaller, and mel values hardly.
    codec: "UNCOMPRESSED",
    kvMetadata: keyValues(shape, mel),
    createdBy: WRITER,
  });
  let rows: EncodedRow[] = [];
  let bytes = 0;
  const writeGroup = async (): Promise<void> => {
    if (rows.length === 0) return;
    await parquet.write({ columnData: groupColumns(rows, mel, recordings), rowGroupSize: rows.length });
    rows = [];
    bytes = 0;
  };
  return {
    add: async (row) => {
      rows.push(encodedRow(row, mel));
      bytes += row.channels.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (bytes >= ROW_GROUP_BYTES) await writeGroup();
    },
    close: async () => {
      await writeGroup();
      await parquet.finish();
      await drain(writer, out);
      await out.close();
    },
    abort: out.abort,
  };
}

/** Hands what has been encoded to the file. */
async function drain(writer: ByteWriter, out: ShardFile): Promise<void> {
  const bytes = writer.getBytes();
  await out.write([bytes]);
  writer.index = 0;
}

/** A row that waits for its group: it must not lean on the memory that was lent with the tensor. */
interface EncodedRow {
  readonly window: DatasetRow["window"];
  readonly content: number[] | { readonly bytes: Uint8Array; readonly path: string };
}

function encodedRow({ window, sampleRate, channels }: DatasetRow, mel: boolean): EncodedRow {
  if (mel) return { window, content: channels.flatMap((one) => Array.from(one)) };
  const path = `${window.recording}_${window.startSample}_${window.endSample}.wav`;
  return { window, content: { bytes: wavBytes({ sampleRateHz: sampleRate, channels }), path } };
}

/** One row group: the content, and what is said of each window. */
function groupColumns(
  rows: readonly EncodedRow[],
  mel: boolean,
  recordings: SinkContext["recordings"],
): ColumnSource[] {
  const metadata = rows.map(({ window }) => {
    const recording = recordings.get(window.recording);
    if (recording === undefined) throw new Error(`no recording ${window.recording}`);
    return windowMetadata(window, recording);
  });
  const content = { name: mel ? "mel" : "audio", data: rows.map((row) => row.content) };
  return [{ ...content, encoding: "PLAIN", statistics: false }, ...metadataColumns(metadata)];
}

function metadataColumns(rows: readonly WindowMetadata[]): ColumnSource[] {
  const plain = COLUMNS.map(([name, type]): ColumnSource => {
    const data = rows.map((row) => (type === "int64" ? BigInt(row[name]) : row[name]));
    return { name, data };
  });
  return [{ name: "labels", data: rows.map(({ labels }) => [...labels]) }, ...plain];
}

/** Nothing is missing, but columns are nullable: Hugging Face knows its audio by the very type that pyarrow writes. */
function schemaOf(mel: boolean): Schema {
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" } as const;
  const types = {
    string: text,
    int64: { type: "INT64", repetition_type: "OPTIONAL" },
    float64: { type: "DOUBLE", repetition_type: "OPTIONAL" },
  } as const;
  const list = (name: string, element: Omit<Schema[number], "name">): Schema => [
    { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { ...element, name: "element" },
  ];
  const audio: Schema = [
    { name: "audio", repetition_type: "OPTIONAL", num_children: 2 },
    { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
    { name: "path", ...text },
  ];
  return [
    { name: "root", num_children: COLUMNS.length + 2 },
    ...(mel ? list("mel", { type: "FLOAT", repetition_type: "OPTIONAL" }) : audio),
    ...list("labels", text),
    ...COLUMNS.map(([name, type]) => ({ name, ...types[type] })),
  ];
}

/** Shape for everybody; for Hugging Face `datasets`, that the bytes are audio. */
function keyValues(shape: RowShape, mel: boolean): { key: string; value: string }[] {
  const value = (dtype: string): object => ({ dtype, _type: "Value" });
  const content = mel
    ? { mel: { feature: value("float32"), _type: "Sequence" } }
    : { audio: { sampling_rate: shape.sampleRate, _type: "Audio" } };
  const features = {
    ...content,
    labels: { feature: value("string"), _type: "Sequence" },
    ...Object.fromEntries(COLUMNS.map(([name, type]) => [name, value(type)])),
  };
  return [
    { key: "opus_zarr", value: JSON.stringify({ sample_rate: shape.sampleRate, shape: shape.dimensions }) },
    { key: "huggingface", value: JSON.stringify({ info: { features } }) },
  ];
}
