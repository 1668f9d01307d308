/** The groups of format version 1, and the blob array, written through zarrita. */
import type { AsyncMutable } from "@zarrita/storage";
import * as zarr from "zarrita";
import { OpusZarrError } from "../errors.js";
import type { PageIndex } from "../pageindex/page-index.js";
import { blobChunkBytes } from "./blob.js";
import { blobAttributes, FORMAT_VERSION, type RecordingAttributes } from "./attributes.js";
import { writeIndexArrays } from "./index-arrays.js";
import { opusZarrOf, readNode } from "./metadata.js";
import type { ArchiveStore, Staging } from "./store.js";

const BYTES_CODEC = { name: "bytes", configuration: {} };

/** Writes the archive's own group. */
export async function writeRoot(store: AsyncMutable): Promise<void> {
  await zarr.create(zarr.root(store), { attributes: { opus_zarr: { format: FORMAT_VERSION } } });
}

/** Writes everything of a recording but the blob's chunks; its own group last. */
export async function writeRecording(
  staging: Staging,
  index: PageIndex,
  recording: {
    readonly attributes: RecordingAttributes;
    readonly blobBytes: number;
    readonly chunkTargetBytes: number;
  },
): Promise<void> {
  const { attributes, blobBytes } = recording;
  const root = zarr.root(stagingStore(staging));
  await zarr.create(root.resolve("audio_data_blob_array"), {
    shape: [blobBytes],
    chunkShape: [blobChunkBytes(blobBytes, recording.chunkTargetBytes)],
    dtype: "uint8",
    fillValue: 0,
    codecs: [{ name: "bytes" } as typeof BYTES_CODEC],
    attributes: blobAttributes(attributes, index.totalSamples / 48_000) as Record<string, unknown>,
  });
  await writeIndexArrays(root, index);
  await zarr.create(root, { attributes: { opus_zarr: attributes } });
}

/** A view of a staging as a zarrita store. */
function stagingStore(staging: Staging): AsyncMutable {
  return {
    get: async () => undefined,
    set: (key, value) => staging.set(key.slice(1), value),
  };
}

/** The root's own metadata stands within this many bytes; consolidated metadata, behind it, may be megabytes. */
const ROOT_BYTES = 4096;

/**
 * Reads the archive's own `opus_zarr` attributes, without the consolidated metadata that may follow them: parsing
 * that of 10,000 recordings takes longer than all else in opening an archive.
 */
export async function readRoot(store: ArchiveStore): Promise<unknown> {
  const head = await store.getRange?.("/zarr.json", { offset: 0, length: ROOT_BYTES }).catch(unlessOurs);
  const text = head === undefined ? "" : new TextDecoder().decode(head);
  const before = /^(\{[\s\S]*?),\s*"consolidated_metadata"\s*:/.exec(text)?.[1];
  const own = before === undefined ? text : `${before}}`;
  try {
    const root = JSON.parse(own) as { node_type?: unknown; attributes?: { opus_zarr?: unknown } };
    if (root.node_type === "group" && root.attributes !== undefined) return root.attributes.opus_zarr;
  } catch {
    // Longer than that, or written by somebody else, in another order.
  }
  const root = await readNode(store, "/", "group");
  return root && opusZarrOf(root);
}

/** A store that has no ranges is read otherwise; one that cannot be reached is not asked again. */
function unlessOurs(error: unknown): undefined {
  if (error instanceof OpusZarrError) throw error;
}
