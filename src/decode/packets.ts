/** The packets of a batch: found on its pages, each with its decoded position. */
import { OpusZarrError } from "../errors.js";
import { walkPackets } from "../ogg/packets.js";
import { type Page, readPage } from "../ogg/page.js";
import { packetSamples } from "../opus/toc.js";
import { MAX_PACKET_SAMPLES } from "../units.js";
import type { DecodeTask } from "./task.js";

/** A packet and where it belongs. */
export interface PlacedPacket {
  /** It is `source[from, to)`. */
  readonly source: Uint8Array;
  readonly from: number;
  readonly to: number;
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
  const placed: PlacedPacket[] = [];
  const leading: PlacedPacket[] = [];
  let on = -1;
  let pos = 0;
  let list = placed;
  walkPackets(bytes, pages, (source, from, to, page, afterGap) => {
    if (page !== on) {
      on = page;
      // A first page that begins inside a packet: its position is that of the packet's beginning, which is not here.
      list = page === 0 && afterGap ? leading : placed;
      pos = list === leading ? 0 : (positions[page] as number);
    }
    const samples = packetSamples(source, from, to);
    list.push({ source, from, to, pos, samples });
    pos += samples;
  });
  return [...countedBack(leading, positions), ...placed];
}

/**
 * Packets of the first page, counted back from where the next page's begin; none where that cannot be: they lie
 * before everything that is wanted.
 */
function countedBack(leading: readonly PlacedPacket[], positions: readonly number[]): PlacedPacket[] {
  if (leading.length === 0) return [];
  const [known, next] = positions as [number, number];
  const start = next - leading.reduce((sum, { samples }) => sum + samples, 0);
  if (!(start > known && start <= known + MAX_PACKET_SAMPLES)) return [];
  return leading.map((packet) => ({ ...packet, pos: start + packet.pos }));
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
