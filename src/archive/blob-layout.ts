/** Where a blob's bytes lie, as its array says. */
import { isDeepStrictEqual } from "node:util";
import { formatError } from "../errors.js";
import type { BlobLayout } from "./blob.js";
import { isObject, type NodeMetadata, readNode } from "./metadata.js";
import type { ArchiveStore } from "./store.js";

/**
 * Reads where a recording's blob lies.
 *
 * @throws {OpusZarrError} of kind `format` where it is no uint8 [bytes] of which ranges can be read, as one that was
 * compressed or sharded
 */
export async function readBlobLayout(store: ArchiveStore, id: string): Promise<BlobLayout> {
  const at = `/${id}/audio_data_blob_array` as const;
  const place = { path: `${store.place}${at}`, recording: id };
  const array = await readNode(store, at, "array");
  if (array === undefined) throw formatError("blob: expected a Zarr array, found none", place);
  const { shape, chunk_grid: grid } = array;
  const chunks = within(within(grid, "configuration"), "chunk_shape");
  const [byteLength, chunkBytes] = [onlyLength(shape), onlyLength(chunks)];
  const wrong = layoutFaults(array);
  if (byteLength === undefined) wrong.push(`shape ${JSON.stringify(shape)}`);
  if (chunkBytes === undefined) wrong.push(`chunks ${JSON.stringify(chunks)}`);
  if (wrong.length > 0 || byteLength === undefined || chunkBytes === undefined)
    throw formatError(`blob: expected uint8 [bytes] in plain chunks, got ${wrong.join(", ")}`, place);
  return { id, byteLength, chunkBytes };
}

/** What else than plain bytes under plain names there is. */
function layoutFaults({ data_type: type, codecs, chunk_key_encoding: keys }: NodeMetadata): string[] {
  const names = Array.isArray(codecs) ? codecs.map((codec) => within(codec, "name")) : codecs;
  const separator = within(within(keys, "configuration"), "separator") ?? "/";
  return [
    ...(type === "uint8" ? [] : [`data type ${JSON.stringify(type)}`]),
    ...(isDeepStrictEqual(names, ["bytes"]) ? [] : [`codecs ${JSON.stringify(names)}`]),
    ...(within(keys, "name") === "default" && separator === "/"
      ? []
      : [`chunk keys ${JSON.stringify(keys)}`]),
  ];
}

function within(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function onlyLength(shape: unknown): number | undefined {
  if (!Array.isArray(shape) || shape.length !== 1) return undefined;
  return Number.isSafeInteger(shape[0]) && shape[0] > 0 ? shape[0] : undefined;
}
