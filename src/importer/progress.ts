/** How far an import is, put together from what its files report. */
import type { ImportProgress } from "./options.js";
import { bytesText, durationText } from "../units.js";
import type { ImportedRecording } from "./report.js";

/** Takes notes, file by file (by their place in the list), and tells the sum after each. */
export interface ProgressNotes {
  /** More bytes of a file were copied. */
  bytes(file: number, bytes: number): void;
  /** A file is done. */
  row(file: number, row: ImportedRecording): void;
}

/** Opens notes on files of the sizes given. */
export function progressNotes(
  sizes: readonly number[],
  onProgress: ((progress: ImportProgress) => void) | undefined,
): ProgressNotes {
  const started = performance.now();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const perFile = sizes.map(() => 0);
  let bytesDone = 0;
  let skippedBytes = 0;
  let filesDone = 0;
  let failed = 0;
  let pages = 0;
  // What is encoded anew is not as long as its file: no file counts for more than its size.
  const reach = (file: number, bytes: number): void => {
    const now = Math.min(sizes[file] ?? 0, bytes);
    bytesDone += now - (perFile[file] ?? 0);
    perFile[file] = now;
  };
  const tell = (): void => {
    const seconds = (performance.now() - started) / 1000;
    const worked = bytesDone - skippedBytes;
    const bytesPerSecond = worked / Math.max(seconds, 1e-3);
    const secondsLeft = worked <= 0 ? null : (total - bytesDone) / bytesPerSecond;
    const files = { files: sizes.length, filesDone, failed };
    onProgress?.({ ...files, bytes: total, bytesDone, pages, seconds, bytesPerSecond, secondsLeft });
  };
  return {
    bytes(file, bytes) {
      reach(file, (perFile[file] ?? 0) + bytes);
      tell();
    },
    row(file, row) {
      const size = sizes[file] ?? 0;
      // What was there already takes no time, and says nothing of how long the rest takes.
      if (row.status !== "imported") skippedBytes += size - (perFile[file] ?? 0);
      reach(file, size);
      filesDone++;
      if (row.status === "failed") failed++;
      if (row.status === "imported") pages += row.pages;
      tell();
    },
  };
}

/** `3/8 files, 49.6 MiB of 639.9 MiB, 225.5 MiB/s, 2.62 s left, 7202 pages`. */
export function importProgressText(p: ImportProgress): string {
  const left = p.secondsLeft === null ? "?" : durationText(p.secondsLeft);
  const failed = p.failed > 0 ? `, ${p.failed} failed` : "";
  return `${p.filesDone}/${p.files} files${failed}, ${bytesText(p.bytesDone)} of ${bytesText(p.bytes)}, ${bytesText(p.bytesPerSecond)}/s, ${left} left, ${p.pages} pages`;
}
