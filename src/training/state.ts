/** What makes a dataset resumable: which parts are done, and of which dataset. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { OpusZarrError } from "../errors.js";
import { PART_MARK, filesThere, makeFolders, writeFileAtomic } from "../files.js";

/** Folder within the dataset that is there while it is being written. */
const STATE_FOLDER = ".opus-zarr";
const FINGERPRINT_FILE = "dataset.sha256";

/** What is kept of a part that is done. */
export interface PartRecord {
  /** Seconds lost, by window within the part. */
  readonly holes: Readonly<Record<string, number>>;
  readonly decoder: string;
}

/** A dataset's folder under way. */
export interface DatasetState {
  /** The dataset is whole already: nothing is to be done. */
  readonly complete: boolean;
  /** Parts that are done. */
  readonly done: ReadonlyMap<number, PartRecord>;
  markDone(part: number, record: PartRecord): Promise<void>;
  /** Removes what only serves the writing. */
  finish(): Promise<void>;
}

/**
 * Takes up a dataset's folder where it was left.
 *
 * @param fingerprint of everything that decides about the bytes
 * @param files all that a finished dataset must have: one whose files went missing is written again
 * @throws {OpusZarrError} of kind `conflict` when something else stands there
 */
export async function openState(
  folder: string,
  fingerprint: string,
  files: () => Iterable<string>,
): Promise<DatasetState> {
  const state = join(folder, STATE_FOLDER);
  await makeFolders(folder);
  const names = await readdir(folder);
  const known = await readText(join(state, FINGERPRINT_FILE));
  if (known === undefined && names.some((name) => name !== STATE_FOLDER)) {
    const finished = await finishedFingerprint(folder);
    if (finished !== fingerprint)
      throw inTheWay(folder, finished === undefined ? "something else" : "another dataset");
    if (await filesThere(folder, files())) return completeState();
  }
  if (known !== undefined && known !== fingerprint)
    throw inTheWay(folder, "an unfinished dataset of other windows or options");
  await makeFolders(state);
  await writeFileAtomic(join(state, FINGERPRINT_FILE), Buffer.from(fingerprint));
  return {
    complete: false,
    done: await readRecords(state),
    markDone: (part, record) =>
      writeFileAtomic(join(state, `${part}.json`), Buffer.from(JSON.stringify(record)), { flush: false }),
    finish: async () => {
      await removeLeftovers(folder);
      await rm(state, { recursive: true, force: true });
    },
  };
}

function completeState(): DatasetState {
  return { complete: true, done: new Map(), markDone: async () => {}, finish: async () => {} };
}

function inTheWay(folder: string, what: string): OpusZarrError {
  return new OpusZarrError("conflict", `out: expected an empty folder or this very dataset, found ${what}`, {
    path: folder,
  });
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new OpusZarrError("io", `out: ${error.message}`, { path }, error);
  });
}

async function finishedFingerprint(folder: string): Promise<string | undefined> {
  const text = await readText(join(folder, "dataset.json"));
  try {
    return (JSON.parse(text ?? "{}") as { fingerprint?: string }).fingerprint;
  } catch {
    return undefined;
  }
}

async function readRecords(state: string): Promise<Map<number, PartRecord>> {
  const records = new Map<number, PartRecord>();
  for (const name of await readdir(state)) {
    const part = /^(\d+)\.json$/.exec(name)?.[1];
    if (part === undefined) continue;
    records.set(Number(part), JSON.parse((await readText(join(state, name))) ?? "null") as PartRecord);
  }
  return records;
}

/** Files that a killed run had under way. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(PART_MARK)) await rm(path, { force: true });
    else if (entry.isDirectory() && entry.name !== STATE_FOLDER) await removeLeftovers(path);
  }
}
