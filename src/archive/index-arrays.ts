/** A recording's index as the arrays of format version 1, written and read through zarrita. */
import type { AbsolutePath, AsyncMutable } from "@zarrita/storage";
import * as zarr from "zarrita";
import { type ErrorPlace, formatError, OpusZarrError } from "../errors.js";
import type { Link, PageIndex } from "../pageindex/page-index.js";
import type { RecordingAttributes } from "./attributes.js";
import type { BlobLayout } from "./blob.js";
import { checkIndex } from "./check-index.js";
import type { ArchiveStore } from "./store.js";

/** Rows of one index chunk at most: 6 MiB. */
const MAX_INDEX_CHUNK_ROWS = 262_144;
const LITTLE_ENDIAN_CODEC = { name: "bytes", configuration: { endian: "little" } };

/** Writes `opus_index`, `opus_runs` and `opus_unsettled` below a recording's group. */
export async function writeIndexArrays(root: zarr.Location<AsyncMutable>, index: PageIndex): Promise<void> {
  const columns = [index.byteOffset, index.pageSize, index.samplePos];
  await writeTable(root.resolve("opus_index"), columns, index.pages);
  await writeTable(
    root.resolve("opus_runs"),
    [index.runPos, Float64Array.from(index.runMode)],
    index.runPos.length,
  );
  const { unsettled } = index;
  const bounds = [
    Float64Array.from(unsettled, (range) => range.start),
    Float64Array.from(unsettled, (range) => range.end),
  ];
  await writeTable(root.resolve("opus_unsettled"), bounds, unsettled.length);
}

async function writeTable(
  at: zarr.Location<AsyncMutable>,
  columns: readonly Float64Array[],
  rows: number,
): Promise<void> {
  const width = columns.length;
  const array = await zarr.create(at, {
    shape: [rows, width],
    chunkShape: [Math.max(1, Math.min(rows, MAX_INDEX_CHUNK_ROWS)), width],
    dtype: "uint64",
    // As a number: JSON has no bigint, and the metadata is written as JSON.
    fillValue: 0 as unknown as bigint,
    codecs: [LITTLE_ENDIAN_CODEC],
  });
  if (rows === 0) return;
  const data = new BigUint64Array(rows * width);
  columns.forEach((column, c) => {
    for (let row = 0; row < rows; row++) data[row * width + c] = BigInt(column[row] as number);
  });
  await zarr.set(array, null, { data, shape: [rows, width], stride: [width, 1] });
}

/** The columns of an index, as they stand. */
export type IndexColumns = Pick<
  PageIndex,
  "byteOffset" | "pageSize" | "samplePos" | "runPos" | "runMode" | "unsettled"
>;

/**
 * Reads the columns of a recording's index.
 *
 * @param blobBytes length of its blob: no table has more rows
 */
export async function readColumns(
  store: ArchiveStore,
  id: string,
  blobBytes: Promise<number>,
): Promise<IndexColumns> {
  const [, [byteOffset, pageSize, samplePos], [runPos, runMode], [unsettledStart, unsettledEnd]] =
    await Promise.all([
      blobBytes,
      readTable(store, `/${id}/opus_index`, { width: 3, blobBytes }),
      readTable(store, `/${id}/opus_runs`, { width: 2, blobBytes }),
      // Not every writer of the format writes it.
      readTable(store, `/${id}/opus_unsettled`, { width: 2, blobBytes }).catch(emptyIfAbsent),
    ]);
  if (!byteOffset || !pageSize || !samplePos || !runPos || !runMode || !unsettledStart || !unsettledEnd)
    throw formatError("index: columns are missing", { recording: id });
  return {
    byteOffset,
    pageSize,
    samplePos,
    runPos,
    runMode: Uint8Array.from(runMode, (mode) => Math.min(mode, 255)),
    unsettled: Array.from(unsettledStart, (start, i) => ({ start, end: unsettledEnd[i] as number })),
  };
}

/** Reads a recording's index, and holds it against itself and the length of its blob. */
export async function readIndex(
  store: ArchiveStore,
  id: string,
  of: { readonly attributes: RecordingAttributes; readonly blob: Promise<BlobLayout> },
): Promise<PageIndex> {
  const { attributes, blob } = of;
  const blobBytes = blob.then(({ byteLength }) => byteLength);
  const columns = await readColumns(store, id, blobBytes);
  const links = linksOf(attributes, columns.samplePos, id);
  const last = links[links.length - 1] as Link;
  const index = {
    pages: columns.byteOffset.length,
    ...columns,
    links,
    holes: attributes.holes.map((h) => ({
      startByte: h.start_byte,
      endByte: h.end_byte,
      startSample: h.start_sample,
      endSample: h.end_sample,
      reason: h.reason,
    })),
    concealed: attributes.concealed.map(([start, end]) => ({ start, end })),
    totalSamples: attributes.total_samples,
    endPos: last.startPos + last.preSkip + last.totalSamples,
  };
  checkIndex(index, await blobBytes, { path: store.place, recording: id });
  return index;
}

function linksOf(attributes: RecordingAttributes, samplePos: Float64Array, id: string): Link[] {
  const head = {
    channels: attributes.channels,
    preSkip: attributes.pre_skip,
    inputSampleRate: 0,
    outputGainQ8: Math.round(attributes.output_gain_db * 256),
    mapping: attributes.mapping,
  };
  return attributes.links.map((link) => {
    const startPos = samplePos[link.first_page];
    if (startPos === undefined)
      throw formatError(`links: expected a page of the index, got ${link.first_page}`, { recording: id });
    return {
      firstPage: link.first_page,
      firstAudioPage: link.first_audio_page ?? link.first_page,
      serial: link.serial,
      preSkip: link.pre_skip,
      initialGranule: link.initial_granule,
      totalSamples: link.total_samples,
      startPos,
      head: {
        ...head,
        channels: link.channels ?? head.channels,
        outputGainQ8: Math.round((link.output_gain_db ?? attributes.output_gain_db) * 256),
        mapping: link.mapping ?? head.mapping,
      },
    };
  });
}

async function readTable(
  store: ArchiveStore,
  at: AbsolutePath,
  of: { readonly width: number; readonly blobBytes: Promise<number> },
): Promise<Float64Array[]> {
  const { width } = of;
  const place = { path: `${store.place}${at}` };
  const array = await zarrErrors(place, zarr.open.v3(zarr.root(store).resolve(at), { kind: "array" }));
  const [rows = -1] = array.shape;
  // Each row is of other bytes of the file.
  const most = await of.blobBytes;
  if (array.dtype !== "uint64" || array.shape[1] !== width || !(rows >= 0 && rows <= most)) {
    const got = `${array.dtype} ${JSON.stringify(array.shape)}`;
    throw formatError(`expected uint64 [up to ${most} rows, ${width}], got ${got}`, place);
  }
  if (rows === 0) return Array.from({ length: width }, () => new Float64Array(0));
  const { data } = await zarrErrors(place, zarr.get(array as zarr.Array<"uint64", ArchiveStore>, null));
  return Array.from({ length: width }, (_, column) => {
    const numbers = new Float64Array(rows);
    for (let row = 0; row < rows; row++) numbers[row] = Number(data[row * width + column]);
    return numbers;
  });
}

function emptyIfAbsent(error: unknown): Float64Array[] {
  const { cause } = error as { cause?: unknown };
  if (zarr.isZarritaError(cause, "NotFoundError")) return [new Float64Array(0), new Float64Array(0)];
  throw error;
}

/** What zarrita fails at, as an error of ours. It takes for granted that metadata is what it should be. */
async function zarrErrors<T>(place: ErrorPlace, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof OpusZarrError) throw error;
    const why = zarr.isZarritaError(error) ? error.message : "its metadata or one of its chunks is damaged";
    throw formatError(`expected a Zarr array: ${why}`, place, error);
  }
}
