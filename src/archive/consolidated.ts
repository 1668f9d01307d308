/** The names of recordings out of consolidated metadata: for places that cannot be listed. */
import { argumentError } from "../errors.js";
import type { ArchiveStore } from "./store.js";

/** Lists what was there at the last `finalize`. */
export async function listConsolidated(store: Pick<ArchiveStore, "get" | "place">): Promise<string[]> {
  const root = await store.get("/zarr.json");
  const metadata = root && JSON.parse(new TextDecoder().decode(root)).consolidated_metadata?.metadata;
  if (metadata === undefined || metadata === null) {
    throw argumentError(
      "archive",
      "a store that can be listed, or consolidated metadata (opus-zarr finalize)",
      store.place,
    );
  }
  const names = Object.keys(metadata as Record<string, unknown>);
  return names.filter((name) => !name.includes("/")).sort();
}
