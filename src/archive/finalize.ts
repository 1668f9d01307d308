/**
 * Consolidated metadata: the metadata of every group and array, in the root `zarr.json`, where one read
 * finds it. As zarr-python 3 writes it (`consolidated_metadata` with `kind: "inline"`). And the catalogue.
 */
import type { AbsolutePath } from "@zarrita/storage";
import { argumentError, errorMessage, isOpusZarrError } from "../errors.js";
import type { RecordingAttributes } from "./attributes.js";
import { catalogueCsv } from "./catalogue.js";
import { checkedAttributes } from "./check-attributes.js";
import { mapMany } from "./many.js";
import { type NodeMetadata, opusZarrOf, readNode } from "./metadata.js";
import type { Archive } from "./open.js";
import type { DamagedRecording } from "./open-each.js";
import { type ArchiveStore, RECORDING_ARRAYS } from "./store.js";

/** What was consolidated. */
export interface Finalized {
  /** Those that can be opened. */
  readonly recordings: number;
  /** False where the root and the catalogue said all of it already. */
  readonly changed: boolean;
  /** Recordings that were left out, for what they say of themselves is not what it should be. */
  readonly damaged: readonly DamagedRecording[];
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
  const names = await archive.list();
  const nodes = await mapMany(names, (name) => nodesOf(store, name));
  const whole = nodes.filter((one) => "attributes" in one);
  const damaged = nodes.filter((one) => "error" in one);
  const metadata = Object.fromEntries(whole.flatMap(({ nodes }) => nodes));
  const consolidated = { kind: "inline", must_understand: false, metadata };
  // Last, and without indentation: an archive is opened by what stands before it, see readRoot.
  const { consolidated_metadata: _, ...own } = (await readNode(store, "/", "group")) ?? {};
  const catalogue = catalogueCsv(whole.map(({ id, attributes }) => [id, attributes]));
  const changes = [
    await writeIfOther(store, "/catalogue.csv", catalogue),
    await writeIfOther(store, "/zarr.json", JSON.stringify({ ...own, consolidated_metadata: consolidated })),
  ];
  return { recordings: whole.length, changed: changes.includes(true), damaged };
}

interface RecordingNodes {
  readonly id: string;
  readonly attributes: RecordingAttributes;
  /** Metadata of the group and its arrays, by path. */
  readonly nodes: readonly (readonly [path: string, NodeMetadata])[];
}

async function nodesOf(store: ArchiveStore, id: string): Promise<RecordingNodes | DamagedRecording> {
  try {
    const group = await readNode(store, `/${id}`, "group");
    const attributes = checkedAttributes(group && opusZarrOf(group), { path: store.place, recording: id });
    const arrays = await Promise.all(
      RECORDING_ARRAYS.map(
        async (name) => [`${id}/${name}`, await readNode(store, `/${id}/${name}`, "array")] as const,
      ),
    );
    const nodes = [[id, group] as const, ...arrays];
    return {
      id,
      attributes,
      nodes: nodes.flatMap(([at, node]) => (node === undefined ? [] : [[at, node] as const])),
    };
  } catch (error) {
    if (!isOpusZarrError(error, "format")) throw error;
    return { id, error: errorMessage(error) };
  }
}

async function writeIfOther(store: ArchiveStore, key: AbsolutePath, text: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(text);
  if (Buffer.compare((await store.get(key)) ?? new Uint8Array(0), bytes) === 0) return false;
  await store.set?.(key, bytes);
  return true;
}
