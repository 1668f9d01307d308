import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import {
  bundledDataset,
  type CreateDatasetOptions,
  createDataset,
  extractSegments,
  isOpusZarrError,
  readAnnotations,
} from "../../dist/index.js";
import { importedSoundscape } from "../datasets/imported.js";
import { digests } from "./tree.js";

const soundscape = importedSoundscape();
const { raven } = bundledDataset();
let runs = 0;

const BASE = { annotations: [raven], windowSeconds: 1, hopSeconds: 0.5 } as const;

async function make(options: Partial<CreateDatasetOptions> = {}) {
  const out = soundscape.at(`out${runs++}`);
  const report = await createDataset(soundscape.archive, { ...BASE, out, ...options });
  const rows = parse(readFileSync(join(out, "metadata.csv")), { columns: true }) as Record<string, string>[];
  return { out, report, rows };
}

/** Bytes of a WAV file's samples: those after 44 of header. */
function wavSamples(file: string): Buffer {
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 4).toString()).toBe("RIFF");
  return bytes.subarray(44);
}

/** Bytes of some elements, to be compared as a whole: element by element takes minutes. */
function bytesOf(data: Float32Array | Int16Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe("formats", () => {
  it("wav: the samples of an extraction, AudioFolder's layout, metadata with every field", async () => {
    const { out, report, rows } = await make();
    expect(readdirSync(out).sort()).toEqual(["dataset.json", "metadata.csv", "train", "windows"]);
    expect(rows).toHaveLength(report.windows);
    const segments = rows.map((row) => ({
      startSample: Number(row["start_sample"]),
      endSample: Number(row["end_sample"]),
    }));
    const clips = await extractSegments(await soundscape.recording(), segments, { dtype: "int16" });
    for (const [i, row] of rows.entries()) {
      const expected = bytesOf(clips.data.subarray(i * 48_000, (i + 1) * 48_000));
      expect(wavSamples(join(out, row["file_name"] as string)).equals(expected)).toBe(true);
      expect(Number(row["start_s"]) * 48_000).toBe(Number(row["start_sample"]));
      expect(row["label"]?.split(";").length).toBeGreaterThan(0);
    }
    expect(rows[0]).toMatchObject({
      recording: "soundscape",
      split: "train",
      group: "soundscape",
      start_utc: "",
      hole_s: "0",
    });
    expect(rows[0]?.["source_sha256"]).toBe((await soundscape.recording()).attributes.source.sha256);
  });

  it("npy: shards of the shape that dataset.json says, floats of an extraction", async () => {
    const { out, rows } = await make({ format: "npy", shardWindows: 30 });
    const about = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
    expect(about.shape).toEqual([1, 48_000]);
    const files = [...new Set(rows.map((row) => row["file_name"] as string))];
    expect(files.slice(0, 2)).toEqual(["train/00000.npy", "train/00001.npy"]);
    const recording = await soundscape.recording();
    for (const [i, row] of rows.entries()) {
      if (i % 17 !== 0) continue;
      const bytes = readFileSync(join(out, row["file_name"] as string));
      const from = 128 + Number(row["row"]) * 48_000 * 4;
      const values = bytes.subarray(from, from + 192_000);
      const segment = { startSample: Number(row["start_sample"]), endSample: Number(row["end_sample"]) };
      expect(values.equals(bytesOf((await extractSegments(recording, [segment])).data))).toBe(true);
    }
  });

  it("tables of the windows that Raven and Audacity read, and we again", async () => {
    const { out, rows } = await make();
    const back = await readAnnotations(join(out, "windows/windows.raven.txt"));
    expect(back.annotations.map((row) => [row.startSeconds, row.endSeconds, row.label, row.file])).toEqual(
      rows.map((row) => [Number(row["start_s"]), Number(row["end_s"]), row["label"], "soundscape.opus"]),
    );
    const labels = await readAnnotations(join(out, "windows/soundscape.audacity.txt"));
    expect(labels.annotations.map((row) => row.startSeconds)).toEqual(
      rows.map((row) => Number(row["start_s"])),
    );
  });

  it("dataset.json: options, versions, counts, exactness, where it is from", async () => {
    const { out, report } = await make({
      seed: 5,
      background: { marginSeconds: 0.1 },
      labels: { mode: "single" },
    });
    const about = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
    expect(about).toMatchObject({
      format: "wav",
      seed: 5,
      exactness: { accuracy: "exact", windows_with_holes: 0 },
      options: {
        window_s: 1,
        hop_s: 0.5,
        labels: { overlap: 0.5, mode: "single" },
        background: { marginSeconds: 0.1 },
      },
      annotations: {
        matched: 34,
        unmatched: [],
        tables: [{ name: "soundscape.raven.txt", format: "raven", rows: 34 }],
      },
      windows: report.windows,
      splits: [{ name: "train", windows: report.windows }],
    });
    expect(about.writer).toMatch(/^opus-zarr \d/);
    expect(about.decoder).toMatch(/opus-decoder \d/);
    expect(JSON.stringify(about)).not.toContain(soundscape.at());
  });
});

describe("resampling", () => {
  it.each([24_000, 22_050])("to %i Hz: the samples of an extraction at that rate", async (sampleRate) => {
    const full = await make();
    const { out, rows } = await make({ format: "npy", sampleRate });
    const about = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
    expect(about).toMatchObject({ sample_rate: sampleRate, shape: [1, sampleRate] });
    expect(rows.map((row) => row["start_sample"])).toEqual(full.rows.map((row) => row["start_sample"]));
    const startSample = Number(rows[5]?.["start_sample"]);
    const segment = { startSample, endSample: startSample + 48_000 };
    const { data } = await extractSegments(await soundscape.recording(), [segment], { sampleRate });
    const row = readFileSync(join(out, "train/00000.npy")).subarray(128 + 5 * 4 * sampleRate);
    expect(row.subarray(0, 4 * sampleRate).equals(bytesOf(data))).toBe(true);
  });

  it("shards of several lengths are refused with the ways out", async () => {
    await expect(
      make({ format: "npy", anchor: "annotation", windowSeconds: undefined, hopSeconds: undefined }),
    ).rejects.toThrow(/^format: expected "wav", or windows of one length.*48000 Hz \[1,\d+\] \(soundscape\)/);
  });
});

describe("the same bytes", () => {
  it("again, and with other numbers of workers and memory", async () => {
    for (const format of ["wav", "npy", "parquet"] as const) {
      const one = await make({ format, shardWindows: 50 });
      const other = await make({ format, shardWindows: 50, workers: 1, maxMemoryMb: 4 });
      expect(digests(other.out)).toEqual(digests(one.out));
    }
  });

  it.each(["wav", "npy", "parquet"])("%s: killed half-way and run again, as in one go", (format) => {
    const script = fileURLToPath(new URL("./killed.mjs", import.meta.url));
    const env = { ...process.env, DATASET_TABLE: raven };
    const run = (out: string, parts: string): boolean => {
      try {
        execFileSync(process.execPath, [script, soundscape.at("a.zarr"), out, format, parts], {
          env,
          stdio: "ignore",
        });
        return true;
      } catch {
        return false;
      }
    };
    const whole = soundscape.at(`whole-${format}`);
    const killed = soundscape.at(`killed-${format}`);
    expect(run(whole, "never")).toBe(true);
    expect(run(killed, "3")).toBe(false);
    expect(existsSync(join(killed, "dataset.json"))).toBe(false);
    // What a process leaves that dies while it writes a file.
    writeFileSync(join(killed, "train/.part-0123456789ab"), "half");
    expect(run(killed, "2")).toBe(false);
    expect(run(killed, "never")).toBe(true);
    expect(digests(killed)).toEqual(digests(whole));
  });

  it("a finished dataset is not written again, one whose file went missing is", async () => {
    const { out, report } = await make({ format: "npy", shardWindows: 50 });
    const before = digests(out);
    const again = await createDataset(soundscape.archive, { ...BASE, out, format: "npy", shardWindows: 50 });
    expect(again.resumed).toBe(report.windows);
    rmSync(join(out, "train/00001.npy"));
    await createDataset(soundscape.archive, { ...BASE, out, format: "npy", shardWindows: 50 });
    expect(digests(out)).toEqual(before);
  });

  it("a folder of something else is left alone", async () => {
    const { out } = await make();
    const before = digests(out);
    const other = createDataset(soundscape.archive, { ...BASE, out, windowSeconds: 2 });
    await expect(other).rejects.toSatisfy((error) => isOpusZarrError(error, "conflict"));
    await expect(other).rejects.toThrow(/found another dataset/);
    expect(digests(out)).toEqual(before);
    const mine = mkdtempSync(soundscape.at("mine-"));
    writeFileSync(join(mine, "thesis.txt"), "x");
    await expect(createDataset(soundscape.archive, { ...BASE, out: mine })).rejects.toThrow(
      /found something else/,
    );
  });

  it("stopped by its signal: an error, and nothing half-done but what is taken up again", async () => {
    const out = soundscape.at("aborted");
    const controller = new AbortController();
    const options = { ...BASE, out, format: "npy" as const, shardWindows: 20 };
    const stopped = createDataset(soundscape.archive, {
      ...options,
      signal: controller.signal,
      maxMemoryMb: 4,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toThrow();
    expect(readdirSync(join(out, "train")).filter((name) => name.startsWith(".part"))).toEqual([]);
    await createDataset(soundscape.archive, options);
    const { out: whole } = await make({ format: "npy", shardWindows: 20 });
    expect(digests(out)).toEqual(digests(whole));
  });
});

describe("errors that say why, and what is there instead", () => {
  it("a recording missing, a row that fits none, a label with the separator", async () => {
    await expect(make({ recordings: ["soundscap"] })).rejects.toThrow(/"soundscap".*soundscape/);
    const table = soundscape.at("other.csv");
    writeFileSync(table, "file,start_s,end_s,label\nsoundscape.wav,1,2,x\nnobody.wav,1,2,x\n");
    await expect(make({ annotations: [table] })).rejects.toThrow(
      /1 of 2 annotations match no recording: other\.csv line 3: no recording is called "nobody\.wav"\. The recordings are: soundscape/,
    );
    const silent = soundscape.at("silent.csv");
    writeFileSync(silent, "start_s,end_s,label\n1,2,x\n2,3,x\n3,4,x\n");
    // Each reason once, and what to do about it.
    await expect(make({ annotations: [silent] })).rejects.toThrow(
      /3 of 3 annotations match no recording: silent\.csv line 2 and 2 more: the row names no file[^;]*\. The recordings are: soundscape\..*--about/,
    );
    const { report } = await make({ annotations: [table], unmatched: "list" });
    expect(report.unmatched.map(({ reason }) => reason)).toEqual(['no recording is called "nobody.wav"']);
    writeFileSync(table, "file,start_s,end_s,label\nsoundscape.wav,1,2,a;b\n");
    await expect(make({ annotations: [table] })).rejects.toThrow(/^labels: expected labels without ";"/);
  });

  it("options out of their range, by name", async () => {
    for (const [options, field] of [
      [{ format: "mp3" }, "format"],
      [{ content: "mel" }, "content"],
      [{ dtype: "int8" }, "dtype"],
      [{ sampleRate: 10 }, "sampleRate"],
      [{ format: "npy", shardWindows: 0 }, "shardWindows"],
      [{ channels: [] }, "channels"],
      [{ mel: {} }, "mel"],
      [{ accuracy: "nearly" }, "accuracy"],
    ] as const) {
      await expect(make(options as object), field).rejects.toThrow(new RegExp(`^${field}:`));
    }
  });
});
