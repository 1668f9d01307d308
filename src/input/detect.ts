/** What a file is, by its first bytes; its name is not looked at. */
import { fourCc } from "../metadata/text.js";
import { findCapture, PAGE_BOS, readPage } from "../ogg/page.js";
import { isOpusHead, startsWith } from "../opus/head.js";

/** What kinds of files are told apart. */
export type InputFormat =
  | "ogg-opus"
  | "ogg-vorbis"
  | "ogg-flac"
  | "ogg-other"
  | "wav"
  | "rf64"
  | "flac"
  | "mp3"
  | "mp4"
  | "matroska"
  | "caf"
  | "text"
  | "empty"
  | "unknown";

/** How many bytes {@link detectFormat} wants to see: enough for the first pages of multiplexed streams. */
export const DETECT_BYTES = 65_536;

/**
 * Tells what a file is.
 *
 * @param bytes its first bytes, {@link DETECT_BYTES} of them if there are as many
 * @example
 * ```ts
 * detectFormat(new TextEncoder().encode("fLaC\0\0\0\x22")); // "flac"
 * ```
 */
export function detectFormat(bytes: Uint8Array): InputFormat {
  if (bytes.length === 0) return "empty";
  if (startsWith(bytes, "OggS")) return detectOgg(bytes);
  const at = startsWith(bytes, "ID3") ? endOfId3(bytes) : 0;
  const magic = fourCc(bytes, at);
  if ((magic === "RIFF" || magic === "RF64" || magic === "BW64") && fourCc(bytes, at + 8) === "WAVE") {
    return magic === "RIFF" ? "wav" : "rf64";
  }
  if (magic === "fLaC") return "flac";
  if (magic === "caff") return "caf";
  if (fourCc(bytes, at + 4) === "ftyp") return "mp4";
  if (magic === "\x1aE\xdf\xa3") return "matroska";
  if (at > 0 || isMpegFrame(bytes)) return "mp3";
  // A file whose start is damaged, or that carries a foreign head: pages are found wherever they begin.
  const page = findCapture(bytes, 0, bytes.length);
  if (page !== -1 && detectOgg(bytes.subarray(page)) === "ogg-opus") return "ogg-opus";
  return isText(bytes) ? "text" : "unknown";
}

/** Streams multiplexed in one file all begin on its first pages (RFC 3533 §4); Opus goes before others. */
function detectOgg(bytes: Uint8Array): InputFormat {
  let found: InputFormat = "ogg-other";
  for (let at = 0; ; ) {
    const page = readPage(bytes, at);
    if (page === undefined || (page.flags & PAGE_BOS) === 0) return found;
    const payload = bytes.subarray(at + page.headerSize, at + page.size);
    if (isOpusHead(payload)) return "ogg-opus";
    if (found === "ogg-other") {
      if (startsWith(payload, "\x01vorbis")) found = "ogg-vorbis";
      else if (startsWith(payload, "\x7fFLAC")) found = "ogg-flac";
    }
    at += page.size;
  }
}

/** Where an ID3v2 tag at the start ends: its size stands in four bytes of seven bits. */
function endOfId3(bytes: Uint8Array): number {
  let size = 0;
  for (let i = 6; i < 10; i++) size = size * 128 + ((bytes[i] ?? 0) & 127);
  return 10 + size;
}

/** A frame header of MPEG-1, -2 or -2.5 audio, layers I to III: sync, no reserved value. */
function isMpegFrame(bytes: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return version !== 1 && layer !== 0 && third >> 4 !== 15 && ((third >> 2) & 3) !== 3;
}

/** UTF-8 without control characters but those of lines; a kilobyte is enough to tell. */
function isText(bytes: Uint8Array): boolean {
  const some = bytes.subarray(0, 1024);
  const isPlain = (b: number): boolean => (b >= 0x20 && b !== 0x7f) || (b >= 0x09 && b <= 0x0d);
  if (!some.every(isPlain)) return false;
  try {
    // A stream: its last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(some, { stream: true });
    return true;
  } catch {
    return false;
  }
}
