/**
 * Decodes one batch: the packets of a run of pages, once, in order, each packet's samples written straight
 * to where the segments want them. No copy of the decoded stretch is kept.
 */
import { OpusZarrError } from "../errors.js";
import { readPackets } from "../ogg/packets.js";
import { type Page, readPage } from "../ogg/page.js";
import { packetSamples } from "../opus/toc.js";
import { MAX_PACKET_SAMPLES, OPUS_RATE_HZ } from "../units.js";
import type { DecoderLayout, PacketDecoder } from "./decoder.js";

/** Where a stretch of decoded audio goes. */
export interface Target {
  /** Decoded positions `[fromPos, toPos)` at 48 kHz. */
  readonly fromPos: number;
  readonly toPos: number;
  /** Element of the output at which `fromPos` of the first channel goes. */
  readonly element: number;
  /** Elements from one channel to the next. */
  readonly channelStride: number;
}

/** A batch, for whoever decodes it; plain data. */
export interface DecodeTask {
  readonly recording: string;
  readonly layout: DecoderLayout;
  readonly serial: number;
  /**
   * Where each page starts in the batch's bytes, and the decoded position that the index gives it; one more
   * position, of the page after the last, where there is one.
   */
  readonly pageOffsets: Float64Array;
  readonly pagePositions: Float64Array;
  readonly anchorPos: number;
  readonly prerollSamples: number;
  readonly fresh: boolean;
  readonly fromPos: number;
  readonly toPos: number;
  /** Factor that the output gain asks for; 1 for none. */
  readonly gain: number;
  /** Channels to keep, in order; undefined for all. */
  readonly channels: readonly number[] | undefined;
  /** Channels are averaged to one. */
  readonly mono: boolean;
  readonly targets: readonly Target[];
  /** Shared memory that all batches write to. */
  readonly output: Float32Array | Int16Array;
}

/** What a batch took. */
export interface DecodeOutcome {
  readonly decoder: string;
  readonly decodedSamples: number;
  /** Samples decoded before the first that was wanted. */
  readonly prerollSamples: number;
  /** Decoded positions of packets that the decoder refused. */
  readonly refused: readonly { readonly start: number; readonly end: number }[];
}

interface PlacedPacket {
  readonly bytes: Uint8Array;
  readonly pos: number;
  readonly samples: number;
}

/**
 * Decodes a batch.
 *
 * @param bytes the batch's pages
 * @param decoder for the task's layout; the caller has reset it if the task asks for a fresh one
 * @throws {OpusZarrError} of kind `format` when the pages do not hold the packets that the index promises
 */
export function decodeBatch(bytes: Uint8Array, task: DecodeTask, decoder: PacketDecoder): DecodeOutcome {
  const packets = placePackets(bytes, task);
  const first = firstPacket(packets, task);
  const writer = targetWriter(task);
  const refused: { start: number; end: number }[] = [];
  const ratio = OPUS_RATE_HZ / task.layout.sampleRateHz;
  let decodedSamples = 0;
  let at = first;
  for (; at < packets.length; at++) {
    const packet = packets[at] as PlacedPacket;
    if (packet.pos >= task.toPos) break;
    const got = decoder.decode(packet.bytes, 0, packet.bytes.length);
    decodedSamples += packet.samples;
    if (got * ratio === packet.samples && got > 0) writer.write(decoder.output, got, packet.pos);
    else if (packet.samples > 0) refused.push({ start: packet.pos, end: packet.pos + packet.samples });
  }
  const start = packets[first]?.pos ?? task.fromPos;
  return {
    decoder: decoder.name,
    decodedSamples,
    prerollSamples: Math.max(0, task.fromPos - start),
    refused,
  };
}

/** Gives every packet its decoded position. */
function placePackets(bytes: Uint8Array, task: DecodeTask): PlacedPacket[] {
  const pages: Page[] = [];
  const positions: number[] = [];
  task.pageOffsets.forEach((offset, i) => {
    const page = readPage(bytes, offset);
    if (page === undefined) {
      throw new OpusZarrError(
        "format",
        "expected an Ogg page where the index has one: run opus-zarr verify",
        {
          recording: task.recording,
          byteOffset: offset,
        },
      );
    }
    if (page.serial !== task.serial) return;
    pages.push(page);
    positions.push(task.pagePositions[i] as number);
  });
  positions.push(task.pagePositions[task.pageOffsets.length] ?? Number.NaN);
  const packets = readPackets(bytes, pages);
  const placed: PlacedPacket[] = [];
  let page = -1;
  let pos = 0;
  for (const [i, packet] of packets.entries()) {
    if (packet.page !== page) {
      page = packet.page;
      pos = pagePosition(packets, i, positions);
    }
    const samples = packetSamples(packet.bytes, 0, packet.bytes.length);
    // Packets whose position cannot be told lie before everything that is wanted.
    if (Number.isFinite(pos)) placed.push({ bytes: packet.bytes, pos, samples });
    pos += samples;
  }
  return placed;
}

/** Decoded position of packet `i`, the first whole one that completes on its page. */
function pagePosition(
  packets: readonly { bytes: Uint8Array; page: number; afterGap: boolean }[],
  i: number,
  positions: readonly number[],
): number {
  const { page, afterGap } = packets[i] as (typeof packets)[number];
  const known = positions[page] as number;
  if (page > 0 || !afterGap) return known;
  // The batch's first page begins inside a packet: count back from where the next page's begin.
  let pos = positions[1] as number;
  for (const { bytes, page: on } of packets) if (on === 0) pos -= packetSamples(bytes, 0, bytes.length);
  return pos > known && pos <= known + MAX_PACKET_SAMPLES ? pos : Number.NaN;
}

/** The packet that decoding starts with. */
function firstPacket(packets: readonly PlacedPacket[], task: DecodeTask): number {
  if (task.fresh) return 0;
  let at = packets.length - 1;
  while (at > 0 && (packets[at] as PlacedPacket).pos > task.anchorPos) at--;
  let left = task.prerollSamples;
  while (at > 0 && left > 0) {
    at--;
    left -= (packets[at] as PlacedPacket).samples;
  }
  if (left > 0) {
    const expected = `${task.prerollSamples} samples of packets before position ${task.anchorPos}`;
    throw new OpusZarrError(
      "format",
      `index: expected ${expected}, got ${task.prerollSamples - left}: run opus-zarr verify`,
      {
        recording: task.recording,
      },
    );
  }
  return at;
}

interface TargetWriter {
  /** Puts `samples` decoded samples a channel, the first at `pos`, to wherever they are wanted. */
  write(decoded: Float32Array, samples: number, pos: number): void;
}

function targetWriter(task: DecodeTask): TargetWriter {
  const { targets, layout, mono } = task;
  const ratio = OPUS_RATE_HZ / layout.sampleRateHz;
  const picked = task.channels ?? Array.from({ length: layout.channels }, (_, c) => c);
  const put = sampleWriter(task.output, task.gain);
  let mixed = new Float32Array(0);
  // Targets are sorted by start: those before `live` have ended.
  let live = 0;
  return {
    write(decoded, samples, pos) {
      const end = pos + samples * ratio;
      while (live < targets.length && (targets[live] as Target).toPos <= pos) live++;
      for (let t = live; t < targets.length; t++) {
        const target = targets[t] as Target;
        if (target.fromPos >= end) break;
        const from = Math.ceil((Math.max(target.fromPos, pos) - pos) / ratio);
        const to = Math.ceil((Math.min(target.toPos, end) - pos) / ratio);
        if (from >= to) continue;
        const element = target.element + Math.ceil((pos + from * ratio - target.fromPos) / ratio);
        if (mono) {
          if (mixed.length < samples) mixed = new Float32Array(samples);
          mix(decoded, { samples, channels: picked, from, to }, mixed);
          put(mixed, from, to, element);
        } else {
          for (let c = 0; c < picked.length; c++) {
            const base = (picked[c] as number) * samples;
            put(decoded, base + from, base + to, element + c * target.channelStride);
          }
        }
      }
    },
  };
}

/** Averages channels. */
function mix(
  decoded: Float32Array,
  range: {
    readonly samples: number;
    readonly channels: readonly number[];
    readonly from: number;
    readonly to: number;
  },
  mixed: Float32Array,
): void {
  const { samples, channels, from, to } = range;
  for (let i = from; i < to; i++) {
    let sum = 0;
    for (const channel of channels) sum += decoded[channel * samples + i] as number;
    mixed[i] = sum / channels.length;
  }
}

type Put = (decoded: Float32Array, from: number, to: number, element: number) => void;

function sampleWriter(output: Float32Array | Int16Array, gain: number): Put {
  if (output instanceof Int16Array) {
    return (decoded, from, to, element) => {
      for (let i = from; i < to; i++) output[element + i - from] = toInt16((decoded[i] as number) * gain);
    };
  }
  if (gain === 1) return (decoded, from, to, element) => output.set(decoded.subarray(from, to), element);
  return (decoded, from, to, element) => {
    for (let i = from; i < to; i++) output[element + i - from] = (decoded[i] as number) * gain;
  };
}

/** As libopus does: scaled by 32,768, clipped, rounded half to even. */
export function toInt16(sample: number): number {
  const scaled = Math.fround(sample) * 32_768;
  if (scaled >= 32_767) return 32_767;
  if (scaled <= -32_768) return -32_768;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  if (rest !== 0.5) return Math.round(scaled);
  return floor % 2 === 0 ? floor : floor + 1;
}
