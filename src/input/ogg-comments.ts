/** The comments of an Ogg Opus stream, from its first pages. */
import { joined } from "../ogg/joined.js";
import { findCapture, PAGE_BOS, PAGE_CONTINUED, PAGE_HEADER_BYTES, readPage } from "../ogg/page.js";
import { isOpusHead } from "../opus/head.js";
import { isOpusTags, parseOpusTags } from "../opus/tags.js";

/** Comments that begin later than this are not looked for, nor kept beyond: 4 MiB. */
export const MAX_COMMENT_BYTES: number = 1 << 22;

/** What the first bytes of a stream tell. */
export interface OggComments {
  readonly comments: readonly (readonly [name: string, value: string])[];
  /** Whether more bytes would tell more. */
  readonly complete: boolean;
}

/**
 * Reads the comments of the first Opus stream in a file.
 *
 * @param bytes the file's first bytes
 */
export function readOggComments(bytes: Uint8Array): OggComments {
  const parts: Uint8Array[] = [];
  let serial: number | undefined;
  for (let at = Math.max(0, findCapture(bytes, 0, bytes.length)); ; ) {
    const page = readPage(bytes, at);
    if (page === undefined) return parsed(parts, bytes.length >= MAX_COMMENT_BYTES);
    const payload = bytes.subarray(at + page.headerSize, at + page.size);
    at += page.size;
    if ((page.flags & PAGE_BOS) !== 0) {
      if (serial === undefined && isOpusHead(payload)) serial = page.serial;
      continue;
    }
    if (page.serial !== serial) continue;
    if (parts.length > 0 !== ((page.flags & PAGE_CONTINUED) !== 0)) return parsed(parts, true);
    const lacing = bytes.subarray(page.at + PAGE_HEADER_BYTES, page.at + page.headerSize);
    const last = lacing.findIndex((length) => length < 255);
    const size = (last === -1 ? lacing : lacing.subarray(0, last + 1)).reduce((sum, n) => sum + n, 0);
    parts.push(payload.subarray(0, size));
    if (last !== -1) return parsed(parts, true);
  }
}

function parsed(parts: readonly Uint8Array[], complete: boolean): OggComments {
  const packet = joined(parts);
  if (!complete || !isOpusTags(packet)) return { comments: [], complete };
  return { comments: parseOpusTags(packet).comments, complete };
}
