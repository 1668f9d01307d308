/** The tables beside a dataset: its metadata, and its windows for Raven and Audacity. */
import { join } from "node:path";
import { annotationTable } from "../annotations/convert.js";
import type { Annotation } from "../annotations/model.js";
import { writeAnnotations } from "../annotations/write.js";
import { makeFolders, writeFileAtomic } from "../files.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout, PlacedWindow } from "./layout.js";
import { byText } from "./labels.js";
import { LABEL_SEPARATOR, metadataCsv, windowMetadata } from "./metadata.js";

/** Folder of the tables for Raven and Audacity. */
const TABLES_FOLDER = "windows";

/** What the tables are made of. */
export interface TablesInput {
  readonly folder: string;
  readonly layout: DatasetLayout;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  /** Seconds lost, by window. */
  readonly holes: ReadonlyMap<number, number>;
}

/**
 * Writes `metadata.csv`, for WAV files also `SPLIT/metadata.jsonl`, and the windows as `windows/windows.raven.txt` and
 * `windows/RECORDING.audacity.txt`.
 */
export async function writeTables({ folder, layout, recordings, holes }: TablesInput): Promise<void> {
  await writeFileAtomic(join(folder, "metadata.csv"), [
    ...metadataCsv(rowsOf({ layout, recordings, holes }), { rows: layout.shape !== undefined }),
  ]);
  if (layout.shape === undefined) await writeSplitMetadata({ folder, layout, recordings, holes });
  const tables = join(folder, TABLES_FOLDER);
  await makeFolders(tables);
  const byRecording = new Map<string, Annotation[]>();
  for (const window of layout.windows) {
    const recording = recordings.get(window.recording) as DatasetRecording;
    const all = byRecording.get(recording.id) ?? [];
    if (all.length === 0) byRecording.set(recording.id, all);
    all.push(annotationOf(window, recording));
  }
  const inTime = [...byRecording]
    .sort(([a], [b]) => byText(a, b))
    .map(([id, rows]) => [id, rows.sort((a, b) => a.startSeconds - b.startSeconds)] as const);
  await writeAnnotations(
    join(tables, "windows.raven.txt"),
    annotationTable(
      inTime.flatMap(([, rows]) => rows),
      "raven",
    ),
  );
  for (const [id, rows] of inTime) {
    const labels = rows.map(({ startSeconds, endSeconds, label }) => ({ startSeconds, endSeconds, label }));
    await writeAnnotations(join(tables, `${id}.audacity.txt`), annotationTable(labels, "audacity"));
  }
}

/**
 * What AudioFolder reads: it looks for metadata within each split's folder, and refuses splits whose columns differ in
 * type. A CSV has no types (labels that are digits in one split only become numbers there), so this is JSON lines.
 */
async function writeSplitMetadata({ folder, layout, recordings, holes }: TablesInput): Promise<void> {
  const rows = [...rowsOf({ layout, recordings, holes })];
  const timed = rows.every(({ start_utc }) => start_utc !== "");
  for (const split of new Set(layout.windows.map((window) => window.split))) {
    const lines = rows
      .filter((row) => row.split === split)
      .map(({ row: _row, split: _split, start_utc, file_name, ...rest }) => {
        const name = file_name.slice(split.length + 1);
        return `${JSON.stringify({ file_name: name, ...rest, ...(timed ? { start_utc } : {}) })}\n`;
      });
    await writeFileAtomic(join(folder, split, "metadata.jsonl"), Buffer.from(lines.join("")));
  }
}

function* rowsOf({
  layout,
  recordings,
  holes,
}: Omit<TablesInput, "folder">): Iterable<ReturnType<typeof windowMetadata> & { hole_s: number }> {
  for (const [index, window] of layout.windows.entries()) {
    const recording = recordings.get(window.recording) as DatasetRecording;
    yield { ...windowMetadata(window, recording), hole_s: holes.get(index) ?? 0 };
  }
}

function annotationOf(window: PlacedWindow, recording: DatasetRecording): Annotation {
  return {
    startSeconds: window.startSample / recording.sampleRate,
    endSeconds: window.endSample / recording.sampleRate,
    timesFrom: "file",
    label: window.labels.join(LABEL_SEPARATOR),
    file: recording.attributes.source.name,
    line: 0,
    cells: [],
  };
}
