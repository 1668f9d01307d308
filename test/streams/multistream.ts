/** Multistream packets out of packets of mono and stereo streams (RFC 6716 appendix B). */
import type { ChannelMapping } from "../../src/opus/head.js";
import type { OpusStream } from "./stream.js";

/**
 * A packet with the length that self-delimiting adds: that of the last frame (codes 0, 2 and 3 with
 * lengths) or of every frame (codes 1 and 3 without), just before the frames.
 */
export function selfDelimited(packet: Uint8Array): Uint8Array {
  const toc = packet[0] ?? 0;
  const code = toc & 3;
  let header = 1;
  let length = packet.length - 1;
  if (code === 1) length /= 2;
  if (code === 2) {
    const first = lengthAt(packet, 1);
    header += first.size;
    length -= first.size + first.value;
  }
  if (code === 3) ({ header, length } = manyFrames(packet));
  const out = [...packet.subarray(0, header), ...lengthBytes(length), ...packet.subarray(header)];
  return Uint8Array.from(out);
}

function manyFrames(packet: Uint8Array): { header: number; length: number } {
  const count = packet[1] ?? 0;
  if (count & 0x40) throw new Error("padding is not expected in these fixtures");
  const frames = count & 63;
  let header = 2;
  if ((count & 0x80) === 0) return { header, length: (packet.length - header) / frames };
  let known = 0;
  for (let i = 0; i < frames - 1; i++) {
    const one = lengthAt(packet, header);
    header += one.size;
    known += one.value;
  }
  return { header, length: packet.length - header - known };
}

function lengthAt(packet: Uint8Array, at: number): { size: number; value: number } {
  const first = packet[at] ?? 0;
  return first < 252 ? { size: 1, value: first } : { size: 2, value: first + 4 * (packet[at + 1] ?? 0) };
}

function lengthBytes(length: number): number[] {
  if (length < 252) return [length];
  const first = 252 + (length & 3);
  return [first, (length - first) / 4];
}

/** A part of a multistream: a mono or stereo stream, begun at one of its packets and gone round. */
export interface Part {
  readonly stream: OpusStream;
  readonly from: number;
}

/**
 * Joins streams of the same packet duration, stereo ones first.
 *
 * @param parts which streams, from which packet on
 * @param packets how many packets the result has
 * @param mapping family and table; streams are counted here
 */
export function multistream(
  parts: readonly Part[],
  packets: number,
  mapping: Pick<ChannelMapping, "family" | "table">,
): OpusStream {
  const coupled = parts.filter((part) => part.stream.head.channels === 2).length;
  const joined = Array.from({ length: packets }, (_, i) =>
    concat(
      parts.map(({ stream, from }, s) => {
        const packet = stream.packets[(from + i) % stream.packets.length] ?? new Uint8Array();
        return s < parts.length - 1 ? selfDelimited(packet) : packet;
      }),
    ),
  );
  const head = {
    channels: mapping.table.length,
    preSkip: 312,
    inputSampleRate: 48_000,
    outputGainQ8: 0,
    mapping: { ...mapping, streams: parts.length, coupled },
  };
  return { head, packets: joined };
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
