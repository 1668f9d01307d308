/** Opus in Matroska and WebM (matroska.org, "Opus in Matroska"). */
import { buildOpusHead, isOpusHead, type OpusHead, parseOpusHead } from "../../opus/head.js";
import { OPUS_RATE_HZ } from "../../units.js";
import type { ByteSource } from "../../source/byte-source.js";
import { type Element, elementAt, elementsIn, readVint, signed, unsigned } from "./ebml.js";
import { isOpusPacket, type OpusTrack, UnreadableTrack, type Warnings, warningList } from "./track.js";
import { windowed } from "./window.js";

const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  codecDelay: 0x56aa,
  audio: 0xe1,
  channels: 0x9f,
  contentEncodings: 0x6d80,
  cluster: 0x1f43b675,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
  tags: 0x1254c367,
  tag: 0x7373,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagString: 0x4487,
} as const;

/** Masters that are walked through, not read whole: thus clusters of unknown size need no end. */
const OPENED: ReadonlySet<number> = new Set([ID.segment, ID.cluster, ID.blockGroup]);
/** Larger heads, tags and blocks are not read. */
const MAX_ELEMENT_BYTES = 1 << 22;

/**
 * Finds the first Opus track of a Matroska file.
 *
 * @returns the track, or null where the file has none
 */
export async function openMatroska(file: ByteSource): Promise<OpusTrack | null> {
  const source = windowed(file);
  const comments: [string, string][] = [];
  for await (const element of walk(source, 0, warningList())) {
    if (element.id === ID.tags) comments.push(...readTags(await payload(source, element)));
    if (element.id === ID.cluster) return null;
    if (element.id !== ID.tracks) continue;
    const entry = findOpus(await payload(source, element));
    if (entry === null) return null;
    return matroskaTrack(source, { entry, comments, at: element.end ?? element.start });
  }
  return null;
}

async function payload(source: ByteSource, element: Element): Promise<Uint8Array> {
  const end = Math.min(element.end ?? element.start, element.start + MAX_ELEMENT_BYTES);
  return source.read(element.start, end);
}

interface TrackEntry {
  readonly number: number;
  readonly head: OpusHead;
}

function findOpus(tracks: Uint8Array): TrackEntry | null {
  for (const { id, payload: entry } of elementsIn(tracks)) {
    if (id !== ID.trackEntry) continue;
    const fields = new Map([...elementsIn(entry)].map((each) => [each.id, each.payload]));
    const codec = new TextDecoder().decode(fields.get(ID.codecId));
    if (!codec.startsWith("A_OPUS")) continue;
    if (fields.has(ID.contentEncodings)) throw new UnreadableTrack("compressed or encrypted blocks");
    return { number: unsigned(fields.get(ID.trackNumber) ?? new Uint8Array(1)), head: headOf(fields) };
  }
  return null;
}

function headOf(fields: ReadonlyMap<number, Uint8Array>): OpusHead {
  const stored = fields.get(ID.codecPrivate);
  if (stored !== undefined && isOpusHead(stored)) return parseOpusHead(stored);
  // Early WebM files have none: one stream, pre-skip by the codec delay (in ns).
  const audio = fields.get(ID.audio) ?? new Uint8Array(0);
  const channels = [...elementsIn(audio)].find((each) => each.id === ID.channels);
  const delayNs = unsigned(fields.get(ID.codecDelay) ?? new Uint8Array(0));
  const count = channels === undefined ? 1 : unsigned(channels.payload);
  const mapping = { family: 0, streams: 1, coupled: count - 1, table: [0, 1].slice(0, count) };
  const preSkip = Math.min(65_535, Math.round((delayNs * OPUS_RATE_HZ) / 1e9));
  const head = { channels: count, preSkip, inputSampleRate: OPUS_RATE_HZ, outputGainQ8: 0, mapping };
  return parseOpusHead(buildOpusHead(head));
}

function readTags(tags: Uint8Array): [string, string][] {
  const found: [string, string][] = [];
  const text = new TextDecoder();
  for (const { id, payload: tag } of elementsIn(tags)) {
    if (id !== ID.tag) continue;
    for (const { id: inner, payload: simple } of elementsIn(tag)) {
      if (inner !== ID.simpleTag) continue;
      const fields = new Map([...elementsIn(simple)].map((each) => [each.id, each.payload]));
      const name = fields.get(ID.tagName);
      const value = fields.get(ID.tagString);
      if (name !== undefined && value !== undefined) found.push([text.decode(name), text.decode(value)]);
    }
  }
  return found.filter(([name]) => name !== "" && !name.includes("="));
}

interface Opened {
  readonly entry: TrackEntry;
  readonly comments: readonly (readonly [string, string])[];
  /** Byte after the track list. */
  readonly at: number;
}

function matroskaTrack(source: ByteSource, { entry, comments, at }: Opened): OpusTrack {
  const warnings = warningList();
  let discardNs = 0;
  return {
    container: "matroska",
    head: entry.head,
    comments,
    warnings: warnings.list,
    playedSamples: (decoded) =>
      decoded - entry.head.preSkip - Math.round((Math.max(0, discardNs) * OPUS_RATE_HZ) / 1e9),
    async *packets() {
      let ours = false;
      for await (const element of walk(source, at, warnings)) {
        if (element.id === ID.discardPadding && ours) discardNs = signed(await payload(source, element));
        if (element.id !== ID.simpleBlock && element.id !== ID.block) continue;
        const block = await payload(source, element);
        ours = readVint(block, 0)?.value === entry.number;
        if (!ours) continue;
        discardNs = 0;
        for (const packet of unlace(block, warnings)) {
          if (isOpusPacket(packet)) yield packet;
          else warnings.add("a packet without duration was left out");
        }
      }
    },
  };
}

/** Elements in file order, opened masters before what is in them; damage is skipped to the next cluster. */
async function* walk(source: ByteSource, from: number, warnings: Warnings): AsyncGenerator<Element> {
  for (let at = from; at < source.byteLength; ) {
    const element = await elementAt(source, at);
    if (element === undefined || !fits(element, source)) {
      const next = await findCluster(source, at + 1);
      const where = next === source.byteLength ? "nothing follows" : `the next cluster is at ${next}`;
      warnings.add(`no whole element at byte ${at}: ${where}`);
      at = next;
      continue;
    }
    yield element;
    at = OPENED.has(element.id) ? element.start : (element.end ?? source.byteLength);
  }
}

/** Only masters that are opened may be of unknown size or reach past the end of what is there. */
function fits(element: Element, source: ByteSource): boolean {
  return OPENED.has(element.id) || (element.end !== undefined && element.end <= source.byteLength);
}

const SEARCH_BYTES = 1 << 16;

async function findCluster(source: ByteSource, from: number): Promise<number> {
  for (let at = from; at < source.byteLength; at += SEARCH_BYTES) {
    const bytes = await source.read(at, at + SEARCH_BYTES + 3);
    for (let i = bytes.indexOf(0x1f); i !== -1 && i + 3 < bytes.length; i = bytes.indexOf(0x1f, i + 1)) {
      if (unsigned(bytes.subarray(i, i + 4)) === ID.cluster) return at + i;
    }
  }
  return source.byteLength;
}

/**
 * The packets of a block: `track vint | time i16 | flags u8 | lacing | frames`. Flags 0x06 tell the lacing:
 * none, Xiph (0x02), fixed size (0x04), EBML (0x06).
 */
function unlace(block: Uint8Array, warnings: Warnings): Uint8Array[] {
  const at = (readVint(block, 0)?.length ?? 0) + 3;
  const lacing = ((block[at - 1] ?? 0) >> 1) & 3;
  if (lacing === 0) return [block.subarray(at)];
  const count = (block[at] ?? 0) + 1;
  const laced = lacedSizes(block, at + 1, { lacing, count });
  if (laced === undefined) {
    warnings.add("a block with impossible lacing was left out");
    return [];
  }
  let from = laced.at;
  return laced.sizes.map((size) => {
    from += size;
    return block.subarray(from - size, from);
  });
}

function lacedSizes(
  block: Uint8Array,
  from: number,
  { lacing, count }: { lacing: number; count: number },
): { readonly sizes: readonly number[]; readonly at: number } | undefined {
  const sizes: number[] = [];
  let at = from;
  for (let i = 0; i < count - 1; i++) {
    let size = 0;
    if (lacing === 2) size = (block.length - from) / count;
    else if (lacing === 1) {
      while (block[at] === 255) size += block[at++] as number;
      size += block[at++] ?? 0;
    } else {
      const vint = readVint(block, at);
      if (vint === undefined) return undefined;
      at += vint.length;
      // After the first size come signed differences: half of the range taken off.
      size = i === 0 ? vint.value : (sizes[i - 1] ?? 0) + vint.value - (2 ** (7 * vint.length - 1) - 1);
    }
    if (!Number.isInteger(size) || size < 0) return undefined;
    sizes.push(size);
  }
  const last = block.length - at - sizes.reduce((sum, size) => sum + size, 0);
  if (last < 0) return undefined;
  return { sizes: [...sizes, last], at };
}
