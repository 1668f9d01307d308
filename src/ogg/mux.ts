/** Packets into Ogg pages: for streams that we write ourselves (remuxing, decoder feeds, generators). */
import {
  MAX_SEGMENTS,
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
  const lacing = new Uint8Array(MAX_SEGMENTS);
  let segments = 0;
  let parts: Uint8Array[] = [];
  let granule = NO_GRANULE;
  let continued = false;
  let next = sequence;

  const emit = (goesOn: boolean, last: boolean): Uint8Array => {
    const flags = (continued ? PAGE_CONTINUED : 0) | (next === 0 ? PAGE_BOS : 0) | (last ? PAGE_EOS : 0);
    const header = { flags, granule, serial, sequence: next++ };
    const page = buildPage({ ...header, lacing: lacing.subarray(0, segments), parts });
    segments = 0;
    parts = [];
    granule = NO_GRANULE;
    continued = goesOn;
    return page;
  };

  return {
    push(packet) {
      const pages: Uint8Array[] = [];
      const length = packet.bytes.length;
      let at = 0;
      // Lacing values of 255, then one below 255 that ends the packet: 0 after a multiple of 255.
      for (let left = Math.floor(length / 255) + 1; left > 0; ) {
        if (segments === MAX_SEGMENTS) pages.push(emit(at > 0, false));
        const run = Math.min(left, MAX_SEGMENTS - segments);
        const end = run === left ? length : at + run * 255;
        lacing.fill(255, segments, segments + run);
        segments += run;
        left -= run;
        if (left === 0) lacing[segments - 1] = length % 255;
        parts.push(packet.bytes.subarray(at, end));
        at = end;
      }
      granule = packet.granule;
      if (packet.flush) pages.push(emit(false, false));
      return pages;
    },
    end: () => [emit(false, true)],
  };
}

/** What a page is built of. */
export interface PageParts {
  readonly flags: number;
  /** In 48 kHz samples, −1 where no packet completes on the page. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  /** At most 255 lacing values, which sum up to the bytes of `parts`. */
  readonly lacing: ArrayLike<number>;
  /** The payload, in pieces. */
  readonly parts: readonly Uint8Array[];
}

/** Builds one page, checksum included. */
export function buildPage(page: PageParts): Uint8Array {
  const headerSize = PAGE_HEADER_BYTES + page.lacing.length;
  const bytes = new Uint8Array(page.parts.reduce((sum, part) => sum + part.length, headerSize));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4f676753); // "OggS"
  view.setUint8(5, page.flags);
  view.setBigInt64(6, BigInt(page.granule), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  view.setUint8(26, page.lacing.length);
  bytes.set(page.lacing, PAGE_HEADER_BYTES);
  let at = headerSize;
  for (const part of page.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return sealPage(bytes);
}
