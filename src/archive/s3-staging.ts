/**
 * Recordings on their way into a bucket. They are uploaded to where they will stand, under a name that is claimed; where
 * the recording's own name is taken or another writer's, under one that no recording can have, and copied by the server
 * once their name is known.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OpusZarrError } from "../errors.js";
import type { Bucket } from "../remote/bucket.js";
import { readAll, writeAll } from "../files.js";
import type { Limiter } from "./limiter.js";
import { mapMany } from "./many.js";
import type { Claim, Claims } from "./s3-claims.js";
import type { Scratch, StagedValue, Staging } from "./store.js";

/** Where recordings are staged. */
export interface StagingPlace {
  readonly bucket: Bucket;
  /** Prefix of the archive's keys, empty or with a `/` at its end. */
  readonly root: string;
  readonly claims: Claims;
  /** Shares out, in bytes, what may be on its way at a time. */
  readonly uploads: Limiter;
}

/** How often a name that another writer has claimed is asked for. */
const ASK_AGAIN_MS = 500;

/** Starts a recording. */
export async function stageInBucket(
  place: StagingPlace,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Staging> {
  const { bucket, root, claims } = place;
  const claim = await claimForWriting(claims, id);
  const uploads = uploadsTo(place, claim.name, signal);
  let own: Uint8Array | undefined;
  let committed = false;

  const commitAt = async (target: Claim): Promise<boolean> => {
    const key = `${root}${target.name}/zarr.json`;
    if (target !== claim) await uploads.copyTo(target.name);
    if (!(await target.renew())) throw lostClaim(bucket, key);
    if ((await bucket.put(key, own ?? new Uint8Array(0), { ifAbsent: true })) === undefined) return false;
    // Taken for dead between these two, we have put it over what another removes or writes.
    if (!(await target.release())) {
      await bucket.remove(key);
      throw lostClaim(bucket, key);
    }
    return true;
  };
  return {
    async set(key, value) {
      if (key === "zarr.json") own = value.slice();
      else await uploads.put(key, value);
    },
    open: async (key, bytes) => uploads.open(key, bytes),
    async commit(name) {
      await uploads.settled();
      const target = name === claim.name ? claim : await claimForCommit(claims, name, signal);
      if (target === undefined) return false;
      try {
        const done = await commitAt(target);
        if (done && target === claim) committed = true;
        return done;
      } finally {
        if (target !== claim) await target.release().catch(() => {});
      }
    },
    async discard() {
      if (committed) return;
      committed = true;
      await uploads.stop();
      try {
        // What cannot be removed now is removed by the next import.
        if (await claim.renew()) await claims.clear(claim.name);
      } catch {
      } finally {
        await claim.release().catch(() => {});
      }
    },
    scratch: () => openScratch(),
  };
}

async function claimForWriting(claims: Claims, id: string): Promise<Claim> {
  const own = await claims.take(id);
  if (typeof own === "object") return own;
  for (;;) {
    const aside = await claims.take(`${id.slice(0, 100)}~${randomBytes(6).toString("hex")}`);
    if (typeof aside === "object") return aside;
  }
}

/** Waits for another writer of the name; undefined once it is a recording's. */
async function claimForCommit(
  claims: Claims,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Claim | undefined> {
  for (;;) {
    const claim = await claims.take(name);
    if (claim === "taken") return undefined;
    if (claim !== "busy") return claim;
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

function lostClaim(bucket: Bucket, key: string): OpusZarrError {
  const message = "archive: this import was silent for so long that another took its place: run it again";
  return new OpusZarrError("conflict", message, { path: `s3://${bucket.name}/${key}` });
}

interface Uploads {
  put(key: string, value: Uint8Array): Promise<void>;
  open(key: string, bytes: number): StagedValue;
  /** Waits until all of it is there. */
  settled(): Promise<void>;
  /** Copies all of it to another name. */
  copyTo(name: string): Promise<void>;
  stop(): Promise<void>;
}

function uploadsTo(place: StagingPlace, name: string, outer: AbortSignal | undefined): Uploads {
  const { bucket, root, uploads } = place;
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
  const keys = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let failure: unknown;

  const put = async (key: string, value: Uint8Array): Promise<void> => {
    const full = `${root}${name}/${key}`;
    keys.add(key);
    for (let attempt = 0; attempt < 2; attempt++) {
      if ((await bucket.put(full, value, { ifAbsent: true, signal })) !== undefined) return;
      // The name was clear when we claimed it: this is of a writer who was taken for dead and is not.
      await bucket.remove(full);
    }
    throw lostClaim(bucket, full);
  };
  /** Lets an upload begin when it may, and returns then. */
  const begin = async (key: string, value: Uint8Array): Promise<void> => {
    await new Promise<void>((begun) => {
      const upload = uploads
        .run(value.length, () => {
          begun();
          return put(key, value);
        })
        .catch((error: unknown) => {
          failure ??= error;
        });
      underWay.add(upload);
      void upload.finally(() => underWay.delete(upload));
    });
    if (failure !== undefined) throw failure;
  };
  return {
    put,
    open(key, bytes) {
      const whole = new Uint8Array(bytes);
      let closed = false;
      return {
        write: async (part, at) => whole.set(part, at),
        async close() {
          if (closed || signal.aborted) return;
          closed = true;
          await begin(key, whole);
        },
      };
    },
    async settled() {
      await Promise.all(underWay);
      if (failure !== undefined) throw failure;
    },
    async copyTo(target) {
      await mapMany([...keys], (key) => bucket.copy(`${root}${name}/${key}`, `${root}${target}/${key}`));
    },
    async stop() {
      stop.abort();
      await Promise.all(underWay);
    },
  };
}

/** A file of this machine's: a bucket is no place to work in. */
async function openScratch(): Promise<Scratch> {
  const folder = await mkdtemp(path.join(tmpdir(), "opus-zarr-"));
  const handle = await open(path.join(folder, "scratch"), "wx+");
  return {
    write: (bytes, at) => writeAll(handle, bytes, at),
    readInto: (target, start) => readAll(handle, target, start),
    async close() {
      await handle.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
