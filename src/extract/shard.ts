/** A table of segments cut into shards, and their parts put together again. */
import { type FileHandle, open, rm } from "node:fs/promises";
import path from "node:path";
import { formatError, OpusZarrError } from "../errors.js";
import { writeWhole } from "../files.js";
import type { SegmentRequest } from "../segments/select.js";
import type { Shard } from "../shards/shard.js";
import { shareOut } from "../shards/share.js";
import { NPY_MAGIC, npyHeader, parseNpyHeader } from "../tensor/npy.js";
import { OPUS_RATE_HZ } from "../units.js";
import { severalLengths } from "./write.js";

/** Pre-roll that decoding a segment takes, in seconds: what nearly all streams need to be exact. */
const PREROLL_SECONDS = 1;
/** Rows next to each other are copied together, up to this many bytes. */
const COPY_BYTES = 8 * 1024 * 1024;

/**
 * Shares the rows of a table out: whole recordings, balanced by the seconds that must be decoded for them, which are
 * told from the table alone: no shard opens the recordings of the others.
 *
 * @returns the shard of each row
 */
export function shardRows(segments: readonly SegmentRequest[], count: number): number[] {
  const byRecording = recordingsOf(segments);
  const shards = shareOut([...byRecording.values()].map(coveredSeconds), count);
  const shardOf = new Map([...byRecording.keys()].map((id, i) => [id, shards[i] as number]));
  return segments.map(({ recording }) => shardOf.get(recording ?? "") as number);
}

/** Seconds that must be decoded for segments, about: each with its pre-roll, overlaps counted once. */
export function decodedSeconds(segments: readonly SegmentRequest[]): number {
  return [...recordingsOf(segments).values()].map(coveredSeconds).reduce((sum, seconds) => sum + seconds, 0);
}

function recordingsOf(segments: readonly SegmentRequest[]): Map<string, SegmentRequest[]> {
  const byRecording = new Map<string, SegmentRequest[]>();
  for (const segment of segments) {
    const id = segment.recording ?? "";
    const known = byRecording.get(id);
    if (known === undefined) byRecording.set(id, [segment]);
    else known.push(segment);
  }
  return byRecording;
}

function coveredSeconds(segments: readonly SegmentRequest[]): number {
  const spans = segments.map(spanSeconds).sort(([a], [b]) => a - b);
  let sum = 0;
  let end = 0;
  for (const [from, to] of spans) {
    sum += Math.max(0, to - Math.max(end, from - PREROLL_SECONDS));
    end = Math.max(end, to);
  }
  return sum;
}

function spanSeconds(segment: SegmentRequest): [number, number] {
  if ("startSeconds" in segment) return [segment.startSeconds, segment.endSeconds];
  return [segment.startSample / OPUS_RATE_HZ, segment.endSample / OPUS_RATE_HZ];
}

/** Folder of the parts of a `.npy` file under way. */
function partsFolder(out: string): string {
  return `${out}.shards`;
}

/** One shard's part of a `.npy` file: its rows, in the order of the table. */
export function partFile(out: string, { index, count }: Shard): string {
  return path.join(partsFolder(out), `${index}-of-${count}.npy`);
}

interface OpenPart {
  readonly handle: FileHandle;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int16";
  readonly dataStart: number;
}

/**
 * Puts the parts of all shards together into the file that one run would have written.
 *
 * @param shards the shard of each row, see {@link shardRows}
 */
export async function mergeParts(out: string, shards: readonly number[], count: number): Promise<void> {
  const parts: OpenPart[] = [];
  try {
    for (let index = 0; index < count; index++) parts.push(await openPart(partFile(out, { index, count })));
    await writeWhole(out, (append) => copyRows(parts, shards, append), { replaces: NPY_MAGIC });
  } finally {
    for (const { handle } of parts) await handle.close();
  }
}

/** Removes the parts once they are no longer needed. */
export async function removeParts(out: string): Promise<void> {
  await rm(partsFolder(out), { recursive: true, force: true });
}

async function copyRows(
  parts: readonly OpenPart[],
  shards: readonly number[],
  append: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const [first, ...others] = parts.filter(({ shape }) => shape[0] !== 0);
  if (first === undefined) throw formatError("parts: expected rows, got none");
  const [, channels = 0, samples = 0] = first.shape;
  for (const { shape, dtype } of others) {
    if (shape[1] !== channels || shape[2] !== samples || dtype !== first.dtype) throw severalLengths();
  }
  await append(npyHeader([shards.length, channels, samples], first.dtype));
  const rowBytes = channels * samples * (first.dtype === "float32" ? 4 : 2);
  const next = parts.map(({ dataStart }) => dataStart);
  const most = Math.max(1, Math.floor(COPY_BYTES / Math.max(1, rowBytes)));
  for (let row = 0; row < shards.length; ) {
    const shard = shards[row] as number;
    let end = row + 1;
    while (end < shards.length && shards[end] === shard && end - row < most) end++;
    const bytes = await readExactly(parts[shard] as OpenPart, next[shard] as number, (end - row) * rowBytes);
    await append(bytes);
    next[shard] = (next[shard] as number) + bytes.length;
    row = end;
  }
}

async function openPart(file: string): Promise<OpenPart> {
  const handle = await open(file, "r").catch((error: Error) => {
    const message = `expected the part of a shard that is done (run that shard again): ${error.message}`;
    throw new OpusZarrError("not-found", message, { path: file }, error);
  });
  const head = new Uint8Array(4096);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const header = parseNpyHeader(head.subarray(0, bytesRead));
  if (header === undefined) {
    await handle.close();
    throw formatError("part: expected a .npy file of ours", { path: file });
  }
  return { handle, ...header };
}

async function readExactly({ handle }: OpenPart, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw formatError("part: expected more rows", { byteOffset: start + done });
    done += bytesRead;
  }
  return bytes;
}
