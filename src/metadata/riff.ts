/**
 * The chunks of a WAV file: RIFF, RF64 and BW64 (EBU Tech 3285, 3306), read for what they say of the
 * recording. Sample data are never read; sizes are never trusted.
 *
 * ```
 * "RIFF" | size u32 | "WAVE" | chunk: id (4) | size u32 | payload | pad to even | chunk …
 * ```
 */
import type { ByteSource } from "../source/byte-source.js";
import { type BextChunk, parseBext } from "./bext.js";
import { decodeText, fourCc, type TagFields, tagCollector } from "./text.js";

/** What the `fmt ` chunk says. */
export interface WaveFormat {
  /** Format tag; of an extensible format the one inside its GUID. 1 is PCM, 3 floating point. */
  readonly formatTag: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Bytes of one frame (one sample of each channel). */
  readonly blockAlign: number;
  readonly bitsPerSample: number;
  /** Speaker positions (WAVEFORMATEXTENSIBLE); null where the file names none. */
  readonly channelMask: number | null;
}

/** Where the samples lie. */
export interface WaveData {
  readonly byteOffset: number;
  /** Bytes that are there: what the header declares, cut to what the file holds. */
  readonly byteLength: number;
  /** Bytes that the header declares; null where it leaves them open (0, or all ones). */
  readonly declaredBytes: number | null;
}

/** What the chunks of a WAV file say. */
export interface RiffInfo {
  readonly form: "RIFF" | "RF64" | "BW64";
  readonly format: WaveFormat | null;
  readonly data: WaveData | null;
  /** Whole frames of PCM or floating point samples that are there; null for coded samples. */
  readonly frames: number | null;
  /** Fields of `LIST`/`INFO` by their four-character name (`ICMT`: comment, `IART`: artist). */
  readonly info: TagFields;
  /** The text of a `guan` chunk (GUANO). */
  readonly guano: string | null;
  readonly bext: BextChunk | null;
  /** A `wamd` chunk (Wildlife Acoustics), as it stands. */
  readonly wamd: Uint8Array | null;
  /** Names of the chunks, in order. */
  readonly chunks: readonly string[];
  /** What was wrong with the file. */
  readonly warnings: readonly string[];
}

/** Larger text chunks are not read. */
const MAX_CHUNK_BYTES = 1 << 20;
/** A file with more chunks than this is not followed further. */
const MAX_CHUNKS = 256;
const OPEN_SIZE = 0xffff_ffff;

/** Under way: what has been found so far. */
interface Found {
  format: WaveFormat | null;
  data: WaveData | null;
  info: TagFields;
  guano: string | null;
  bext: BextChunk | null;
  wamd: Uint8Array | null;
  ds64DataBytes: number | null;
  readonly chunks: string[];
  readonly warnings: string[];
}

/**
 * Reads the chunks of a WAV file, headers and small chunks only.
 *
 * @returns what they say, or null for what is no WAV file
 */
export async function readRiff(source: ByteSource): Promise<RiffInfo | null> {
  const head = await source.read(0, 12);
  const form = fourCc(head, 0);
  if (form !== "RIFF" && form !== "RF64" && form !== "BW64") return null;
  if (fourCc(head, 8) !== "WAVE") return null;
  const found: Found = {
    format: null,
    data: null,
    info: {},
    guano: null,
    bext: null,
    wamd: null,
    ds64DataBytes: null,
    chunks: [],
    warnings: [],
  };
  await walkChunks(source, found);
  if (found.data === null) found.warnings.push("no data chunk");
  const { ds64DataBytes: _, ...rest } = found;
  return { form, ...rest, frames: countFrames(found) };
}

async function walkChunks(source: ByteSource, found: Found): Promise<void> {
  let at = 12;
  while (at + 8 <= source.byteLength) {
    if (found.chunks.length >= MAX_CHUNKS) {
      found.warnings.push(`more than ${MAX_CHUNKS} chunks: the rest is not read`);
      return;
    }
    const head = await source.read(at, at + 8);
    const id = fourCc(head, 0);
    if (!isChunkId(id)) {
      found.warnings.push(`no chunk at byte ${at}`);
      return;
    }
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    found.chunks.push(id);
    const end = await takeChunk(source, found, { id, start: at + 8, size });
    at = await nextChunk(source, end);
  }
}

interface Chunk {
  readonly id: string;
  /** First byte of the payload. */
  readonly start: number;
  /** Declared size of the payload. */
  readonly size: number;
}

/** Notes what a chunk says and returns where its payload ends. */
async function takeChunk(source: ByteSource, found: Found, chunk: Chunk): Promise<number> {
  const { id, start, size } = chunk;
  const end = Math.min(start + size, source.byteLength);
  if (id === "data") {
    const data = await placeData(source, found, chunk);
    // A second data chunk is not what players play.
    found.data ??= data;
    return data.byteOffset + data.byteLength;
  }
  if (start + size > source.byteLength)
    found.warnings.push(`chunk ${JSON.stringify(id)} ends past the file's end`);
  if (size > MAX_CHUNK_BYTES || !READ.has(id)) return end;
  const bytes = await source.read(start, end);
  if (id === "fmt ") found.format ??= parseFormat(bytes);
  else if (id === "LIST") found.info = mergeInfo(found.info, bytes);
  else if (id === "guan") found.guano ??= decodeText(bytes);
  else if (id === "bext") found.bext ??= parseBext(bytes);
  else if (id === "wamd") found.wamd ??= bytes.slice();
  else if (bytes.length >= 16) found.ds64DataBytes = readUint64(bytes, 8);
  return end;
}

const READ: ReadonlySet<string> = new Set(["fmt ", "LIST", "guan", "bext", "wamd", "ds64"]);

async function placeData(source: ByteSource, found: Found, chunk: Chunk): Promise<WaveData> {
  const there = Math.max(0, source.byteLength - chunk.start);
  let declared: number | null = chunk.size;
  if (chunk.size === OPEN_SIZE) declared = found.ds64DataBytes;
  else if (chunk.size === 0 && there > 0) declared = (await startsChunk(source, chunk.start)) ? 0 : null;
  if (declared === null)
    found.warnings.push("the header leaves open how many samples there are: all to the end");
  else if (declared > there)
    found.warnings.push(`cut short: ${there} of ${declared} bytes of samples are there`);
  return { byteOffset: chunk.start, byteLength: Math.min(declared ?? there, there), declaredBytes: declared };
}

/** Chunks begin at even bytes; some writers forget, so look at both places. */
async function nextChunk(source: ByteSource, end: number): Promise<number> {
  if (end % 2 === 0) return end;
  return !(await startsChunk(source, end + 1)) && (await startsChunk(source, end)) ? end : end + 1;
}

async function startsChunk(source: ByteSource, at: number): Promise<boolean> {
  const head = await source.read(at, at + 8);
  if (head.length < 8 || !isChunkId(fourCc(head, 0))) return false;
  return at + 8 + new DataView(head.buffer, head.byteOffset).getUint32(4, true) <= source.byteLength;
}

function isChunkId(id: string): boolean {
  return /^[A-Za-z0-9_\- ]{4}$/.test(id) && id.trim() !== "";
}

function parseFormat(bytes: Uint8Array): WaveFormat | null {
  if (bytes.length < 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const extensible = view.getUint16(0, true) === 0xfffe && bytes.length >= 40;
  const mask = extensible ? view.getUint32(20, true) : 0;
  return {
    formatTag: extensible ? view.getUint16(24, true) : view.getUint16(0, true),
    channels: view.getUint16(2, true),
    sampleRateHz: view.getUint32(4, true),
    blockAlign: view.getUint16(12, true),
    bitsPerSample: view.getUint16(14, true),
    channelMask: mask === 0 ? null : mask,
  };
}

function countFrames(found: Found): number | null {
  const { format, data } = found;
  if (format === null || data === null || format.blockAlign === 0) return null;
  if (format.formatTag !== 1 && format.formatTag !== 3) return null;
  return Math.floor(data.byteLength / format.blockAlign);
}

/** `LIST`: type (4), then sub-chunks of the same make as chunks. */
function mergeInfo(info: TagFields, bytes: Uint8Array): TagFields {
  if (fourCc(bytes, 0) !== "INFO") return info;
  const fields = tagCollector();
  for (const [name, value] of Object.entries(info)) for (const one of [value].flat()) fields.add(name, one);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 4;
  while (at + 8 <= bytes.length) {
    const id = fourCc(bytes, at);
    if (!isChunkId(id)) break;
    const end = Math.min(at + 8 + view.getUint32(at + 4, true), bytes.length);
    const text = decodeText(bytes.subarray(at + 8, end));
    if (text !== "") fields.add(id, text);
    at = end % 2 === 1 && bytes[end] === 0 ? end + 1 : end;
  }
  return fields.fields();
}

function readUint64(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}
