/** Damage to pages, with the samples that it costs. */
import { buildPage } from "../../src/ogg/mux.js";
import { PAGE_BOS, PAGE_EOS } from "../../src/ogg/page.js";
import { durations, type OpusStream, type TestPage } from "./stream.js";

/** Playable samples `[startSample, endSample)`. */
export interface LostSamples {
  readonly startSample: number;
  readonly endSample: number;
}

/** What happens to a page: gone, a payload bit flipped, its capture pattern spoilt, or bytes before it. */
export type Damage = "drop" | "flip" | "capture" | "junk before";

/** Pages with damage done to some of them, by their number. */
export function damaged(pages: readonly TestPage[], damage: Readonly<Record<number, Damage>>): TestPage[] {
  return pages.flatMap((page, i) => {
    const kind = damage[i];
    if (kind === undefined) return [page];
    if (kind === "drop") return [];
    const bytes = page.bytes.slice();
    if (kind === "junk before") return [{ ...page, bytes: Uint8Array.from([...JUNK, ...bytes]) }];
    const at = kind === "flip" ? bytes.length - 7 : 1;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    return [{ ...page, bytes }];
  });
}

// "OggS" among them: what looks like a page is not one yet.
const JUNK = [...new TextEncoder().encode("between pages OggS\0\0 nothing of worth OggOggS"), 0, 255, 7];

/** The samples of packets with bytes on pages that are lost: a packet that spans pages needs them all. */
export function lostSamples(
  stream: OpusStream,
  pages: readonly TestPage[],
  damage: Readonly<Record<number, Damage>>,
): LostSamples[] {
  const lost = new Set<number>();
  pages.forEach((page, i) => {
    const [first, end] = page.packets;
    if (damage[i] !== undefined && damage[i] !== "junk before")
      for (let packet = first; packet < end; packet++) lost.add(packet);
  });
  const ranges: { startSample: number; endSample: number }[] = [];
  let pos = -stream.head.preSkip;
  durations(stream).forEach((samples, packet) => {
    const last = ranges.at(-1);
    if (lost.has(packet) && last?.endSample === pos) last.endSample += samples;
    else if (lost.has(packet)) ranges.push({ startSample: Math.max(0, pos), endSample: pos + samples });
    pos += samples;
  });
  return ranges;
}

/** Pages of another logical stream of no known codec, `count` of them. */
export function foreignPages(serial: number, count: number): TestPage[] {
  return Array.from({ length: count }, (_, sequence) => {
    const flags = sequence === 0 ? PAGE_BOS : sequence === count - 1 ? PAGE_EOS : 0;
    const payload = Uint8Array.from({ length: 200 }, (_, i) => (i * 7 + sequence) & 255);
    const parts = [payload.subarray(0, 120), payload.subarray(120)];
    const lacing = parts.map((part) => part.length);
    const bytes = buildPage({ flags, granule: sequence * 1000, serial, sequence, lacing, parts });
    return { bytes, packets: [0, 0] as const };
  });
}

/** The pages of `others` spread among `pages`, their first one right after the first page. */
export function interleave(pages: readonly TestPage[], others: readonly TestPage[]): TestPage[] {
  const every = (pages.length - 1) / others.length;
  return pages.flatMap((page, i) => {
    const due = (n: number): number => Math.ceil(n / every);
    return [page, ...others.slice(due(i), due(i + 1))];
  });
}
