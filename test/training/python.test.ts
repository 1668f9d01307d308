/** Datasets as Python's libraries read them: soundfile, NumPy, pyarrow, Hugging Face datasets. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bundledDataset,
  type CreateDatasetOptions,
  createDataset,
  extractSegments,
  melSpectrogram,
} from "../../dist/index.js";
import { importedSoundscape } from "../datasets/imported.js";
import { pythonHas, pythonJson } from "../python.js";

interface ReadDatasets {
  readonly wav: { rows: number; formats: string[]; first: number[]; rate: number };
  readonly audiofolder: Record<
    string,
    { rows: number; labels: Record<string, number>; names: Record<string, string> }
  >;
  readonly npy: { rows: number; shapes: string[]; dtypes: string[]; sums: number[] };
  readonly parquet: {
    types: Record<string, string>;
    rows: number;
    labels: string[][];
    starts: number[];
    frames: number[];
    first: number[];
    features: Record<string, string>;
    splits: Record<string, number>;
  };
  readonly mel: { shape: number[]; dtype: string; mean: number };
}

const script = fileURLToPath(new URL("./read_dataset.py", import.meta.url));
const has = pythonHas("numpy, soundfile, pyarrow, datasets");
const missing = has
  ? ""
  : " (needs Python with numpy, soundfile, pyarrow, datasets; name one in OPUS_ZARR_PYTHON)";

describe.skipIf(!has)(`datasets in Python${missing}`, () => {
  const soundscape = importedSoundscape();
  const { raven } = bundledDataset();
  let read: ReadDatasets;
  let rows: Record<string, string>[] = [];

  beforeAll(async () => {
    const make = async (name: string, options: Partial<CreateDatasetOptions>): Promise<string> => {
      const out = soundscape.at(name);
      await createDataset(soundscape.archive, {
        annotations: [raven],
        windowSeconds: 1,
        labels: { mode: "single" },
        out,
        ...options,
      });
      return out;
    };
    const folders = [
      await make("wav", { format: "wav" }),
      await make("npy", { format: "npy", shardWindows: 20 }),
      await make("parquet", { format: "parquet", shardWindows: 20 }),
      await make("mel", { format: "parquet", content: "mel", mel: { mels: 64, hopSamples: 480 } }),
    ];
    rows = parse(readFileSync(soundscape.at("wav/metadata.csv")), { columns: true });
    read = pythonJson(script, [...folders, soundscape.at("cache")]) as ReadDatasets;
  });

  const counts = (labels: readonly (string | undefined)[]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const label of labels) sums[label ?? ""] = (sums[label ?? ""] ?? 0) + 1;
    return sums;
  };
  const clip = async (row: number) => {
    const recording = await soundscape.recording();
    const startSample = Number(rows[row]?.["start_sample"]);
    return extractSegments(recording, [{ startSample, endSample: startSample + 48_000 }]);
  };

  it("soundfile: rate, channels, 16 bits, length, samples", async () => {
    expect(read.wav).toMatchObject({ rows: rows.length, formats: ["48000 1 PCM_16 48000"], rate: 48_000 });
    const recording = await soundscape.recording();
    const startSample = Number(rows[0]?.["start_sample"]);
    const { data } = await extractSegments(recording, [{ startSample, endSample: startSample + 100 }], {
      dtype: "int16",
    });
    expect(read.wav.first).toEqual(Array.from(data));
  });

  it("Hugging Face audiofolder: splits, counts and the right label at each file", () => {
    expect(Object.keys(read.audiofolder)).toEqual(["train"]);
    const { train } = read.audiofolder;
    expect(train).toMatchObject({ rows: rows.length, seconds: 1 });
    expect(train?.labels).toEqual(counts(rows.map((row) => row["label"])));
    expect(train?.names).toEqual(
      Object.fromEntries(rows.map((row) => [row["file_name"]?.split("/").at(-1), row["label"]])),
    );
  });

  it("numpy.load: shape, type, values", async () => {
    expect(read.npy).toMatchObject({ rows: rows.length, shapes: ["(1, 48000)"], dtypes: ["float32"] });
    const { data } = await clip(3);
    const sum = (data as Float32Array).reduce((total, value) => total + Math.abs(value), 0);
    expect(read.npy.sums[3]).toBeCloseTo(sum, 6);
  });

  it("pyarrow: types, audio bytes, labels; Hugging Face takes the column for audio", () => {
    expect(read.parquet).toMatchObject({
      rows: rows.length,
      frames: [48_000],
      labels: rows.map((row) => [row["label"]]),
      starts: rows.map((row) => Number(row["start_sample"])),
      features: { audio: "Audio" },
      splits: { train: rows.length },
      types: {
        audio: "struct<bytes: binary, path: string>",
        start_s: "double",
        start_sample: "int64",
      },
    });
    expect(read.parquet.first).toEqual(read.wav.first);
  });

  it("mel spectrograms: the shape that the shard names, our values", async () => {
    const { data } = await clip(0);
    const { values, frames } = melSpectrogram(data, { sampleRateHz: 48_000, mels: 64, hopSamples: 480 });
    expect(read.mel).toMatchObject({ shape: [rows.length, 1, frames, 64], dtype: "float32" });
    expect(read.mel.mean).toBeCloseTo(values.reduce((total, value) => total + value, 0) / values.length, 4);
  });
});
