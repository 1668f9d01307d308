/** The packets of a batch: found on its pages, each with its decoded position. */
import { OpusZarrError } from "../errors.js";
import { readPackets } from "../ogg/packets.js";
import { type Page, readPage } from "../ogg/page.js";
import { packetSamples } from "../opus/toc.js";
import { MAX_PACKET_SAMPLES } from "../units.js";
import type { DecodeTask } from "./task.js";

/** A packet and where it belongs. */
export interface PlacedPacket {
  readonly bytes: Uint8Array;
  /** Decoded position of its first sample, at 48 kHz. */
  readonly pos: number;
  /** 48 kHz samples, by its TOC. */
  readonly samples: number;
}

/**
 * The packets to decode, in order: from the first of the pre-roll to the last that holds something wanted.
 *
 * @param bytes the batch's pages
 * @throws {OpusZarrError} of kind `format` when the pages do not hold the packets that the index promises
 */
export function batchPackets(bytes: Uint8Array, task: DecodeTask): PlacedPacket[] {
  const packets = placePackets(bytes, task);
  const end = packets.findIndex((packet) => packet.pos >= task.toPos);
  return packets.slice(firstPacket(packets, task), end < 0 ? packets.length : end);
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
