/**
 * Cuts an Ogg Opus stream to an exact number of samples while it passes by.
 *
 * A resampler's output is a sample longer or shorter than the sound it was given; so the encoder is fed a
 * little silence more than there is sound, and the true end is set here, once it is known (RFC 7845 §4.4).
 */
import { formatError } from "../errors.js";
import { joined } from "../ogg/joined.js";
import { buildPage } from "../ogg/mux.js";
import { MAX_PAGE_BYTES, PAGE_EOS, PAGE_HEADER_BYTES, type Page, readPage } from "../ogg/page.js";
import { parseOpusHead } from "../opus/head.js";

/** How a stream is to be cut. */
export interface TrimOptions {
  /** Duration of every packet, in 48 kHz samples. */
  readonly packetSamples: number;
  /** No more than this is cut off, in 48 kHz samples. */
  readonly maxCutSamples: number;
  /**
   * Tells how many samples are to be left, once the stream has ended.
   *
   * @param total samples of the stream as it came
   */
  targetSamples(total: number): Promise<number>;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly page: Page;
  /** Granule position of the page before. */
  readonly startGranule: number;
}

/**
 * Passes on the pages of a stream, the last of them cut.
 *
 * @param chunks bytes of one logical Ogg Opus stream, cut anywhere
 * @throws {OpusZarrError} of kind `format` where they are not whole pages
 */
export async function* trimEnd(
  chunks: AsyncIterable<Uint8Array>,
  options: TrimOptions,
): AsyncGenerator<Uint8Array> {
  const held: Held[] = [];
  let granule = 0;
  let preSkip = 0;
  let count = 0;
  for await (const { bytes, page } of pagesOf(chunks)) {
    if (count++ === 0) preSkip = parseOpusHead(bytes.subarray(page.headerSize)).preSkip;
    held.push({ bytes, page, startGranule: granule });
    if (page.granule >= 0) granule = page.granule;
    const sure = granule - options.maxCutSamples;
    while (held[0] !== undefined && held[0].page.granule < sure) yield (held.shift() as Held).bytes;
  }
  const target = preSkip + (await options.targetSamples(Math.max(0, granule - preSkip)));
  for (const each of held) {
    if (!holdsEnd(each, target)) yield each.bytes;
    else {
      yield cutPage(each, target, options.packetSamples);
      return;
    }
  }
}

function holdsEnd(held: Held, target: number): boolean {
  // Head pages have granule 0 and are passed on whole.
  return held.page.granule >= target && held.page.granule > 0;
}

/** The page without the packets that begin at `target` or later, marked as the stream's last. */
function cutPage({ bytes, page, startGranule }: Held, target: number, packetSamples: number): Uint8Array {
  const needed = Math.max(1, Math.ceil((target - startGranule) / packetSamples));
  const lacing = bytes.subarray(PAGE_HEADER_BYTES, page.headerSize);
  const kept: number[] = [];
  let packets = 0;
  let size = 0;
  for (const length of lacing) {
    if (packets === needed) break;
    kept.push(length);
    size += length;
    if (length < 255) packets++;
  }
  return buildPage({
    flags: page.flags | PAGE_EOS,
    granule: target,
    serial: page.serial,
    sequence: page.sequence,
    lacing: kept,
    parts: [bytes.subarray(page.headerSize, page.headerSize + size)],
  });
}

/** Whole pages of a stream of bytes. */
async function* pagesOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly page: Page }> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : joined([rest, chunk]);
    for (let page = readPage(rest, 0); page !== undefined; page = readPage(rest, 0)) {
      yield { bytes: rest.subarray(0, page.size), page };
      rest = rest.subarray(page.size);
    }
    if (rest.length >= MAX_PAGE_BYTES) break;
  }
  if (rest.length > 0) throw formatError(`expected whole Ogg pages, got ${rest.length} bytes besides`);
}
