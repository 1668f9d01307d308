/**
 * Opus in Apple's Core Audio Format.
 *
 * ```
 * "caff" | version u16 | flags u16 | chunk: type (4) | size i64 | payload | chunk …
 * desc: rate f64 | "opus" | flags u32 | bytes a packet u32 | frames a packet u32 | channels u32 | bits u32
 * pakt: packets i64 | valid frames i64 | priming i32 | remainder i32 | sizes and frames, 7 bits a byte
 * ```
 */
import { fourCc } from "../../metadata/text.js";
import { buildOpusHead, isOpusHead, type OpusHead, parseOpusHead } from "../../opus/head.js";
import { OPUS_RATE_HZ } from "../../units.js";
import type { ByteSource } from "../../source/byte-source.js";
import { viewOf } from "./boxes.js";
import { isOpusPacket, type OpusTrack, warningList } from "./track.js";
import { windowed } from "./window.js";

interface Chunks {
  desc?: Uint8Array;
  kuki?: Uint8Array;
  pakt?: Uint8Array;
  info?: Uint8Array;
  /** First byte of the packets, and the byte after them. */
  data?: { readonly start: number; readonly end: number };
}

/** A larger packet table is not read: 64 MiB hold 180 hours. */
const MAX_CHUNK_BYTES = 1 << 26;

/**
 * Finds the Opus track of a CAF file.
 *
 * @returns the track, or null where its sound is of another kind or has no packet table
 */
export async function openCaf(file: ByteSource): Promise<OpusTrack | null> {
  const source = windowed(file);
  const { desc, kuki, pakt, info, data } = await readChunks(source);
  if (desc === undefined || desc.length < 32 || fourCc(desc, 8) !== "opus" || data === undefined) return null;
  const view = viewOf(desc);
  const rateHz = view.getFloat64(0);
  const fixedBytes = view.getUint32(16);
  const table = pakt === undefined || pakt.length < 24 ? undefined : pakt;
  if (table === undefined && fixedBytes === 0) return null;
  const to48k = (frames: number): number =>
    Math.round((frames * OPUS_RATE_HZ) / (rateHz > 0 ? rateHz : OPUS_RATE_HZ));
  const priming = table === undefined ? 0 : to48k(Math.max(0, viewOf(table).getInt32(16)));
  const valid = table === undefined ? undefined : to48k(Number(viewOf(table).getBigInt64(8)));
  const warnings = warningList();
  return {
    container: "caf",
    head: headOf(kuki, view.getUint32(24), priming),
    comments: info === undefined ? [] : readInfo(info),
    warnings: warnings.list,
    playedSamples: () => (valid !== undefined && valid > 0 ? valid : undefined),
    async *packets() {
      const frames = view.getUint32(20);
      let at = data.start;
      for (const size of packetSizes({ table, fixedBytes, frames }, data.end - data.start)) {
        if (at + size > data.end) {
          warnings.add(`cut short at byte ${at}`);
          return;
        }
        const packet = await source.read(at, at + size);
        at += size;
        if (isOpusPacket(packet)) yield packet;
        else warnings.add("a packet without duration was left out");
      }
    },
  };
}

async function readChunks(source: ByteSource): Promise<Chunks> {
  const chunks: Chunks = {};
  for (let at = 8; at + 12 <= source.byteLength; ) {
    const head = await source.read(at, at + 12);
    const type = fourCc(head, 0);
    const size = Number(viewOf(head).getBigInt64(4));
    const start = at + 12;
    // −1: the samples of a file that was not closed reach to its end.
    const end = size < 0 ? source.byteLength : Math.min(start + size, source.byteLength);
    if (type === "data") chunks.data ??= { start: Math.min(start + 4, end), end };
    else if (
      (type === "desc" || type === "kuki" || type === "pakt" || type === "info") &&
      end - start <= MAX_CHUNK_BYTES
    )
      chunks[type] ??= await source.read(start, end);
    at = end;
  }
  return chunks;
}

function headOf(kuki: Uint8Array | undefined, channels: number, preSkip: number): OpusHead {
  if (kuki !== undefined && isOpusHead(kuki)) return parseOpusHead(kuki);
  const mapping = { family: 0, streams: 1, coupled: channels - 1, table: [] };
  const inputSampleRate = OPUS_RATE_HZ;
  return parseOpusHead(
    buildOpusHead({
      channels,
      preSkip: Math.min(preSkip, 65_535),
      inputSampleRate,
      outputGainQ8: 0,
      mapping,
    }),
  );
}

interface PacketTable {
  readonly table: Uint8Array | undefined;
  /** Bytes of every packet; 0 where they differ and stand in the table. */
  readonly fixedBytes: number;
  /** Frames of every packet; 0 where they differ and stand in the table. */
  readonly frames: number;
}

function* packetSizes({ table, fixedBytes, frames }: PacketTable, dataBytes: number): Generator<number> {
  if (table === undefined || fixedBytes > 0) {
    for (let at = 0; at + fixedBytes <= dataBytes; at += fixedBytes) yield fixedBytes;
    return;
  }
  const count = Number(viewOf(table).getBigInt64(0));
  let at = 24;
  const number = (): number => {
    let value = 0;
    for (let more = true; more && at < table.length; at++) {
      value = value * 128 + ((table[at] as number) & 127);
      more = (table[at] as number) > 127;
    }
    return value;
  };
  for (let i = 0; i < count && at < table.length; i++) {
    yield number();
    if (frames === 0) number();
  }
}

/** `info`: count u32, then names and values, each ended by NUL. */
function readInfo(info: Uint8Array): [string, string][] {
  const strings = new TextDecoder().decode(info.subarray(4)).split("\0");
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < strings.length; i += 2) {
    const name = strings[i] ?? "";
    if (name !== "" && !name.includes("=")) found.push([name, strings[i + 1] ?? ""]);
  }
  return found;
}
