/**
 * Names in a bucket that a writer has for itself. A bucket has no renames: what is uploaded stands under its name at
 * once, so a name is claimed before anything is written under it, by an object `.staging/NAME` that only one writer can
 * make. Its writer renews it while at work. A claim that was not renewed for a while, or whose process has ended, may be
 * taken over: whoever takes it first removes what the one before has left.
 */
import type { Bucket, ObjectBody } from "../remote/bucket.js";
import { mapMany } from "./many.js";
import { hasEnded, newOwner } from "./owner.js";
import type { Orphan } from "./store.js";

/** Where claims stand, below an archive's own keys. */
export const CLAIMS = ".staging/";
/** A claim that was not renewed for so long is nobody's. */
const LEASE_MS = 90_000;
/** LastModified of objects counts whole seconds. */
const TIME_STEP_MS = 1_000;

/** A name that is ours. */
export interface Claim {
  readonly name: string;
  /** Renews it; false if it was lost to another writer, who took us for dead. */
  renew(): Promise<boolean>;
  /** Gives it up; false if it was lost before. */
  release(): Promise<boolean>;
}

/** The claims of one archive. */
export interface Claims {
  /**
   * Claims a name and clears what is left of an unfinished recording there.
   *
   * @returns the claim, `taken` where a recording stands, `busy` where another writer is at work
   */
  take(name: string): Promise<Claim | "taken" | "busy">;
  /** Removes what stands under a name; false, and nothing removed, if it is a recording. */
  clear(name: string): Promise<boolean>;
  list(): Promise<Orphan[]>;
}

/** Claims below `root`, a prefix that is empty or ends in `/`. */
export function claimsOf(bucket: Bucket, root: string, leaseMs: number = LEASE_MS): Claims {
  const keyOf = (name: string): string => `${root}${CLAIMS}${name}`;

  const isLive = (claim: ObjectBody): boolean => {
    const now = bucket.serverNow();
    if (now - claim.modifiedMs > leaseMs + TIME_STEP_MS) return false;
    const ours = claim.modifiedMs + TIME_STEP_MS + (Date.now() - now);
    return !hasEnded(ownerOf(claim.body), ours);
  };
  const clear = async (name: string): Promise<boolean> => {
    const { objects } = await bucket.list(`${root}${name}/`);
    if (objects.some(({ key }) => key === `${root}${name}/zarr.json`)) return false;
    await mapMany(objects, ({ key }) => bucket.remove(key));
    return true;
  };
  /** Makes the claim's object, or takes over that of a dead writer; undefined if another was faster. */
  const acquire = async (key: string, body: Uint8Array): Promise<string | "busy" | undefined> => {
    const made = await bucket.put(key, body, { ifAbsent: true });
    if (made !== undefined) return made;
    const there = await bucket.get(key);
    if (there === undefined) return undefined;
    return isLive(there) ? "busy" : await bucket.put(key, body, { ifMatch: there.etag });
  };

  return {
    clear,
    async take(name) {
      const owner = newOwner();
      for (;;) {
        const etag = await acquire(keyOf(name), claimBody(owner, 0));
        if (etag === "busy") return "busy";
        if (etag === undefined) continue;
        const claim = holdClaim(bucket, { name, key: keyOf(name), owner, etag, leaseMs });
        try {
          if (await clear(name)) return claim;
        } catch (error) {
          await claim.release().catch(() => {});
          throw error;
        }
        await claim.release();
        return "taken";
      }
    },
    async list() {
      const { objects } = await bucket.list(`${root}${CLAIMS}`);
      return await mapMany(objects, async ({ key }) => {
        const claim = await bucket.get(key);
        return { name: key.slice(root.length + CLAIMS.length), live: claim !== undefined && isLive(claim) };
      });
    },
  };
}

/** Different each time, so that each has an ETag of its own. */
function claimBody(owner: string, renewals: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ owner, renewals }));
}

function ownerOf(body: Uint8Array): string {
  try {
    return String((JSON.parse(new TextDecoder().decode(body)) as { owner?: unknown }).owner);
  } catch {
    return "";
  }
}

interface Held {
  readonly name: string;
  readonly key: string;
  readonly owner: string;
  readonly etag: string;
  readonly leaseMs: number;
}

function holdClaim(bucket: Bucket, { name, key, owner, etag, leaseMs }: Held): Claim {
  let current: string | undefined = etag;
  let renewals = 0;
  let last: Promise<unknown> = Promise.resolve();
  const renewOnce = async (): Promise<boolean> => {
    if (current === undefined) return false;
    current = await bucket.put(key, claimBody(owner, ++renewals), { ifMatch: current });
    return current !== undefined;
  };
  const renew = (): Promise<boolean> => {
    const next = last.then(renewOnce, renewOnce);
    last = next;
    return next;
  };
  // A renewal that fails is met by the next, or by the commit.
  const timer = setInterval(() => void renew().catch(() => {}), leaseMs / 5).unref();
  return {
    name,
    renew,
    async release() {
      clearInterval(timer);
      if (!(await renew())) return false;
      current = undefined;
      await bucket.remove(key);
      return true;
    },
  };
}
