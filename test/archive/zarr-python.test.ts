/** Archives as zarr-python 3 reads them: the format is Zarr's, not ours. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importRecordings, openArchive } from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { longRecordingPages } from "../../src/datasets/long-recording.js";
import { pythonHas, pythonJson } from "../python.js";

interface ReadRecording {
  readonly attributes: Record<string, unknown>;
  readonly blobAttributes: Record<string, unknown>;
  readonly arrays: Record<string, { dtype: string; shape: number[]; chunks: number[] }>;
  readonly sha256: string;
  readonly bytes: number;
  readonly offsetsRise: boolean;
  readonly capturePatterns: number;
  readonly sizesOfPages: boolean;
  readonly sumOfSizes: number;
  readonly positions: number[];
  readonly granules: number[];
  readonly runs: number[][];
  readonly middle: string;
}

interface ReadArchive {
  readonly zarr: string;
  readonly attributes: unknown;
  readonly recordings: Record<string, ReadRecording>;
}

const script = fileURLToPath(new URL("./read_archive.py", import.meta.url));
const day = fileURLToPath(new URL("../../../shared/recordings/S4A03895_20190522_day.opus", import.meta.url));
const missing = pythonHas("zarr, numpy") ? "" : " (needs Python with zarr 3; name one in OPUS_ZARR_PYTHON)";

describe(`zarr-python 3, with every warning an error${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "opus-zarr-python-"));
  const files = new Map<string, string>();
  let archive: ReadArchive;

  beforeAll(async () => {
    if (missing !== "") return;
    const short = join(folder, "soundscape.opus");
    const long = join(folder, "hour.opus");
    copyFileSync(bundledDataset().opus, short);
    const pages = longRecordingPages(readFileSync(short), { durationSeconds: 1000.25 });
    writeFileSync(long, Buffer.concat([...pages]));
    for (const file of [short, long, ...(existsSync(day) ? [day] : [])]) {
      files.set(basename(file, ".opus"), file);
    }
    const store = join(folder, "a.zarr");
    await importRecordings(await openArchive(store, { mode: "a" }), [...files.values()]);
    archive = pythonJson(script, [store]) as ReadArchive;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(missing !== "")("opens the group and finds every recording", () => {
    expect(archive.zarr).toMatch(/^3\./);
    expect(archive.attributes).toEqual({ opus_zarr: { format: 1 } });
    expect(Object.keys(archive.recordings).sort()).toEqual([...files.keys()].sort());
  });

  it.skipIf(missing !== "")("reads each blob byte for byte, whole and across a chunk's edge", () => {
    for (const [id, file] of files) {
      const bytes = readFileSync(file);
      const read = archive.recordings[id];
      const third = Math.floor(bytes.length / 3);
      expect(read?.sha256).toBe(sha256(bytes));
      expect(read?.middle).toBe(sha256(bytes.subarray(third, Math.floor((2 * bytes.length) / 3))));
      expect(read?.attributes["source"]).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
    }
  });

  it.skipIf(missing !== "")("finds the arrays in the shapes and chunks of format 1", () => {
    for (const read of Object.values(archive.recordings)) {
      const chunks = Math.ceil(read.bytes / (8 * 2 ** 20));
      const pages = read.positions.length;
      expect(read.arrays["audio_data_blob_array"]).toEqual({
        dtype: "uint8",
        shape: [read.bytes],
        chunks: [Math.ceil(read.bytes / chunks)],
      });
      expect(read.arrays["opus_index"]).toMatchObject({ dtype: "uint64", shape: [pages, 3] });
      expect(read.arrays["opus_runs"]).toMatchObject({ dtype: "uint64", shape: [read.runs.length, 2] });
    }
    expect(archive.recordings["hour"]?.arrays["audio_data_blob_array"]?.chunks[0]).toBeLessThan(8 * 2 ** 20);
  });

  it.skipIf(missing !== "")(
    "finds an index of the pages: offsets rise, each stands on a page, sizes sum up",
    () => {
      for (const read of Object.values(archive.recordings)) {
        expect(read.offsetsRise).toBe(true);
        expect(read.capturePatterns).toBe(read.positions.length);
        expect(read.sizesOfPages).toBe(true);
        expect(read.sumOfSizes).toBe(read.bytes);
      }
    },
  );

  it.skipIf(missing !== "")("finds, for each page, the position that the pages before it end on", () => {
    for (const read of Object.values(archive.recordings)) {
      let position = 0;
      read.granules.forEach((granule, page) => {
        expect(read.positions[page]).toBe(position);
        // -1: no packet ends here; both header pages say 0. These streams start at granule 0.
        if (granule > 0) position = granule;
      });
      expect(read.runs).toEqual([[0, 0]]);
    }
  });

  it.skipIf(missing !== "" || !existsSync(day))(
    "knows the day in the field (needs ../shared/recordings)",
    () => {
      const read = archive.recordings["S4A03895_20190522_day"];
      expect(read?.positions.length).toBe(963);
      expect(read?.attributes).toMatchObject({
        format: 1,
        codec: "opus",
        container: "ogg",
        channels: 1,
        sample_rate: 48_000,
        total_samples: 46_080_000,
        pre_skip: 312,
      });
      expect(read?.blobAttributes).toMatchObject({
        codec: "opus",
        nb_channels: 1,
        sample_rate: 48_000,
        container_type: "ogg",
      });
    },
  );
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
