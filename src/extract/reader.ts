/** Segments of one recording, call after call: what was decoded for one is kept for the next. */
import type { Recording } from "../archive/open.js";
import { argumentError } from "../errors.js";
import type { Segment, SegmentRequest } from "../segments/select.js";
import type { ExtractionStats, SegmentHole, SegmentTensor } from "../tensor/tensor.js";
import { BYTES_PER_MB, positiveNumber } from "../units.js";
import { chooseSegments } from "./choose.js";
import { extractSegments } from "./extract.js";
import { type ExtractOptions, extractSettings } from "./options.js";
import { outputBlock } from "./output.js";

/** How a reader decodes, and what it keeps. */
export interface ReaderOptions extends Omit<ExtractOptions, "accuracy" | "preRollSeconds" | "sampleRate"> {
  /** Memory for decoded samples, in MB; 64 by default. What was not read for longest is forgotten first. */
  readonly maxMemoryMb?: number;
  /**
   * Seconds that are decoded behind a call that went on from the last one, while the caller works on what it got; 0,
   * nothing, by default.
   */
  readonly aheadSeconds?: number;
}

/** Reads segments of a recording, and remembers what it decoded. */
export interface SegmentReader {
  /**
   * As {@link extractSegments} with the reader's options, sample for sample; `stats` tell what this call had decoded.
   *
   * @throws as {@link extractSegments}
   */
  read(segments: readonly SegmentRequest[]): Promise<SegmentTensor>;
}

/** What is decoded in one go, and forgotten in one go. */
const BLOCK_SECONDS = 5;

interface Block {
  /** `[channels, samples]`, from the recording's sample `startSample` on. */
  readonly data: Float32Array | Int16Array;
  readonly startSample: number;
  readonly samples: number;
  readonly holes: readonly SegmentHole[];
  readonly preRollSeconds: number;
  readonly decoder: string;
}

/**
 * Opens a reader, for a notebook that goes through a recording window by window, and back again.
 *
 * Stretches of 5 s are decoded as a whole and kept: a call that lies within them decodes nothing. Samples are exact,
 * so that those of several stretches are those of one decode.
 *
 * @throws {OpusZarrError} of kind `argument` for wrong options
 * @example
 * ```ts
 * const reader = segmentReader(rec, { maxMemoryMb: 128, aheadSeconds: 30 });
 * const clip = await reader.read([{ startSeconds: 12, endSeconds: 15 }]);
 * clip.shape; // [1, 1, 144000]
 * ```
 */
export function segmentReader(recording: Recording, options: ReaderOptions = {}): SegmentReader {
  const { maxMemoryMb = 64, aheadSeconds = 0, ...plain } = options;
  const extractOptions: ExtractOptions = { ...plain, outOfRange: "error" };
  const settings = extractSettings(plain);
  const budgetBytes = positiveNumber("maxMemoryMb", maxMemoryMb) * BYTES_PER_MB;
  if (!(aheadSeconds >= 0 && Number.isFinite(aheadSeconds)))
    throw argumentError("aheadSeconds", "seconds from 0", aheadSeconds);
  const blockSamples = Math.max(1, Math.round(BLOCK_SECONDS * recording.sampleRate));
  const lastBlock = Math.ceil(recording.totalSamples / blockSamples) - 1;
  const ahead = Math.ceil((aheadSeconds * recording.sampleRate) / blockSamples);
  const sampleBytes = settings.dtype === "float32" ? 4 : 2;
  /** Blocks that are there or on their way, the one read last at the end. */
  const kept = new Map<number, Promise<Block>>();
  let readTo = 0;

  const blocksOf = ({ startSample, endSample }: Segment): number[] => {
    const first = Math.max(0, Math.floor(startSample / blockSamples));
    const last = Math.min(lastBlock, Math.ceil(endSample / blockSamples) - 1);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  };
  /** Has the blocks decoded that are not there; gives what that took. */
  const fetch = (numbers: readonly number[]): Promise<SegmentTensor> | undefined => {
    const missing = numbers.filter((number) => !kept.has(number));
    if (missing.length === 0) return undefined;
    const ranges = missing.map((number) => ({
      startSample: number * blockSamples,
      endSample: Math.min((number + 1) * blockSamples, recording.totalSamples),
    }));
    const decoded = extractSegments(recording, ranges, extractOptions);
    missing.forEach((number, row) => {
      const block = decoded.then((tensor) => blockOf(tensor, row));
      kept.set(number, block);
      // What failed is tried again by the next call; whoever waits for it is told.
      block.catch(() => {
        if (kept.get(number) === block) kept.delete(number);
      });
    });
    return decoded;
  };
  const forget = (channels: number): void => {
    const most = Math.max(1, Math.floor(budgetBytes / (blockSamples * channels * sampleBytes)));
    for (const number of kept.keys()) {
      if (kept.size <= most) return;
      kept.delete(number);
    }
  };

  return {
    async read(requests) {
      const started = performance.now();
      const { segments, channels, rate } = await chooseSegments(recording, requests, settings);
      const needed = [...new Set(segments.flatMap(blocksOf))].sort((a, b) => a - b);
      if (needed.length * blockSamples * channels * sampleBytes > budgetBytes)
        return await extractSegments(recording, requests, plain);
      const decoding = fetch(needed);
      // Taken now: another call may have them forgotten.
      const coming = needed.map((number) => kept.get(number) as Promise<Block>);
      const there = await Promise.all(coming);
      const blocks = new Map(needed.map((number, i) => [number, there[i] as Block]));
      // Read last: at the end.
      for (const number of needed) renew(kept, number);
      const to = segments.reduce((end, { endSample }) => Math.max(end, endSample), 0);
      const next = (needed.at(-1) ?? -1) + 1;
      if (to >= readTo) fetch(range(next, Math.min(lastBlock + 1, next + ahead)))?.catch(() => {});
      readTo = to;
      forget(channels);
      const output = outputBlock(
        segments.map(({ startSample, endSample }) => endSample - startSample),
        channels,
        { dtype: settings.dtype },
      );
      const found = segments.map((segment, row) => {
        const parts = blocksOf(segment).map((number) => blocks.get(number) as Block);
        for (const part of parts)
          copy(part, segment, { data: output.data, at: output.offsets[row] as number, channels });
        return { ...segment, holes: joinedHoles(parts, segment) };
      });
      const { lengths: _, ...block } = output;
      return {
        ...block,
        dtype: settings.dtype,
        sampleRate: rate.toHz,
        recordingRate: rate.fromHz,
        segments: found,
        accuracy: "exact",
        preRollSeconds: there.reduce((most, { preRollSeconds }) => Math.max(most, preRollSeconds), 0),
        decoder: there[0]?.decoder ?? "",
        stats: statsOf(segments, { took: (await decoding)?.stats, started, hz: rate.fromHz }),
      };
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function renew<T>(kept: Map<number, T>, number: number): void {
  const value = kept.get(number);
  if (value === undefined) return;
  kept.delete(number);
  kept.set(number, value);
}

function blockOf(tensor: SegmentTensor, row: number): Block {
  const { startSample, endSample, holes } = tensor.segments[row] as SegmentTensor["segments"][number];
  // Memory of its own: blocks are forgotten one by one.
  const data = tensor.data.slice(tensor.offsets[row], tensor.offsets[row + 1]);
  const { preRollSeconds, decoder } = tensor;
  return { data, startSample, samples: endSample - startSample, holes, preRollSeconds, decoder };
}

/** Copies what of a block lies in a segment. */
function copy(
  block: Block,
  segment: Segment,
  to: { readonly data: Float32Array | Int16Array; readonly at: number; readonly channels: number },
): void {
  const from = Math.max(segment.startSample, block.startSample);
  const end = Math.min(segment.endSample, block.startSample + block.samples);
  const length = segment.endSample - segment.startSample;
  for (let c = 0; c < to.channels; c++) {
    const base = c * block.samples - block.startSample;
    to.data.set(
      block.data.subarray(base + from, base + end),
      to.at + c * length + from - segment.startSample,
    );
  }
}

/** Holes in a segment, one where it goes on from block to block. */
function joinedHoles(blocks: readonly Block[], { startSample, endSample }: Segment): SegmentHole[] {
  const found: { startSample: number; endSample: number; reason: string }[] = [];
  for (const block of blocks) {
    const shift = block.startSample - startSample;
    for (const hole of block.holes) {
      const from = Math.max(0, hole.startSample + shift);
      const to = Math.min(endSample - startSample, hole.endSample + shift);
      const before = found.find((other) => other.endSample === from && other.reason === hole.reason);
      if (from >= to) continue;
      if (before !== undefined && from === shift) before.endSample = to;
      else found.push({ startSample: from, endSample: to, reason: hole.reason });
    }
  }
  return found;
}

function statsOf(
  segments: readonly Segment[],
  of: { readonly took: ExtractionStats | undefined; readonly started: number; readonly hz: number },
): ExtractionStats {
  const none = { batches: 0, decoderRuns: 0, decodedSeconds: 0, bytesRead: 0, storeReads: 0 };
  const { batches, decoderRuns, decodedSeconds, bytesRead, storeReads } = of.took ?? none;
  const samples = segments.reduce((sum, { startSample, endSample }) => sum + endSample - startSample, 0);
  const seconds = (performance.now() - of.started) / 1000;
  const audioSeconds = samples / of.hz;
  return {
    segments: segments.length,
    batches,
    decoderRuns,
    seconds,
    audioSeconds,
    decodedSeconds,
    bytesRead,
    storeReads,
  };
}
