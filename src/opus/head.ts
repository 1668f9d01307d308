/**
 * The identification header of an Ogg Opus stream (RFC 7845 §5.1).
 *
 * ```
 *  0           8    9   10      12          16     18  19
 * +-----------+----+---+-------+-----------+------+---+------------------------------+
 * |"OpusHead" | v  | c |preskip| input Hz  | gain | f | streams coupled table[c]     |
 * +-----------+----+---+-------+-----------+------+---+------------------------------+
 *                                                       last part only where f != 0
 * ```
 */
import { formatError } from "../errors.js";

/** How coded streams make up output channels. */
export interface ChannelMapping {
  /** 0: mono or stereo; 1: surround, Vorbis order; 2 and 3: ambisonics; 255: discrete channels. */
  readonly family: number;
  /** Elementary streams in each packet. */
  readonly streams: number;
  /** How many of them are coupled (stereo). */
  readonly coupled: number;
  /** For each output channel the decoded channel it takes; 255 is silence. */
  readonly table: readonly number[];
}

/** What an OpusHead packet says. */
export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz to drop from the start of the decoder's output. */
  readonly preSkip: number;
  /** Rate of the sound before it was encoded, in Hz, 0 if not told; metadata only. */
  readonly inputSampleRate: number;
  /** Gain to apply, in 1/256 dB (Q7.8). */
  readonly outputGainQ8: number;
  readonly mapping: ChannelMapping;
}

/** True if `bytes` begin with the magic of an OpusHead. */
export function isOpusHead(bytes: Uint8Array): boolean {
  return startsWith(bytes, "OpusHead");
}

/** Whether `bytes` start with the ASCII characters of `magic`. */
export function startsWith(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

/**
 * Parses an OpusHead packet.
 *
 * @throws {OpusZarrError} of kind `format` on another version, no channels, or a mapping that names
 * streams which are not there
 */
export function parseOpusHead(bytes: Uint8Array): OpusHead {
  if (!isOpusHead(bytes) || bytes.length < 19) {
    throw formatError(`OpusHead: expected "OpusHead" and 19 bytes or more, got ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(8);
  if (version >> 4 !== 0) throw formatError(`OpusHead: expected version 0 to 15, got ${version}`);
  const channels = view.getUint8(9);
  if (channels === 0) throw formatError("OpusHead: expected at least 1 channel, got 0");
  return {
    channels,
    preSkip: view.getUint16(10, true),
    inputSampleRate: view.getUint32(12, true),
    outputGainQ8: view.getInt16(16, true),
    mapping: parseMapping(view, channels),
  };
}

function parseMapping(view: DataView, channels: number): ChannelMapping {
  const family = view.getUint8(18);
  if (family === 0) {
    if (channels > 2) throw formatError(`OpusHead: mapping family 0 has 1 or 2 channels, got ${channels}`);
    return { family, streams: 1, coupled: channels - 1, table: channels === 1 ? [0] : [0, 1] };
  }
  if (family === 3) {
    throw formatError("OpusHead: mapping family 3 (ambisonics with a demixing matrix) is not supported");
  }
  if (view.byteLength < 21 + channels) {
    throw formatError(
      `OpusHead: expected ${21 + channels} bytes for ${channels} channels, got ${view.byteLength}`,
    );
  }
  const streams = view.getUint8(19);
  const coupled = view.getUint8(20);
  if (streams === 0 || coupled > streams || streams + coupled > 255) {
    throw formatError(
      `OpusHead: expected 1 or more streams and no more coupled ones, got ${streams} and ${coupled}`,
    );
  }
  const table: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const from = view.getUint8(21 + channel);
    if (from !== 255 && from >= streams + coupled) {
      throw formatError(
        `OpusHead: channel ${channel} comes from ${from}, of ${streams + coupled} decoded channels`,
      );
    }
    table.push(from);
  }
  return { family, streams, coupled, table };
}

/** Builds an OpusHead packet, the inverse of {@link parseOpusHead}. */
export function buildOpusHead(head: OpusHead): Uint8Array {
  const { channels, mapping } = head;
  const bytes = new Uint8Array(mapping.family === 0 ? 19 : 21 + channels);
  bytes.set(new TextEncoder().encode("OpusHead"));
  const view = new DataView(bytes.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, channels);
  view.setUint16(10, head.preSkip, true);
  view.setUint32(12, head.inputSampleRate, true);
  view.setInt16(16, head.outputGainQ8, true);
  view.setUint8(18, mapping.family);
  if (mapping.family !== 0) {
    view.setUint8(19, mapping.streams);
    view.setUint8(20, mapping.coupled);
    bytes.set(mapping.table, 21);
  }
  return bytes;
}
