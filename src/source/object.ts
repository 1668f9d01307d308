/** Objects of buckets as byte sources. */
import { OpusZarrError } from "../errors.js";
import { s3Address } from "../remote/address.js";
import { openBucket } from "../remote/bucket.js";
import type { FileSource } from "./file.js";

/**
 * Opens `s3://bucket/key` for reading; each read is one request.
 *
 * @throws {OpusZarrError} of kind `not-found` where nothing is there, `io` where it cannot be read
 */
export async function openObject(at: string): Promise<FileSource> {
  const { bucket: name, key } = s3Address(at, "path");
  const bucket = await openBucket(name);
  const object = await bucket.head(key);
  if (object === undefined) throw new OpusZarrError("not-found", "no such object", { path: at });
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const range = { start, end: Math.min(end, object.bytes) };
    const found = await bucket.get(key, { range });
    if (found === undefined || (found.etag !== "" && found.etag !== object.etag)) {
      throw new OpusZarrError("io", "the object changed while it was read", { path: at });
    }
    return found.body;
  };
  return {
    path: at,
    byteLength: object.bytes,
    mtimeMs: object.modifiedMs,
    read,
    async readInto(target, start) {
      const bytes = await read(start, start + target.length);
      target.set(bytes);
      return bytes.length;
    },
    close: async () => {},
  };
}
