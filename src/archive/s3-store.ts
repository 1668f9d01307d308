/** An archive in a bucket. */
import type { AbsolutePath } from "@zarrita/storage";
import { isOpusZarrError } from "../errors.js";
import { s3Address } from "../remote/address.js";
import { type Bucket, openBucket } from "../remote/bucket.js";
import { byteRange } from "../remote/range.js";
import { BYTES_PER_MB } from "../units.js";
import { listConsolidated } from "./consolidated.js";
import { limiter } from "./limiter.js";
import { mapMany } from "./many.js";
import { CLAIMS, claimsOf } from "./s3-claims.js";
import { stageInBucket } from "./s3-staging.js";
import type { ArchiveStore, Orphan } from "./store.js";

/** What may be on its way to the bucket at a time. */
const UPLOAD_BYTES = 64 * BYTES_PER_MB;
const UPLOADS_AT_ONCE = 16;

/** Opens `s3://bucket/prefix` as a store; nothing needs to be there yet. */
export async function openS3Store(at: string): Promise<ArchiveStore> {
  const { bucket, key } = s3Address(at, "archive");
  const prefix = key.replace(/\/+$/, "");
  return s3Store(await openBucket(bucket), prefix === "" ? "" : `${prefix}/`);
}

/**
 * An archive below a prefix.
 *
 * @param root empty, or with a `/` at its end
 * @param leaseMs how long a writer may be silent before it is taken for dead
 */
export function s3Store(bucket: Bucket, root: string, leaseMs?: number): ArchiveStore {
  const claims = claimsOf(bucket, root, leaseMs);
  const place = { bucket, root, claims, uploads: limiter(UPLOAD_BYTES, UPLOADS_AT_ONCE) };
  const keyOf = (key: string): string => `${root}${key.replace(/^\//, "")}`;
  const names = async (): Promise<string[]> => {
    const { folders } = await bucket.list(root, { folders: true });
    return folders.map((folder) => folder.slice(root.length, -1)).filter((name) => !/^\.|~/.test(name));
  };
  const isRecording = async (name: string): Promise<boolean> =>
    (await bucket.head(`${root}${name}/zarr.json`)) !== undefined;
  const parted = async (): Promise<{ recordings: string[]; others: string[] }> => {
    const all = (await names()).sort();
    const are = await mapMany(all, isRecording);
    return { recordings: all.filter((_, i) => are[i]), others: all.filter((_, i) => !are[i]) };
  };
  const base: ArchiveStore = {
    place: `s3://${bucket.name}/${root.replace(/\/$/, "")}`,
    get: async (key, options) => (await bucket.get(keyOf(key), { signal: options?.signal }))?.body,
    getRange: async (key, query, options) =>
      (await bucket.get(keyOf(key), { range: byteRange(query), signal: options?.signal }))?.body,
  };
  return {
    ...base,
    set: async (key, value) => void (await bucket.put(keyOf(key), value)),
    remove: (key) => bucket.remove(keyOf(key)),
    keys: async (prefix) => {
      const { objects } = await bucket.list(keyOf(prefix));
      return objects.map(({ key }): AbsolutePath => `/${key.slice(root.length)}`);
    },
    names,
    list: async () => {
      try {
        return (await parted()).recordings;
      } catch (error) {
        // Where listing is not allowed, what finalize has noted may do.
        const noted = isOpusZarrError(error, "io")
          ? await listConsolidated(base).catch(() => undefined)
          : undefined;
        if (noted === undefined) throw error;
        return noted;
      }
    },
    stage: (id, options) => stageInBucket(place, id, options?.signal),
    async orphans(options) {
      const claimed = await claims.list();
      if (options?.everywhere !== true) return claimed;
      const known = new Set(claimed.map(({ name }) => name));
      const { others } = await parted();
      const unclaimed = others.filter((name) => !known.has(name));
      return [...claimed, ...unclaimed.map((name): Orphan => ({ name, live: false }))];
    },
    async removeOrphan(name) {
      const claim = await claims.take(name);
      if (typeof claim === "object") await claim.release();
    },
    async foreign() {
      const { objects, folders } = await bucket.list(root, { folders: true, atMost: 3 });
      return objects.length > 0 || folders.some((folder) => folder !== `${root}${CLAIMS}`);
    },
  };
}
