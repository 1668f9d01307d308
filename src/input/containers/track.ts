/** Opus inside another container: its packets as they stand, and how to write them to Ogg. */
import { pageWriter } from "../../ogg/mux.js";
import { buildOpusHead, type OpusHead } from "../../opus/head.js";
import { buildOpusTags } from "../../opus/tags.js";
import { packetSamples } from "../../opus/toc.js";
import { OPUS_RATE_HZ } from "../../units.js";

/** An Opus track found in a container. */
export interface OpusTrack {
  readonly container: "matroska" | "mp4" | "caf";
  readonly head: OpusHead;
  readonly comments: readonly (readonly [name: string, value: string])[];
  /** The packets in order; to be read once. Damage ends or skips, and is noted in `warnings`. */
  packets(): AsyncIterable<Uint8Array>;
  /**
   * Samples to be played, at 48 kHz, pre-skip not counted; undefined where the container leaves no trace
   * of it. Asked once the packets have been read.
   *
   * @param decoded samples of all packets
   */
  playedSamples(decoded: number): number | undefined;
  /** What was found damaged so far. */
  readonly warnings: readonly string[];
}

/** Messages, each once. */
export interface Warnings {
  readonly list: readonly string[];
  add(message: string): void;
}

/** More different messages than this say nothing new. */
const MAX_WARNINGS = 12;

/** Opens a list of messages. */
export function warningList(): Warnings {
  const list: string[] = [];
  return {
    list,
    add(message) {
      if (list.length < MAX_WARNINGS && !list.includes(message)) list.push(message);
    },
  };
}

/** The container is damaged or made otherwise than these parsers know: let ffmpeg try. */
export class UnreadableTrack extends Error {
  override readonly name: string = "UnreadableTrack";
}

/** A page holds about a second, as most encoders write it (RFC 7845 §4 recommends no more). */
const PAGE_SAMPLES = OPUS_RATE_HZ;
/** Lacing values in a page. */
const MAX_LACINGS = 255;
const SERIAL = 0;

/**
 * Writes a track's packets to an Ogg Opus stream, byte for byte as they were; only pages are new.
 *
 * @param signal ends it early
 */
export async function* remux(track: OpusTrack, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const writer = pageWriter(SERIAL);
  const head = { granule: 0, flush: true };
  yield* writer.push({ bytes: buildOpusHead(track.head), ...head });
  yield* writer.push({ bytes: buildOpusTags({ vendor: "opus-zarr", comments: track.comments }), ...head });
  let granule = 0;
  let pageStart = 0;
  let lacings = 0;
  let held: Uint8Array | undefined;
  // One packet is held back: the last one gets the granule position that cuts its end.
  for await (const bytes of track.packets()) {
    signal?.throwIfAborted();
    if (held !== undefined) {
      granule += packetSamples(held, 0, held.length);
      lacings += lacingsOf(held);
      const flush = granule - pageStart >= PAGE_SAMPLES || lacings + lacingsOf(bytes) > MAX_LACINGS;
      yield* writer.push({ bytes: held, granule, flush });
      if (flush) {
        pageStart = granule;
        lacings = 0;
      }
    }
    held = bytes;
  }
  if (held === undefined) return;
  const end = granule + packetSamples(held, 0, held.length);
  yield* writer.push({ bytes: held, granule: endGranule(track, granule, end), flush: false });
  yield* writer.end();
}

/** Only the last packet's samples can be cut: what a container cuts off before it is kept. */
function endGranule(track: OpusTrack, lastStart: number, end: number): number {
  const played = track.playedSamples(end);
  if (played === undefined) return end;
  return Math.max(Math.min(track.head.preSkip + played, end), lastStart + 1);
}

function lacingsOf(packet: Uint8Array): number {
  return Math.floor(packet.length / 255) + 1;
}

/** True for packets that may stand in an Opus stream: not empty, and of a duration. */
export function isOpusPacket(bytes: Uint8Array): boolean {
  return packetSamples(bytes, 0, bytes.length) > 0;
}
