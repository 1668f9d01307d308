/** Archives of many recordings, made in seconds: one is imported, the others are hard links to its files. */
import { link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundledDataset, importRecordings, longRecordingPages, openArchive } from "../../dist/index.js";
import { writeFile } from "node:fs/promises";

/** Makes an archive of `recordings` recordings of 20 s, and returns its path. */
export async function archiveOf(recordings: number, scratch: string): Promise<string> {
  const store = join(scratch, `of-${recordings}.zarr`);
  await rm(store, { recursive: true, force: true });
  const source = join(scratch, "short.opus");
  const pages = longRecordingPages(await readFile(bundledDataset().opus), { durationSeconds: 20 });
  await writeFile(source, Buffer.concat([...pages]));
  await importRecordings(await openArchive(store, { mode: "a" }), [source]);
  const files = await filesBelow(join(store, "short"));
  for (let i = 1; i < recordings; i++) await linkCopy(store, files, `r${String(i).padStart(6, "0")}`);
  return store;
}

async function linkCopy(store: string, files: readonly string[], id: string): Promise<void> {
  for (const file of files) {
    const folder = join(store, id, file.slice(0, Math.max(0, file.lastIndexOf("/"))));
    await mkdir(folder, { recursive: true });
    await link(join(store, "short", file), join(store, id, file));
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
