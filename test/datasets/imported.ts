/** The bundled soundscape in an archive, for all tests of a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import {
  type Archive,
  bundledDataset,
  importRecordings,
  openArchive,
  type Recording,
} from "../../dist/index.js";

/** Where it is, once the tests run. */
export interface ImportedSoundscape {
  readonly archive: Archive;
  recording(): Promise<Recording>;
  /** A path in a folder to work in, which is removed behind the tests; the archive is `a.zarr` there. */
  at(...names: string[]): string;
}

/** Imports the soundscape before the tests of a file, or of a `describe`. */
export function importedSoundscape(): ImportedSoundscape {
  let folder: string;
  let archive: Archive;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "opus-zarr-soundscape-"));
    archive = await openArchive(join(folder, "a.zarr"), { mode: "a" });
    await importRecordings(archive, [bundledDataset().opus]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get archive() {
      return archive;
    },
    recording: () => archive.recording("soundscape"),
    at: (...names) => join(folder, ...names),
  };
}
