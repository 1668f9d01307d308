/**
 * The head of an Opus packet: its TOC byte and frame lengths (RFC 6716 §3), and those of each stream
 * inside a multistream packet (RFC 6716 appendix B, RFC 7845 §5.1.1).
 *
 * ```
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * | config  |s| c |   config: mode, bandwidth, frame size; s: stereo; c: frame count code
 * +-+-+-+-+-+-+-+-+
 * ```
 */
import { MAX_PACKET_SAMPLES } from "../units.js";
import { isTransient } from "./transient.js";

/** Coding modes as they stand in an archive's `opus_runs`. */
export const MODE_CELT = 0;
export const MODE_HYBRID = 1;
export const MODE_SILK = 2;

/** What decoding needs to know of a packet before it is decoded. */
export interface PacketInfo {
  /** Duration in 48 kHz samples; 0 when the packet is too broken to tell. */
  readonly samples: number;
  /** {@link MODE_CELT}, {@link MODE_HYBRID} or {@link MODE_SILK}; over all streams, CELT only if all are. */
  readonly mode: number;
  /** Whether some frame is empty (DTX): the decoder then conceals, which keeps state for long. */
  readonly empty: boolean;
  /**
   * Whether in every stream the first frame or the last is CELT and no transient. Only such frames replace
   * the levels that CELT keeps of earlier frames; through transients it carries the lowest of them on.
   */
  readonly steady: boolean;
  /** Whether libopus will accept the packet. */
  readonly valid: boolean;
}

/** Samples of one frame at 48 kHz for each of the 32 TOC configurations. */
export function frameSamples(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return [480, 960, 1920, 2880][config & 3] as number;
  if (config < 16) return [480, 960][config & 1] as number;
  return [120, 240, 480, 960][config & 3] as number;
}

/** The coding mode of a TOC byte. */
export function tocMode(toc: number): number {
  const config = toc >> 3;
  return config >= 16 ? MODE_CELT : config >= 12 ? MODE_HYBRID : MODE_SILK;
}

/**
 * Reads what {@link PacketInfo} says of the packet `bytes[from, to)`, which holds `streams` elementary
 * streams, all but the last self-delimited.
 *
 * Only the first bytes of each stream are read. `to` may lie before the packet's end when just its
 * beginning is at hand (`whole: false`): then duration and mode are those of the first stream.
 */
export function packetInfo(
  bytes: Uint8Array,
  from: number,
  to: number,
  streams = 1,
  whole = true,
): PacketInfo {
  const samples = packetSamples(bytes, from, to);
  if (samples === 0) return { samples, mode: MODE_CELT, empty: false, steady: false, valid: false };
  let mode = MODE_CELT;
  let steady = true;
  let empty = false;
  let at = from;
  for (let stream = 0; stream < streams; stream++) {
    if (at >= to) return { samples, mode, empty, steady: false, valid: !whole };
    mode = Math.max(mode, tocMode(bytes[at] as number));
    const frames = readFrames(bytes, at, to, stream < streams - 1);
    if (frames === undefined) return { samples, mode, empty, steady: false, valid: !whole };
    if (packetSamples(bytes, at, to) !== samples) {
      return { samples, mode, empty, steady: false, valid: false };
    }
    empty = empty || frames.shortest <= 1;
    steady = steady && isSteady(bytes, at, frames);
    at = frames.end;
  }
  return { samples, mode, empty, steady, valid: true };
}

/** Duration of the packet at `from` by its first two bytes, in 48 kHz samples; 0 if they make no sense. */
export function packetSamples(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to) return 0;
  const toc = bytes[from] as number;
  const code = toc & 3;
  let frames = code === 0 ? 1 : 2;
  if (code === 3) {
    if (from + 1 >= to) return 0;
    frames = (bytes[from + 1] as number) & 63;
  }
  const samples = frames * frameSamples(toc);
  return samples <= MAX_PACKET_SAMPLES ? samples : 0;
}

function isSteady(bytes: Uint8Array, from: number, frames: Frames): boolean {
  const toc = bytes[from] as number;
  if (tocMode(toc) !== MODE_CELT) return false;
  const { firstFrom, firstTo, lastFrom, lastTo } = frames;
  return isSteadyFrame(bytes, firstFrom, firstTo, toc) || isSteadyFrame(bytes, lastFrom, lastTo, toc);
}

// A frame of one byte or none is concealed, not decoded.
function isSteadyFrame(bytes: Uint8Array, from: number, to: number, toc: number): boolean {
  return to - from > 1 && !isTransient(bytes, from, to, toc);
}

/** No frame may be longer than this (RFC 6716 §3.4, R2). */
export const MAX_FRAME_BYTES = 1275;

interface Frames {
  /** Bytes of the shortest frame. */
  readonly shortest: number;
  /** Where the first frame lies, and the last. */
  readonly firstFrom: number;
  readonly firstTo: number;
  readonly lastFrom: number;
  readonly lastTo: number;
  /** Where the stream's packet ends. */
  readonly end: number;
}

/** Walks the frame lengths of one stream's packet as libopus does; undefined if it would refuse them. */
function readFrames(bytes: Uint8Array, from: number, to: number, selfDelimited: boolean): Frames | undefined {
  const code = (bytes[from] as number) & 3;
  const reader = { bytes, at: from + 1, to };
  if (code === 3) return readManyFrames(reader, selfDelimited);
  let first = 0;
  if (code === 2) {
    first = readLength(reader);
    if (first < 0) return undefined;
  }
  const delimited = selfDelimited ? readLength(reader) : -1;
  if (selfDelimited && delimited < 0) return undefined;
  const rest = to - reader.at;
  if (code === 0) return frames(reader, [selfDelimited ? delimited : rest], rest);
  if (code === 1) {
    if (!selfDelimited && rest % 2 !== 0) return undefined;
    const each = selfDelimited ? delimited : rest / 2;
    return frames(reader, [each, each], rest);
  }
  const second = selfDelimited ? delimited : rest - first;
  return frames(reader, [first, second], rest);
}

function frames(reader: Reader, lengths: readonly [number, number?], rest: number): Frames | undefined {
  const [first, second = 0] = lengths;
  const shortest = lengths.length === 1 ? first : Math.min(first, second);
  const total = first + second;
  if (shortest < 0 || total > rest || Math.max(first, second) > MAX_FRAME_BYTES) return undefined;
  const end = reader.at + total;
  const lastFrom = lengths.length === 1 ? reader.at : reader.at + first;
  return { shortest, firstFrom: reader.at, firstTo: reader.at + first, lastFrom, lastTo: end, end };
}

// Code 3: count byte |v|p|count (6)|, padding lengths, frame lengths if v, frames, padding.
function readManyFrames(reader: Reader, selfDelimited: boolean): Frames | undefined {
  const { bytes, to } = reader;
  if (reader.at >= to) return undefined;
  const countByte = bytes[reader.at++] as number;
  const count = countByte & 63;
  let padding = 0;
  if (countByte & 0x40) {
    for (let value = 255; value === 255; ) {
      if (reader.at >= to) return undefined;
      value = bytes[reader.at++] as number;
      padding += value === 255 ? 254 : value;
    }
  }
  let shortest = Number.POSITIVE_INFINITY;
  let known = 0;
  let first = -1;
  if (countByte & 0x80) {
    for (let i = 0; i < count - 1; i++) {
      const length = readLength(reader);
      if (length < 0) return undefined;
      shortest = Math.min(shortest, length);
      if (first < 0) first = length;
      known += length;
    }
  }
  const variable = (countByte & 0x80) !== 0;
  const delimited = selfDelimited ? readLength(reader) : -1;
  if (selfDelimited && delimited < 0) return undefined;
  const rest = to - reader.at - padding;
  if (rest < 0) return undefined;
  if (!variable && !selfDelimited && rest % count !== 0) return undefined;
  const last = selfDelimited ? delimited : variable ? rest - known : rest / count;
  const total = variable ? known + last : last * count;
  if (last < 0 || last > MAX_FRAME_BYTES || total > rest) return undefined;
  const firstFrom = reader.at;
  const firstTo = firstFrom + (first < 0 ? last : first);
  const lastTo = firstFrom + total;
  const all = { firstFrom, firstTo, lastFrom: lastTo - last, lastTo, end: lastTo + padding };
  return { shortest: Math.min(shortest, last), ...all };
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly to: number;
}

/** A frame length of one or two bytes (RFC 6716 §3.2.1); −1 past the end. */
function readLength(reader: Reader): number {
  if (reader.at >= reader.to) return -1;
  const first = reader.bytes[reader.at++] as number;
  if (first < 252) return first;
  if (reader.at >= reader.to) return -1;
  return 4 * (reader.bytes[reader.at++] as number) + first;
}
