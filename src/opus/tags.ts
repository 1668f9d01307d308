/**
 * The comment header of an Ogg Opus stream (RFC 7845 §5.2).
 *
 * ```
 * "OpusTags" | vendor length u32 | vendor | count u32 | count × (length u32 | "NAME=value")
 * ```
 */
import { startsWith } from "./head.js";

/** What an OpusTags packet says. */
export interface OpusTags {
  readonly vendor: string;
  /** In file order, names as written: names may repeat. */
  readonly comments: readonly (readonly [name: string, value: string])[];
  /** False where lengths or counts pointed past the end: what came before is kept. */
  readonly complete: boolean;
}

/** One comment longer than this (1 MiB) is not kept: a picture, not a word about the recording. */
const MAX_COMMENT_BYTES = 1 << 20;

/** True if `bytes` begin with the magic of an OpusTags. */
export function isOpusTags(bytes: Uint8Array): boolean {
  return startsWith(bytes, "OpusTags");
}

/** Parses an OpusTags packet; counts and lengths are never trusted, damage ends the list early. */
export function parseOpusTags(bytes: Uint8Array): OpusTags {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const comments: [string, string][] = [];
  let at = 8;
  const field = (): Uint8Array | undefined => {
    if (at + 4 > bytes.length) return undefined;
    const length = view.getUint32(at, true);
    if (length > bytes.length - at - 4) return undefined;
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  const vendorBytes = field();
  if (vendorBytes === undefined || at + 4 > bytes.length) return { vendor: "", comments, complete: false };
  const vendor = text.decode(vendorBytes);
  const count = view.getUint32(at, true);
  at += 4;
  for (let i = 0; i < count; i++) {
    const comment = field();
    if (comment === undefined) return { vendor, comments, complete: false };
    if (comment.length > MAX_COMMENT_BYTES) continue;
    const line = text.decode(comment);
    const equals = line.indexOf("=");
    if (equals > 0) comments.push([line.slice(0, equals), line.slice(equals + 1)]);
  }
  return { vendor, comments, complete: true };
}

/** Builds an OpusTags packet, the inverse of {@link parseOpusTags}. */
export function buildOpusTags(tags: Pick<OpusTags, "vendor" | "comments">): Uint8Array {
  const text = new TextEncoder();
  const fields = [
    text.encode(tags.vendor),
    ...tags.comments.map(([name, value]) => text.encode(`${name}=${value}`)),
  ];
  const bytes = new Uint8Array(12 + fields.reduce((sum, f) => sum + 4 + f.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(text.encode("OpusTags"));
  let at = 8;
  fields.forEach((f, i) => {
    view.setUint32(at, f.length, true);
    bytes.set(f, at + 4);
    at += 4 + f.length;
    if (i === 0) {
      view.setUint32(at, tags.comments.length, true);
      at += 4;
    }
  });
  return bytes;
}
