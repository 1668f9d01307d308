/** Where each packet of a file belongs, by what the file was made of: nothing of the index is used. */
import { readPackets } from "../../src/ogg/packets.js";
import { isOpusHead } from "../../src/opus/head.js";
import { isOpusTags } from "../../src/opus/tags.js";
import { packetInfo } from "../../src/opus/toc.js";
import type { TestStream } from "./fixtures.js";
import { durations, sum } from "./stream.js";

/** An audio packet of a file. */
export interface PlacedPacket {
  readonly bytes: Uint8Array;
  readonly page: number;
  /** Decoded position, in 48 kHz samples from the file's first, pre-skip included. */
  readonly pos: number;
  readonly mode: number;
  readonly samples: number;
  readonly valid: boolean;
  readonly link: number;
}

/** The audio packets of a file, found again by their bytes in what the file was made of. */
export function placedPackets(stream: TestStream): PlacedPacket[] {
  const packets: PlacedPacket[] = [];
  const read = readPackets(stream.bytes);
  let link = -1;
  let serial = -1;
  let linkStart = 0;
  let next = 0;
  let pos = 0;
  for (const [i, { bytes, page, serial: of }] of read.entries()) {
    if (isOpusHead(bytes)) {
      const before = stream.sources[link];
      if (before !== undefined) linkStart += sum(durations(before));
      link++;
      serial = of;
      next = 0;
      pos = linkStart;
    }
    const source = stream.sources[link];
    if (of !== serial || source === undefined || isOpusHead(bytes) || isOpusTags(bytes)) continue;
    // Packets of silence are alike: all that is left of the page has to follow.
    const rest = read.slice(i, i + 256).filter((p) => p.page === page && p.serial === of);
    const samples = durations(source);
    while (
      !rest.every((p, k) => Buffer.compare(source.packets[next + k] ?? new Uint8Array(), p.bytes) === 0)
    ) {
      pos += samples[next++] ?? Number.NaN;
      if (next >= source.packets.length) throw new Error(`packet ${i} is not in the source`);
    }
    const info = packetInfo(bytes, 0, bytes.length, source.head.mapping.streams);
    packets.push({ bytes, page, pos, link, mode: info.mode, samples: info.samples, valid: info.valid });
    pos += samples[next++] ?? Number.NaN;
  }
  return packets;
}
