/**
 * Consolidated metadata: the metadata of every group and array, in the root `zarr.json`, where one read
 * finds it. As zarr-python 3 writes it (`consolidated_metadata` with `kind: "inline"`).
 */
import { argumentError } from "../errors.js";
import { mapMany } from "./many.js";
import type { Archive } from "./open.js";
import { RECORDING_ARRAYS } from "./store.js";

/** What was consolidated. */
export interface Finalized {
  readonly recordings: number;
  /** False where the root said all of it already. */
  readonly changed: boolean;
}

/**
 * Writes consolidated metadata into the archive's root; run twice it changes nothing.
 *
 * Stores that cannot be listed (HTTP) show an archive's recordings through it.
 *
 * @param archive opened with mode `a`
 */
export async function finalizeArchive(archive: Archive): Promise<Finalized> {
  const { store } = archive;
  if (!archive.writable || store.set === undefined) {
    throw argumentError("archive", 'one opened with mode "a"', "a read-only one", { path: store.place });
  }
  const metadata: Record<string, unknown> = {};
  const names = await archive.list();
  const keys = names.flatMap((name) => [name, ...RECORDING_ARRAYS.map((array) => `${name}/${array}`)]);
  const values = await mapMany(keys, (key) => store.get(`/${key}/zarr.json`));
  keys.forEach((key, i) => {
    const bytes = values[i];
    if (bytes !== undefined) metadata[key] = JSON.parse(new TextDecoder().decode(bytes));
  });
  const before = await store.get("/zarr.json");
  const root = JSON.parse(new TextDecoder().decode(before)) as Record<string, unknown>;
  const consolidated = { kind: "inline", must_understand: false, metadata };
  // Last, and without indentation: an archive is opened by what stands before it, see readRoot.
  const { consolidated_metadata: _, ...own } = root;
  const after = new TextEncoder().encode(JSON.stringify({ ...own, consolidated_metadata: consolidated }));
  const changed = Buffer.compare(before ?? new Uint8Array(0), after) !== 0;
  if (changed) await store.set("/zarr.json", after);
  return { recordings: names.length, changed };
}
