/** The few things that archives and sources ask of a bucket, through the AWS SDK, which is loaded when first used. */
import { randomBytes } from "node:crypto";
import type { OpusZarrError } from "../errors.js";
import { type ByteRange, isEmpty, rangeHeader } from "./range.js";
import { CutShort } from "./retry.js";
import { type Connection, connect } from "./s3-connection.js";
import { codeOf, statusOf } from "./s3-errors.js";

/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  /** By the server's clock, in ms since 1970 UTC. */
  readonly modifiedMs: number;
}

/** An object, or a range of it. */
export interface ObjectBody {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** What is asked of a read. */
export interface GetOptions {
  /** All of it without. */
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a write asks for before it is done: that there is no object, or still the one of an ETag. */
export interface PutCondition {
  readonly ifAbsent?: boolean;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A bucket. Every call is tried again while that may help; what it throws then is an {@link OpusZarrError}. */
export interface Bucket {
  readonly name: string;
  /** The server's time, in ms since 1970 UTC, as far as its answers have told. */
  serverNow(): number;
  /** Undefined where there is no such object. */
  get(key: string, options?: GetOptions): Promise<ObjectBody | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Writes an object whole; returns its ETag, undefined if the condition did not hold. */
  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<string | undefined>;
  /** Copies within the bucket, on the server. */
  copy(from: string, to: string): Promise<void>;
  /** Removes an object, if it is there. */
  remove(key: string): Promise<void>;
  /** Objects whose keys begin with `prefix`. */
  list(prefix: string, options?: ListOptions): Promise<Listing>;
}

/** How objects are listed. */
export interface ListOptions {
  /** Down to the next `/` only. */
  readonly folders?: boolean;
  /** Enough of them. */
  readonly atMost?: number;
}

/** What a listing found. */
export interface Listing {
  readonly objects: readonly ObjectInfo[];
  /** Prefixes up to and with the next `/`. */
  readonly folders: readonly string[];
}

/** Metadata of what we write: which call wrote it. */
const WRITE_TOKEN = "opus-zarr-write";
const NO_BYTES: ObjectBody = { body: new Uint8Array(0), etag: "", modifiedMs: 0 };
/** Status where a range begins behind the end of an object. */
const RANGE_BEHIND_END = 416;
/** What one request lists at most. */
const LISTED_AT_ONCE = 1000;

const buckets = new Map<string, Promise<Bucket>>();

/** Opens a bucket with what the environment says now; buckets are kept, with their connections. */
export async function openBucket(name: string): Promise<Bucket> {
  const settings = Object.entries(process.env).filter(([variable]) => variable.startsWith("AWS_"));
  const key = JSON.stringify([name, settings.sort()]);
  const bucket = buckets.get(key) ?? connect(name).then(bucketOn);
  buckets.set(key, bucket);
  // What was missing may be there when it is asked for again.
  bucket.catch(() => buckets.delete(key));
  return await bucket;
}

function bucketOn(connection: Connection): Bucket {
  return {
    name: connection.bucket,
    serverNow: () => Date.now() + connection.clockOffsetMs(),
    get: (key, options = {}) => getObject(connection, key, options),
    head: (key) => headObject(connection, key),
    put: (key, bytes, condition = {}) => putObject(connection, { key, bytes }, condition),
    copy: (from, to) => copyObject(connection, from, to),
    remove: (key) => removeObject(connection, key),
    list: (prefix, options = {}) => listObjects(connection, prefix, options),
  };
}

async function getObject(
  { sdk, client, bucket, ask }: Connection,
  key: string,
  { range, signal }: GetOptions,
): Promise<ObjectBody | undefined> {
  if (range !== undefined && isEmpty(range)) return NO_BYTES;
  const input = { Bucket: bucket, Key: key, ...(range === undefined ? {} : { Range: rangeHeader(range) }) };
  return await ask({ action: "read", key, signal }, (_, options) =>
    absentIsUndefined(async () => {
      try {
        return await bodyOf(await client.send(new sdk.GetObjectCommand(input), options));
      } catch (error) {
        if (statusOf(error) !== RANGE_BEHIND_END) throw error;
        return NO_BYTES;
      }
    }),
  );
}

interface Found {
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

async function bodyOf(
  answer: Found & { readonly Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined },
): Promise<ObjectBody> {
  const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
  if (answer.ContentLength !== undefined && bytes.length !== answer.ContentLength) {
    throw new CutShort(`expected ${answer.ContentLength} bytes, got ${bytes.length}`);
  }
  return {
    // A Buffer's `slice` is a view, where ours is a copy.
    body: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    etag: answer.ETag ?? "",
    modifiedMs: answer.LastModified?.getTime() ?? 0,
  };
}

function infoOf(key: string, bytes: number | undefined, found: Found): ObjectInfo {
  return {
    key,
    bytes: bytes ?? 0,
    etag: found.ETag ?? "",
    modifiedMs: found.LastModified?.getTime() ?? 0,
  };
}

async function headObject(
  { sdk, client, bucket, ask }: Connection,
  key: string,
): Promise<ObjectInfo | undefined> {
  return await ask({ action: "read", key }, () =>
    absentIsUndefined(async () => {
      const found = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
      return infoOf(key, found.ContentLength, found);
    }),
  );
}

async function putObject(
  { sdk, client, bucket, ask }: Connection,
  { key, bytes }: { readonly key: string; readonly bytes: Uint8Array },
  { ifAbsent, ifMatch, signal }: PutCondition,
): Promise<string | undefined> {
  // Tells what this call wrote from what another did, for an answer that was lost on its way.
  const token = randomBytes(12).toString("hex");
  const input = {
    Bucket: bucket,
    Key: key,
    Body: bytes,
    Metadata: { [WRITE_TOKEN]: token },
    ...(ifAbsent === true ? { IfNoneMatch: "*" } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
  };
  return await ask({ action: "write", key, signal }, async (attempt, options) => {
    try {
      return (await client.send(new sdk.PutObjectCommand(input), options)).ETag ?? "";
    } catch (error) {
      const refused = statusOf(error) === 412 || (ifMatch !== undefined && codeOf(error) === "NoSuchKey");
      if (!refused) throw error;
      if (attempt === 1) return undefined;
      const head = client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
      const there = await absentIsUndefined(() => head);
      return there?.Metadata?.[WRITE_TOKEN] === token ? (there.ETag ?? "") : undefined;
    }
  });
}

async function copyObject({ sdk, client, bucket, ask }: Connection, from: string, to: string): Promise<void> {
  const CopySource = `${bucket}/${encodeURIComponent(from).replaceAll("%2F", "/")}`;
  await ask({ action: "write", key: to }, () =>
    client.send(new sdk.CopyObjectCommand({ Bucket: bucket, Key: to, CopySource })),
  );
}

async function removeObject({ sdk, client, bucket, ask }: Connection, key: string): Promise<void> {
  await ask({ action: "delete", key }, () =>
    client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key })),
  );
}

async function listObjects(
  { sdk, client, bucket, ask }: Connection,
  prefix: string,
  { folders = false, atMost = Number.POSITIVE_INFINITY }: ListOptions,
): Promise<Listing> {
  const objects: ObjectInfo[] = [];
  const found: string[] = [];
  const input = {
    Bucket: bucket,
    Prefix: prefix,
    ...(folders ? { Delimiter: "/" } : {}),
    ...(atMost < LISTED_AT_ONCE ? { MaxKeys: atMost } : {}),
  };
  let from = {};
  for (;;) {
    const page = await ask({ action: "list", key: prefix }, () =>
      client.send(new sdk.ListObjectsV2Command({ ...input, ...from })),
    );
    for (const object of page.Contents ?? []) objects.push(infoOf(object.Key ?? "", object.Size, object));
    for (const folder of page.CommonPrefixes ?? []) found.push(folder.Prefix ?? "");
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (next === undefined || objects.length + found.length >= atMost) return { objects, folders: found };
    from = { ContinuationToken: next };
  }
}

/** No such object is no failure; no such bucket is. */
async function absentIsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === "NoSuchBucket" || statusOf(error) !== 404) throw error;
    return undefined;
  }
}
