/** Packets into Ogg pages: for streams that we write ourselves (remuxing, decoder feeds, generators). */
import {
  MAX_PAGE_BYTES,
  NO_GRANULE,
  PAGE_BOS,
  PAGE_CONTINUED,
  PAGE_EOS,
  PAGE_HEADER_BYTES,
  sealPage,
} from "./page.js";

/** One packet to be muxed. */
export interface MuxPacket {
  readonly bytes: Uint8Array;
  /** Granule position at the packet's end, in 48 kHz samples; 0 for header packets. */
  readonly granule: number;
  /** Ends its page, so that the next packet starts a fresh one (RFC 7845 §3 asks this of headers). */
  readonly flush: boolean;
}

/** Cuts packets into pages as they come; one logical stream. */
export interface PageWriter {
  /** Adds a packet and returns the pages that it completed. */
  push(packet: MuxPacket): Uint8Array[];
  /** Ends the stream: the remaining page, marked EOS. */
  end(): Uint8Array[];
}

/**
 * Opens a logical stream.
 *
 * @param serial the stream's serial number
 * @param sequence number of its first page, 0 unless a stream is continued
 */
export function pageWriter(serial: number, sequence = 0): PageWriter {
  let lacing: number[] = [];
  let parts: Uint8Array[] = [];
  let granule = NO_GRANULE;
  let continued = false;
  let next = sequence;

  const emit = (flags: number): Uint8Array => {
    const page = buildPage({ flags, granule, serial, sequence: next++, lacing, parts });
    lacing = [];
    parts = [];
    granule = NO_GRANULE;
    return page;
  };
  const flags = (last: boolean): number =>
    (continued ? PAGE_CONTINUED : 0) | (next === 0 ? PAGE_BOS : 0) | (last ? PAGE_EOS : 0);

  return {
    push(packet) {
      const pages: Uint8Array[] = [];
      let at = 0;
      for (;;) {
        if (lacing.length === 255) {
          pages.push(emit(flags(false)));
          continued = at > 0;
        }
        const length = Math.min(255, packet.bytes.length - at);
        lacing.push(length);
        parts.push(packet.bytes.subarray(at, at + length));
        at += length;
        if (length < 255) break;
      }
      granule = packet.granule;
      if (packet.flush) {
        pages.push(emit(flags(false)));
        continued = false;
      }
      return pages;
    },
    end: () => [emit(flags(true))],
  };
}

interface PageParts {
  readonly flags: number;
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  readonly lacing: readonly number[];
  readonly parts: readonly Uint8Array[];
}

/** Builds one page, checksum included. */
export function buildPage(page: PageParts): Uint8Array {
  const size = page.lacing.reduce((sum, n) => sum + n, PAGE_HEADER_BYTES + page.lacing.length);
  const bytes = new Uint8Array(Math.min(size, MAX_PAGE_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4f676753); // "OggS"
  view.setUint8(5, page.flags);
  view.setBigInt64(6, BigInt(page.granule), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  view.setUint8(26, page.lacing.length);
  bytes.set(page.lacing, PAGE_HEADER_BYTES);
  let at = PAGE_HEADER_BYTES + page.lacing.length;
  for (const part of page.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return sealPage(bytes);
}
