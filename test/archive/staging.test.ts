/** Importers that begin and end at the same moments, in one folder. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { localStore } from "../../src/archive/local-store.js";

it("stages while others take the empty staging folder away", async () => {
  const root = mkdtempSync(join(tmpdir(), "opus-zarr-staging-"));
  const store = localStore(root);
  const importer = async (name: string): Promise<void> => {
    for (let round = 0; round < 150; round++) await (await store.stage?.(name))?.discard();
  };
  await Promise.all(["a", "b", "c", "d", "e", "f", "g", "h"].map(importer));
  expect(readdirSync(root)).toEqual([]);
  rmSync(root, { recursive: true });
});
