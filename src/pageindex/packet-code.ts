/** What an index has to know of a packet, in 16 bits: there are millions of them. */
import { joined } from "../ogg/joined.js";
import {
  frameSamples,
  MAX_FRAME_BYTES,
  MODE_CELT,
  type PacketInfo,
  packetInfo,
  tocMode,
} from "../opus/toc.js";
import { isTransient } from "../opus/transient.js";

const EMPTY = 0x100;
const INVALID = 0x200;
const STEADY = 0x400;

/** Larger packets are refused (RFC 7845 §6 asks for 61,440 bytes a stream at least). */
export const MAX_PACKET_BYTES_PER_STREAM = 61_440;

/**
 * A packet in 16 bits: duration in units of 120 samples (bits 0–5), mode (6–7), empty (8), invalid (9),
 * steady (10).
 */
export function packetCode(info: PacketInfo): number {
  const state = info.valid ? (info.steady ? STEADY : 0) : INVALID;
  const flags = state | (info.empty ? EMPTY : 0);
  return (info.samples / 120) | (info.mode << 6) | flags;
}

/** What of a packet code does not tell its kind: duration, and whether it is steady. */
const NOT_KIND = 63 | STEADY;

/** Mode and flags of a packet code; packets of a kind follow each other by the thousand. */
export function codeKind(code: number): number {
  return code & ~NOT_KIND;
}

/** Duration of a packet code in 48 kHz samples. */
export function codeSamples(code: number): number {
  return (code & 63) * 120;
}

/** Coding mode of a packet code. */
export function codeMode(code: number): number {
  return (code >> 6) & 3;
}

/** Whether some frame of the packet is empty. */
export function codeEmpty(code: number): boolean {
  return (code & EMPTY) !== 0;
}

/** Whether libopus will refuse the packet. */
export function codeInvalid(code: number): boolean {
  return (code & INVALID) !== 0;
}

/** Whether the packet begins with a CELT frame that is no transient, in every stream. */
export function codeSteady(code: number): boolean {
  return (code & STEADY) !== 0;
}

/** Codes of packets of one frame that is not steady, by their TOC byte; 0 for packets of more. */
const ONE_FRAME_CODES: Uint16Array = Uint16Array.from({ length: 256 }, (_, toc) =>
  (toc & 3) === 0
    ? packetCode({ samples: frameSamples(toc), mode: tocMode(toc), empty: false, steady: false, valid: true })
    : 0,
);

/** The packet code of `bytes[from, to)`, which holds `streams` elementary streams. */
export function codeOf(bytes: Uint8Array, from: number, to: number, streams: number): number {
  const frameBytes = to - from - 1;
  if (streams === 1 && frameBytes > 1 && frameBytes <= MAX_FRAME_BYTES) {
    // Nearly all packets are of one frame: what `packetInfo` would say of them, in a tenth of the time.
    const toc = bytes[from] as number;
    const code = ONE_FRAME_CODES[toc] as number;
    if (code !== 0)
      return code >> 6 === MODE_CELT && !isTransient(bytes, from + 1, to, toc) ? code | STEADY : code;
  }
  const info = packetInfo(bytes, from, to, streams);
  const tooLong = to - from > MAX_PACKET_BYTES_PER_STREAM * streams;
  return packetCode(tooLong ? { ...info, valid: false } : info);
}

/** The packet code of a whole packet put together from its pieces. */
export function joinedCode(pieces: readonly Uint8Array[], streams: number): number {
  const whole = joined(pieces);
  return codeOf(whole, 0, whole.length, streams);
}
