/** Opus in MP4, plain and fragmented ("Encapsulation of Opus in ISO Base Media File Format"). */
import { buildOpusHead, type OpusHead, parseOpusHead } from "../../opus/head.js";
import { OPUS_RATE_HZ } from "../../units.js";
import type { ByteSource } from "../../source/byte-source.js";
import { boxesIn, boxesOf, findBox, viewOf } from "./boxes.js";
import { fragmentSamples, type SampleDefaults } from "./mp4-fragments.js";
import { type SampleTable, sampleTable, tableSamples } from "./mp4-samples.js";
import { isOpusPacket, type OpusTrack, UnreadableTrack, warningList } from "./track.js";
import { windowed } from "./window.js";

/** A larger movie box is not read: 64 MiB hold the tables of 90 hours. */
const MAX_MOVIE_BYTES = 1 << 26;

/** Where a packet lies. */
export interface SamplePlace {
  readonly offset: number;
  readonly size: number;
  /** In the track's time scale. */
  readonly duration: number;
}

/**
 * Finds the first Opus track of an MP4 file.
 *
 * @returns the track, or null where the file has none
 */
export async function openMp4(file: ByteSource): Promise<OpusTrack | null> {
  const source = windowed(file);
  for await (const box of boxesOf(source)) {
    if (box.type !== "moov") continue;
    if (box.end > source.byteLength || box.end - box.start > MAX_MOVIE_BYTES) {
      throw new UnreadableTrack("movie box cut short or too large");
    }
    const movie = await source.read(box.start, box.end);
    for (const { type, payload } of boxesIn(movie)) {
      const track = type === "trak" ? readTrack(payload) : null;
      if (track !== null) return mp4Track(source, movie, track);
    }
    return null;
  }
  return null;
}

interface Track {
  readonly id: number;
  readonly head: OpusHead;
  readonly timescale: number;
  readonly edit: Edit | undefined;
  readonly table: SampleTable;
}

/** The part of a track that is played: from `mediaTime`, in its time scale, for `duration` of the movie's. */
interface Edit {
  readonly mediaTime: number;
  readonly duration: number;
}

function readTrack(trak: Uint8Array): Track | null {
  const description = findBox(trak, ["mdia", "minf", "stbl", "stsd"]);
  const head = description === undefined ? null : readDescription(description);
  if (head === null) return null;
  const header = findBox(trak, ["tkhd"]);
  const media = findBox(trak, ["mdia", "mdhd"]);
  const table = findBox(trak, ["mdia", "minf", "stbl"]);
  if (header === undefined || media === undefined || table === undefined) return null;
  const long = (bytes: Uint8Array): boolean => bytes[0] === 1;
  const timescale = viewOf(media).getUint32(long(media) ? 20 : 12);
  const list = findBox(trak, ["edts", "elst"]);
  return {
    id: viewOf(header).getUint32(long(header) ? 20 : 12),
    head,
    timescale,
    edit: list === undefined ? undefined : readEdit(list),
    table: sampleTable(table),
  };
}

/** `stsd`: version and flags u32 | count u32 | entries; an Opus entry has 28 bytes before its boxes. */
function readDescription(stsd: Uint8Array): OpusHead | null {
  for (const { type, payload } of boxesIn(stsd, 8)) {
    const config = type === "Opus" ? findBox(payload.subarray(28), ["dOps"]) : undefined;
    if (config !== undefined) return readConfig(config);
  }
  return null;
}

/** `dOps`: as OpusHead, but big-endian and without magic. */
function readConfig(config: Uint8Array): OpusHead {
  const view = viewOf(config);
  const family = view.getUint8(10);
  const head = {
    channels: view.getUint8(1),
    preSkip: view.getUint16(2),
    inputSampleRate: view.getUint32(4),
    outputGainQ8: view.getInt16(8),
  };
  const mapping =
    family === 0
      ? { family, streams: 1, coupled: 0, table: [] }
      : {
          family,
          streams: view.getUint8(11),
          coupled: view.getUint8(12),
          table: [...config.subarray(13, 13 + head.channels)],
        };
  // Through the bytes of an OpusHead, so that the same checks hold.
  return parseOpusHead(buildOpusHead({ ...head, mapping }));
}

/** The edit of a list with just one that is not empty; others cut and paste, which packets cannot. */
function readEdit(elst: Uint8Array): Edit | undefined {
  const view = viewOf(elst);
  const long = elst[0] === 1;
  const count = Math.min(view.getUint32(4), Math.floor((elst.length - 8) / (long ? 20 : 12)));
  const edits: Edit[] = [];
  for (let i = 0; i < count; i++) {
    const at = 8 + i * (long ? 20 : 12);
    const duration = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const mediaTime = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (mediaTime >= 0) edits.push({ mediaTime, duration });
  }
  if (edits.length > 1) throw new UnreadableTrack("an edit list of several parts");
  return edits[0];
}

function mp4Track(source: ByteSource, movie: Uint8Array, track: Track): OpusTrack {
  const warnings = warningList();
  const to48k = (ticks: number, scale: number): number => Math.round((ticks * OPUS_RATE_HZ) / scale);
  const header = findBox(movie, ["mvhd"]);
  const movieScale = header === undefined ? 0 : viewOf(header).getUint32(header[0] === 1 ? 20 : 12);
  const start = track.edit === undefined ? track.head.preSkip : to48k(track.edit.mediaTime, track.timescale);
  const head = { ...track.head, preSkip: start <= 65_535 ? start : track.head.preSkip };
  let ticks = 0;
  return {
    container: "mp4",
    head,
    comments: [],
    warnings: warnings.list,
    playedSamples: (decoded) => {
      // The last packet's duration in the table leaves out what is cut from its end.
      const tabled = Math.min(decoded, to48k(ticks, track.timescale)) - head.preSkip;
      if (track.edit === undefined || track.edit.duration === 0 || movieScale === 0) return tabled;
      const edited = to48k(track.edit.duration, movieScale);
      // An edit's duration is rounded to the movie's time scale, often 1 ms: the table is finer.
      return Math.abs(edited - tabled) * movieScale <= OPUS_RATE_HZ ? tabled : Math.min(edited, tabled);
    },
    async *packets() {
      let bytes = 0;
      for await (const { offset, size, duration } of places(source, movie, track)) {
        // Packets that lie upon each other would make a long stream of a small file.
        bytes += size;
        if (bytes > source.byteLength) {
          warnings.add("packets lie upon each other: the rest was left out");
          return;
        }
        const packet = await source.read(offset, offset + size);
        if (packet.length < size) {
          warnings.add(`cut short at byte ${offset}`);
          return;
        }
        if (isOpusPacket(packet)) {
          ticks += duration;
          yield packet;
        } else warnings.add("a packet without duration was left out");
      }
    },
  };
}

async function* places(source: ByteSource, movie: Uint8Array, track: Track): AsyncGenerator<SamplePlace> {
  yield* tableSamples(track.table);
  let defaults: SampleDefaults | undefined;
  for (const { type, payload } of boxesIn(findBox(movie, ["mvex"]) ?? new Uint8Array(0))) {
    if (type !== "trex" || viewOf(payload).getUint32(4) !== track.id) continue;
    defaults = { duration: viewOf(payload).getUint32(12), size: viewOf(payload).getUint32(16) };
  }
  if (defaults !== undefined) yield* fragmentSamples(source, track.id, defaults);
}
