/**
 * Recordings of any length, made by repeating the packets of a short one: new granule positions, sequence
 * numbers and checksums, no encoder. For tests and benchmarks; the sound repeats.
 */
import { open } from "node:fs/promises";
import { argumentError, formatError } from "../errors.js";
import { type PageWriter, pageWriter } from "../ogg/mux.js";
import { readPackets } from "../ogg/packets.js";
import { isOpusHead, parseOpusHead } from "../opus/head.js";
import { isOpusTags } from "../opus/tags.js";
import { packetInfo } from "../opus/toc.js";
import { OPUS_RATE_HZ, positiveNumber, wholeNumber } from "../units.js";

/** Options of {@link longRecordingPages}. */
export interface LongRecordingOptions {
  /** Playable length in seconds. */
  readonly durationSeconds: number;
  /** Serial number of the stream, 1 by default. */
  readonly serial?: number;
  /** Audio a page in seconds, 1 by default as opusenc and ffmpeg write; a page holds 255 lacing values at most. */
  readonly pageSeconds?: number;
}

/** Options of {@link writeLongRecording}. */
export interface WriteLongRecordingOptions extends LongRecordingOptions {
  readonly signal?: AbortSignal;
  /** Told about every 4 MiB written. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly pages: number }) => void;
}

/** What {@link writeLongRecording} wrote. */
export interface LongRecording {
  readonly bytes: number;
  /** Two of them hold the headers. */
  readonly pages: number;
  /** Playable samples at 48 kHz. */
  readonly samples: number;
}

interface Source {
  readonly head: Uint8Array;
  readonly tags: Uint8Array;
  readonly preSkip: number;
  readonly audio: readonly { readonly bytes: Uint8Array; readonly samples: number }[];
}

/**
 * The pages of a recording of the length asked for, one after the other.
 *
 * @param sourceBytes an Ogg Opus file with one stream, of any channel layout
 * @returns pages in file order, each of its own buffer
 * @throws {OpusZarrError} of kind `argument` on a length that is not positive, `format` on a source
 * without Opus headers or audio
 */
export function* longRecordingPages(
  sourceBytes: Uint8Array,
  options: LongRecordingOptions,
): Generator<Uint8Array, void, undefined> {
  const duration = positiveNumber("durationSeconds", options.durationSeconds);
  const pageSamples = positiveNumber("pageSeconds", options.pageSeconds ?? 1) * OPUS_RATE_HZ;
  const serial = wholeNumber("serial", options.serial ?? 1);
  if (serial >= 2 ** 32) throw argumentError("serial", "a number below 2^32", serial);
  const source = readSource(sourceBytes);
  const writer = pageWriter(serial);
  yield* writer.push({ bytes: source.head, granule: 0, flush: true });
  yield* writer.push({ bytes: source.tags, granule: 0, flush: true });
  const endGranule = source.preSkip + Math.round(duration * OPUS_RATE_HZ);
  yield* audioPages(writer, source, { endGranule, pageSamples });
}

function* audioPages(
  writer: PageWriter,
  source: Source,
  cut: { readonly endGranule: number; readonly pageSamples: number },
): Generator<Uint8Array, void, undefined> {
  const { endGranule, pageSamples } = cut;
  let granule = 0;
  let pageEnd = pageSamples;
  for (let i = 0; granule < endGranule; i = (i + 1) % source.audio.length) {
    const packet = source.audio[i];
    if (packet === undefined) return;
    granule += packet.samples;
    // What is left after the last whole page goes on that page, where it has room.
    const flush = granule >= pageEnd && endGranule - granule > pageSamples / 2;
    if (flush) pageEnd += pageSamples;
    yield* writer.push({ bytes: packet.bytes, granule: Math.min(granule, endGranule), flush });
  }
  yield* writer.end();
}

function readSource(bytes: Uint8Array): Source {
  const [head, tags, ...rest] = readPackets(bytes);
  if (head === undefined || !isOpusHead(head.bytes) || tags === undefined || !isOpusTags(tags.bytes)) {
    throw formatError(
      "source of a long recording: expected an Ogg Opus file that starts with its two headers",
    );
  }
  const { preSkip, mapping } = parseOpusHead(head.bytes);
  const audio = rest
    .filter((packet) => packet.serial === head.serial)
    .map((packet) => ({
      bytes: packet.bytes,
      ...packetInfo(packet.bytes, 0, packet.bytes.length, mapping.streams),
    }))
    .filter((packet) => packet.valid);
  if (audio.length === 0) throw formatError("source of a long recording: expected audio packets, found none");
  return { head: head.bytes, tags: tags.bytes, preSkip, audio };
}

/** Pages are gathered to writes of this size. */
const WRITE_BYTES = 4 << 20;

/**
 * Writes a recording of any length: a gigabyte takes seconds, memory stays at a few megabytes.
 *
 * @param sourceBytes an Ogg Opus file with one stream
 * @param outPath the file to write; what stood there is replaced
 * @returns size, pages and playable samples of what was written
 * @throws {OpusZarrError} as {@link longRecordingPages} does
 * @example
 * ```ts
 * // 3,655 s at 160 kb/s: 73.6 MB
 * const source = await readFile(bundledDataset().opus);
 * await writeLongRecording(source, "hour.opus", { durationSeconds: 3655 });
 * ```
 */
export async function writeLongRecording(
  sourceBytes: Uint8Array,
  outPath: string,
  options: WriteLongRecordingOptions,
): Promise<LongRecording> {
  const pagesToWrite = longRecordingPages(sourceBytes, options);
  const first = pagesToWrite.next();
  const file = await open(outPath, "w");
  try {
    const buffer = new Uint8Array(WRITE_BYTES);
    let filled = 0;
    let bytes = 0;
    let pages = 0;
    const flush = async (): Promise<void> => {
      options.signal?.throwIfAborted();
      await file.writeFile(buffer.subarray(0, filled));
      filled = 0;
      options.onProgress?.({ bytes, pages });
    };
    for (let step = first; step.done !== true; step = pagesToWrite.next()) {
      if (filled + step.value.length > buffer.length) await flush();
      buffer.set(step.value, filled);
      filled += step.value.length;
      bytes += step.value.length;
      pages++;
    }
    await flush();
    return { bytes, pages, samples: Math.round(options.durationSeconds * OPUS_RATE_HZ) };
  } finally {
    await file.close();
  }
}
