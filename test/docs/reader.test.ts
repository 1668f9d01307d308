/** The reader in docs/, written from docs/format.md alone, against our own extraction. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bundledDataset,
  extractSegments,
  importRecordings,
  openArchive,
  writeLongRecording,
} from "../../dist/index.js";
import { PYTHON, pythonHas } from "../python.js";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const fixtures = fileURLToPath(new URL("../streams/fixtures", import.meta.url));
const hasLibopus = (): boolean =>
  spawnSync(PYTHON, ["-c", "import ctypes.util, sys; sys.exit(ctypes.util.find_library('opus') is None)"])
    .status === 0;
const missing = pythonHas("zarr, numpy") && hasLibopus() ? "" : " (needs Python with zarr 3, and libopus)";

/** Two builds of libopus, and float against fixed point in them: far below what 80 ms of pre-roll gives. */
const TOLERANCE = 0.002;

/** Reads the segments that standard input names, and writes their samples one after the other. */
const DRIVER = `
import json, sys
sys.path.insert(0, ${JSON.stringify(docs)})
from reader import read_segment
archive, out = sys.argv[1:]
with open(out, "wb") as file:
    for recording, start, end in json.load(sys.stdin):
        file.write(read_segment(archive, recording, start, end).tobytes())
`;

describe(`docs/reader.py${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "opus-zarr-reader-"));
  const store = join(folder, "a.zarr");

  beforeAll(async () => {
    if (missing !== "") return;
    const long = join(folder, "long.opus");
    await writeLongRecording(readFileSync(bundledDataset().opus), long, { durationSeconds: 600 });
    const archive = await openArchive(store, { mode: "a" });
    const report = await importRecordings(archive, [fixtures, long]);
    expect(report.recordings.filter((row) => row.status === "failed")).toEqual([]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(missing !== "")("reads what we extract, for every kind of stream", async () => {
    const archive = await openArchive(store);
    const segments: [recording: string, start: number, end: number][] = [];
    for (const id of await archive.list()) {
      const { totalSamples } = await archive.recording(id);
      const middle = Math.floor(totalSamples * 0.6);
      segments.push([id, 0, 5_000], [id, middle, middle + 40_001], [id, totalSamples - 7_000, totalSamples]);
    }
    const out = join(folder, "read.f32");
    const input = JSON.stringify(segments);
    const run = spawnSync(PYTHON, ["-W", "error", "-c", DRIVER, store, out], { input, encoding: "utf8" });
    expect(run.stderr).toBe("");
    const bytes = readFileSync(out);
    const read = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect(segments.length).toBeGreaterThan(80);
    let at = 0;
    for (const [row, [recording, startSample, endSample]] of segments.entries()) {
      const { data } = await extractSegments(await archive.recording(recording), [
        { startSample, endSample },
      ]);
      let loudest = 0;
      let worst = 0;
      data.forEach((value, i) => {
        loudest = Math.max(loudest, Math.abs(value));
        worst = Math.max(worst, Math.abs(value - (read[at + i] ?? Number.NaN)));
      });
      expect(worst, `${recording} ${startSample}`).toBeLessThan(TOLERANCE);
      // The middles have sound in them; a beginning may be silent, and so may an end.
      if (row % 3 === 1) expect(loudest, `${recording} ${startSample}: sound`).toBeGreaterThan(0.05);
      at += data.length;
    }
    expect(at).toBe(read.length);
  });

  it.skipIf(missing !== "")("works from a shell as its first lines say", async () => {
    const out = join(folder, "clip.npy");
    const run = spawnSync(PYTHON, [join(docs, "reader.py"), store, "long", "28000000", "28048000", out]);
    expect(run.status, String(run.stderr)).toBe(0);
    expect(readFileSync(out).length).toBe(128 + 4 * 48_000);
  });
});
