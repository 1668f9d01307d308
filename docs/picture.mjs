/**
 * Makes docs/soundscape.png, the picture in README.md: the first 20 s of the bundled soundscape with its ground truth.
 *
 * `npm run build && node docs/picture.mjs`
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  annotatedSpectrogramPlot,
  bundledDataset,
  extractSegments,
  importRecordings,
  openArchive,
  parseAnnotations,
  plotPng,
  segmentSamples,
  spectrogram,
} from "../dist/index.js";

const SECONDS = 20;
const TOP_HZ = 10_000;
const folder = await mkdtemp(join(tmpdir(), "opus-zarr-picture-"));
const archive = await openArchive(join(folder, "a.zarr"), { mode: "a" });
await importRecordings(archive, [bundledDataset().opus]);
const recording = await archive.recording("soundscape");
const clip = await extractSegments(recording, [{ startSeconds: 0, endSeconds: SECONDS }], { workers: 0 });
const { annotations } = parseAnnotations(await readFile(bundledDataset().raven, "utf8"));
const boxes = annotations
  .filter((row) => row.startSeconds < SECONDS)
  .map((row) => ({ ...row, endSeconds: Math.min(SECONDS, row.endSeconds), label: row.label ?? "" }));
const picture = spectrogram(segmentSamples(clip, 0), { sampleRateHz: clip.sampleRate, fftSize: 1024 });
const plot = annotatedSpectrogramPlot(below(picture, TOP_HZ), boxes, { rangeDb: 70 });
await writeFile(new URL("soundscape.png", import.meta.url), plotPng(plot, { widthPx: 1100 }));
await rm(folder, { recursive: true });

/** The bins up to a frequency. */
function below(whole, hz) {
  const bins = whole.frequenciesHz.findIndex((frequency) => frequency > hz);
  const values = new Float32Array(whole.frames * bins);
  for (let frame = 0; frame < whole.frames; frame++) {
    values.set(whole.values.subarray(frame * whole.bins, frame * whole.bins + bins), frame * bins);
  }
  return { ...whole, values, bins, frequenciesHz: whole.frequenciesHz.slice(0, bins) };
}
