/**
 * Consolidated metadata: the metadata of every group and array, in the root `zarr.json`, where one read
 * finds it. As zarr-python 3 writes it (`consolidated_metadata` with `kind: "inline"`). And the catalogue.
 */
import type { AbsolutePath } from "@zarrita/storage";
import { argumentError } from "../errors.js";
import type { RecordingAttributes } from "./attributes.js";
import { catalogueCsv } from "./catalogue.js";
import { mapMany } from "./many.js";
import type { Archive } from "./open.js";
import { type ArchiveStore, RECORDING_ARRAYS } from "./store.js";

/** What was consolidated. */
export interface Finalized {
  readonly recordings: number;
  /** False where the root and the catalogue said all of it already. */
  readonly changed: boolean;
}

/**
 * Writes consolidated metadata into the archive's root, and `catalogue.csv` beside it; run twice it changes nothing.
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
  const root = JSON.parse(new TextDecoder().decode(await store.get("/zarr.json"))) as Record<string, unknown>;
  const consolidated = { kind: "inline", must_understand: false, metadata };
  // Last, and without indentation: an archive is opened by what stands before it, see readRoot.
  const { consolidated_metadata: _, ...own } = root;
  const catalogue = catalogueCsv(
    names.flatMap((name) => (metadata[name] === undefined ? [] : [[name, attributesOf(metadata[name])]])),
  );
  const changes = [
    await writeIfOther(store, "/catalogue.csv", catalogue),
    await writeIfOther(store, "/zarr.json", JSON.stringify({ ...own, consolidated_metadata: consolidated })),
  ];
  return { recordings: names.length, changed: changes.includes(true) };
}

function attributesOf(group: unknown): RecordingAttributes {
  return (group as { readonly attributes: { readonly opus_zarr: RecordingAttributes } }).attributes.opus_zarr;
}

async function writeIfOther(store: ArchiveStore, key: AbsolutePath, text: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(text);
  if (Buffer.compare((await store.get(key)) ?? new Uint8Array(0), bytes) === 0) return false;
  await store.set?.(key, bytes);
  return true;
}
