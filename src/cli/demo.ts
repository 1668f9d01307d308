/** `demo [FILE]`: the whole job once, on the bundled soundscape or on the user's own file. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CAC } from "cac";
import { openArchive, type Recording } from "../archive/open.js";
import { bundledDataset } from "../datasets/bundled.js";
import { OpusZarrError } from "../errors.js";
import { makeFolders } from "../files.js";
import { extractSegments } from "../extract/extract.js";
import { writeNpy } from "../extract/write.js";
import { frameToCsv } from "../frame/csv.js";
import { segmentsFrame } from "../frame/segments.js";
import { importRecordings } from "../importer/import.js";
import type { ImportedRecording } from "../importer/report.js";
import type { AnnotationBox } from "../notebook/annotated-plot.js";
import type { SegmentRequest } from "../segments/select.js";
import type { SegmentTensor } from "../tensor/tensor.js";
import { bytesText, durationText } from "../units.js";
import { plain, print, table } from "./output.js";

interface DemoFlags {
  readonly out?: string;
}

/** Clip length of the demo, in seconds. */
const CLIP_SECONDS = 2;
/** How much of the recording's beginning the page shows, in seconds. */
const OVERVIEW_SECONDS = 20;
/** Clips out of a file of the user's own. */
const OWN_CLIPS = 12;

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "demo [file]",
      "Import, extract, table and page: the whole job on the bundled soundscape, or on a file of yours",
    )
    .option("--out <dir>", "Where the results go", { default: "out" })
    .action(demo);
}

interface Timing {
  readonly step: string;
  readonly seconds: number;
  readonly note: string;
}

async function demo(file: string | undefined, flags: DemoFlags): Promise<void> {
  const out = String(flags.out ?? "out");
  await makeFolders(out);
  const timings: Timing[] = [];
  const store = path.join(out, "demo.zarr");
  const imported = await importOne(store, file === undefined ? bundledDataset().opus : String(file), timings);
  const recording = await (await openArchive(store)).recording(imported.id);
  const labels = file === undefined ? await bundledLabels() : [];
  const segments =
    file === undefined ? labels.map((label) => labelledSegment(recording, label)) : spreadSegments(recording);
  const clips = await timed(timings, "extract", async () => {
    const tensor = await extractSegments(recording, segments);
    const rate = tensor.stats.decodedSeconds / tensor.stats.seconds;
    return { value: tensor, note: `${segments.length} clips, exact, ${rate.toFixed(0)} × real time` };
  });
  const files = {
    npy: path.join(out, "clips.npy"),
    csv: path.join(out, "clips.csv"),
    page: path.join(out, "demo.html"),
  };
  await writeNpy(files.npy, segments.length, once(clips));
  const frame = await segmentsFrame(clips);
  await writeFile(files.csv, await frameToCsv(frame));
  await writeFile(files.page, await page(recording, clips, { frame, timings, labels }));
  print(clipTable(clips));
  print("", ...timings.map((t) => `${t.step.padEnd(8)} ${t.seconds.toFixed(2)} s  ${t.note}`), "");
  print(
    `archive  ${plain(store)}`,
    `tensor   ${plain(files.npy)}  [${clips.shape.join(", ")}]`,
    `table    ${plain(files.csv)}`,
    `page     ${plain(files.page)}`,
  );
}

function clipTable({ segments, sampleRate }: SegmentTensor): string {
  const seconds = (sample: number): string => `${(sample / sampleRate).toFixed(2)} s`;
  const rows = segments.map((clip, i) => {
    return [String(i), seconds(clip.startSample), seconds(clip.endSample), clip.label ?? ""];
  });
  return table(["clip", "start", "end", "label"], rows);
}

async function importOne(store: string, file: string, timings: Timing[]): Promise<ImportedRecording> {
  const archive = await openArchive(store, { mode: "a" });
  return await timed(timings, "import", async () => {
    const [row] = (await importRecordings(archive, [file])).recordings;
    if (row === undefined || row.status === "failed") {
      throw new OpusZarrError("format", `demo: ${row?.error ?? "nothing was imported"}`);
    }
    const already = row.status === "skipped" ? ", was there already" : "";
    return {
      value: row,
      note: `${bytesText(row.bytes)}, ${durationText(row.samples / 48_000)} of sound${already}`,
    };
  });
}

async function timed<T>(
  timings: Timing[],
  step: string,
  work: () => Promise<{ value: T; note: string }>,
): Promise<T> {
  const started = performance.now();
  const { value, note } = await work();
  timings.push({ step, seconds: (performance.now() - started) / 1000, note });
  return value;
}

/** The ground truth of the bundled soundscape. */
async function bundledLabels(): Promise<AnnotationBox[]> {
  const { parse } = await import("csv-parse/sync");
  const rows = parse(await readFile(bundledDataset().labels, "utf8"), { columns: true }) as Record<
    string,
    string
  >[];
  return rows.map((row) => ({
    startSeconds: Number(row["start_s"]),
    endSeconds: Number(row["end_s"]),
    lowHz: Number(row["low_hz"]),
    highHz: Number(row["high_hz"]),
    label: row["label"] ?? "",
  }));
}

/** A clip around the middle of an annotation. */
function labelledSegment(recording: Recording, box: AnnotationBox): SegmentRequest {
  const middle = (box.startSeconds + box.endSeconds) / 2;
  return { ...clipFrom(recording, middle - CLIP_SECONDS / 2), ...(box.label ? { label: box.label } : {}) };
}

/** Clips at equal distances. */
function spreadSegments(recording: Recording): SegmentRequest[] {
  const latest = Math.max(0, recording.durationSeconds - CLIP_SECONDS);
  const clips = recording.durationSeconds < CLIP_SECONDS ? 1 : OWN_CLIPS;
  return Array.from({ length: clips }, (_, i) => clipFrom(recording, (latest * i) / Math.max(1, clips - 1)));
}

function clipFrom(recording: Recording, startSeconds: number): { startSample: number; endSample: number } {
  const length = Math.min(recording.totalSamples, Math.round(CLIP_SECONDS * recording.sampleRate));
  const wanted = Math.round(startSeconds * recording.sampleRate);
  const startSample = Math.max(0, Math.min(recording.totalSamples - length, wanted));
  return { startSample, endSample: startSample + length };
}

async function* once(tensor: SegmentTensor): AsyncGenerator<SegmentTensor> {
  yield tensor;
}

async function page(
  recording: Recording,
  clips: SegmentTensor,
  parts: {
    readonly frame: Awaited<ReturnType<typeof segmentsFrame>>;
    readonly timings: readonly Timing[];
    readonly labels: readonly AnnotationBox[];
  },
): Promise<string> {
  const { reportPage, tensorSounds } = await import("../notebook/report.js");
  const { attributes } = recording;
  const seconds = Math.min(OVERVIEW_SECONDS, recording.durationSeconds);
  const overview = await extractSegments(recording, [{ startSeconds: 0, endSeconds: seconds }]);
  const boxes = parts.labels.filter((box) => box.endSeconds <= seconds);
  const [beginning] = tensorSounds(overview);
  return reportPage({
    title: `${recording.id}: ${clips.shape[0]} clips`,
    summary: `Exact clips out of ${attributes.source.name}, decoded by ${clips.decoder}.`,
    recording: {
      source: attributes.source.name,
      duration: durationText(recording.durationSeconds),
      "sample rate": `${recording.sampleRate} Hz`,
      channels: recording.channels,
      size: bytesText(attributes.source.bytes),
      "SHA-256": attributes.source.sha256,
    },
    sounds: [
      { ...(beginning as NonNullable<typeof beginning>), boxes },
      ...tensorSounds(clips, { segments: [0] }),
    ],
    timings: parts.timings,
    table: parts.frame,
  });
}
