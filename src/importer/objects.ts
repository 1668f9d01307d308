/** From `s3://` paths to the objects that they stand for. */
import { OpusZarrError } from "../errors.js";
import { s3Address } from "../remote/address.js";
import { type Bucket, openBucket } from "../remote/bucket.js";
import { globOf, isGlob } from "./glob.js";

/** An object, and its name as that of a file in a folder would be. */
export interface FoundObject {
  readonly path: string;
  readonly relative: string;
}

/**
 * Finds the object of that key, the objects below it, or those that a pattern matches.
 *
 * @param wanted which names, relative to the folder, are taken where a folder is named
 */
export async function findObjects(
  named: string,
  wanted: (relative: string) => boolean,
): Promise<FoundObject[]> {
  const { bucket: name, key } = s3Address(named, "paths");
  const bucket = await openBucket(name);
  if (isGlob(key)) {
    const { base, matches } = globOf(key);
    const below = await objectsBelow(bucket, base);
    return below.filter(matches).map((relative) => {
      const full = base === "" ? relative : `${base}/${relative}`;
      return { path: `s3://${name}/${full}`, relative: lastPart(full) };
    });
  }
  const folder = key.replace(/\/+$/, "");
  if (folder === key && key !== "" && (await bucket.head(key)) !== undefined) {
    return [{ path: `s3://${name}/${key}`, relative: lastPart(key) }];
  }
  const holder = folder === "" ? name : lastPart(folder);
  const below = (await objectsBelow(bucket, folder)).filter(wanted);
  if (below.length === 0) {
    throw new OpusZarrError("not-found", "path: expected an object, or audio files below it, found none", {
      path: named,
    });
  }
  return below.map((relative) => ({
    path: `s3://${name}/${folder === "" ? "" : `${folder}/`}${relative}`,
    relative: `${holder}/${relative}`,
  }));
}

async function objectsBelow(bucket: Bucket, folder: string): Promise<string[]> {
  const prefix = folder === "" ? "" : `${folder}/`;
  const { objects } = await bucket.list(prefix);
  return objects.map(({ key }) => key.slice(prefix.length)).filter((relative) => !/(^|\/)$/.test(relative));
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
