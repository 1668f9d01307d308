/**
 * Files of which RFC 7845 leaves no doubt how long they are: every byte on a page, no page missing, each granule
 * position the sum of the packets before it. Whoever opens such a file has to find the same links and lengths.
 */
import { readPackets, readPages } from "../../src/ogg/packets.js";
import { NO_GRANULE, PAGE_BOS, PAGE_EOS, type Page } from "../../src/ogg/page.js";
import { isOpusHead, type OpusHead, parseOpusHead } from "../../src/opus/head.js";
import { isOpusTags } from "../../src/opus/tags.js";
import { packetInfo } from "../../src/opus/toc.js";

/** Playable samples of every link at 48 kHz; undefined where there is any doubt. */
export function plainLengths(bytes: Uint8Array): readonly number[] | undefined {
  const pages = readPages(bytes);
  let at = 0;
  for (const page of pages) {
    if (page.at !== at) return undefined;
    at += page.size;
  }
  if (at !== bytes.length) return undefined;
  const starts = pages.flatMap((page, i) => ((page.flags & PAGE_BOS) !== 0 ? [i] : []));
  if (starts[0] !== 0) return undefined;
  const serials = new Set(starts.map((start) => pages[start]?.serial));
  if (serials.size < starts.length) return undefined;
  const lengths: number[] = [];
  for (const [i, start] of starts.entries()) {
    const length = linkLength(bytes, pages.slice(start, starts[i + 1]));
    if (length === undefined) return undefined;
    lengths.push(length);
  }
  return lengths;
}

function linkLength(bytes: Uint8Array, pages: readonly Page[]): number | undefined {
  const packets = readPackets(bytes, pages);
  const [head, tags, ...audio] = packets;
  if (head === undefined || tags === undefined || audio.length === 0) return undefined;
  if (!isOpusHead(head.bytes) || !isOpusTags(tags.bytes)) return undefined;
  if (head.page !== 0 || !head.lastOnPage || !tags.lastOnPage) return undefined;
  const serial = pages[0]?.serial;
  if (pages.some((page) => page.serial !== serial) || packets.some(({ afterGap }) => afterGap))
    return undefined;
  const counted = new Map<number, number>();
  const known = parsedHead(head.bytes);
  if (known === undefined) return undefined;
  const { preSkip, mapping } = known;
  for (const { bytes: packet, page } of audio) {
    const { samples, valid } = packetInfo(packet, 0, packet.length, mapping.streams);
    if (!valid) return undefined;
    counted.set(page, (counted.get(page) ?? 0) + samples);
  }
  const played = granulesAgree(pages, tags.page, counted);
  return played === undefined || played < preSkip ? undefined : played - preSkip;
}

function parsedHead(bytes: Uint8Array): OpusHead | undefined {
  try {
    return parseOpusHead(bytes);
  } catch {
    return undefined;
  }
}

/** Samples from the first audio page's beginning to the last one's granule position, if all agree. */
function granulesAgree(
  pages: readonly Page[],
  tagsPage: number,
  counted: ReadonlyMap<number, number>,
): number | undefined {
  let begin: number | undefined;
  let last = 0;
  for (const [i, { granule, flags }] of pages.entries()) {
    const samples = counted.get(i);
    const eos = (flags & PAGE_EOS) !== 0;
    if (eos && i !== pages.length - 1) return undefined;
    if (i <= tagsPage) {
      if (granule !== 0 && !(granule === NO_GRANULE && i < tagsPage && i > 0)) return undefined;
    } else if (samples === undefined) {
      if (granule !== NO_GRANULE || eos) return undefined;
    } else {
      begin ??= granule - samples;
      const whole = (last || begin) + samples;
      const trimmed = eos && last > 0 && granule >= last && granule <= whole;
      if (begin < 0 || granule === NO_GRANULE || !(granule === whole || trimmed)) return undefined;
      last = granule;
    }
  }
  return begin === undefined ? undefined : last - begin;
}
