/** `zarr.json` of groups and arrays, as far as it has to be told from anything else. */
import type { AbsolutePath } from "@zarrita/storage";
import { formatError } from "../errors.js";
import type { ArchiveStore } from "./store.js";

/** What stands in a `zarr.json`. */
export type NodeMetadata = { readonly [key: string]: unknown };

/**
 * Reads what a node says of itself; undefined where there is none.
 *
 * @param at path of the group or array
 * @throws {OpusZarrError} of kind `format` where something else stands
 */
export async function readNode(
  store: Pick<ArchiveStore, "get" | "place">,
  at: AbsolutePath,
  type: "group" | "array",
): Promise<NodeMetadata | undefined> {
  const bytes = await store.get(at === "/" ? "/zarr.json" : `${at}/zarr.json`);
  if (bytes === undefined) return undefined;
  const place = { path: at === "/" ? store.place : `${store.place}${at}` };
  let node: unknown;
  try {
    node = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const size = `${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"}`;
    throw formatError(`expected a Zarr ${type}, got a zarr.json of ${size} that is no JSON`, place, error);
  }
  if (!isObject(node)) throw formatError(`expected a Zarr ${type}, got a zarr.json that is no object`, place);
  const { zarr_format: version, node_type: got } = node;
  if (version !== 3 || got !== type) {
    const other = version === 3 ? JSON.stringify(got) : `zarr_format ${JSON.stringify(version)}`;
    throw formatError(`expected a Zarr v3 ${type}, got ${other} in its zarr.json`, place);
  }
  return node;
}

/** The `opus_zarr` attributes of a group. */
export function opusZarrOf(group: NodeMetadata): unknown {
  const { attributes } = group;
  return isObject(attributes) ? attributes["opus_zarr"] : undefined;
}

/** A JSON object: no list, no null. */
export function isObject(value: unknown): value is NodeMetadata {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
