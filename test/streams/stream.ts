/** Opus streams as packets, and how the tests cut them into pages: also in ways in which no encoder would. */
import { buildPage } from "../../src/ogg/mux.js";
import { readPackets } from "../../src/ogg/packets.js";
import { NO_GRANULE, PAGE_BOS, PAGE_CONTINUED, PAGE_EOS } from "../../src/ogg/page.js";
import { buildOpusHead, type OpusHead, parseOpusHead } from "../../src/opus/head.js";
import { buildOpusTags } from "../../src/opus/tags.js";
import { packetSamples } from "../../src/opus/toc.js";

/** A head and its audio packets, free of pages. */
export interface OpusStream {
  readonly head: OpusHead;
  readonly packets: readonly Uint8Array[];
}

/** Takes an undamaged file of one stream apart. */
export function streamOf(file: Uint8Array): OpusStream {
  const [head, , ...audio] = readPackets(file);
  if (head === undefined) throw new Error("no packets");
  return { head: parseOpusHead(head.bytes), packets: audio.map((packet) => packet.bytes) };
}

/** 48 kHz samples of each packet, by its TOC. */
export function durations(stream: OpusStream): number[] {
  return stream.packets.map((packet) => packetSamples(packet, 0, packet.length));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

export interface PageOptions {
  readonly serial?: number;
  /** Packets a page, 50 by default. */
  readonly packetsPerPage?: number;
  /** Instead: lacing values a page, wherever packets begin and end. */
  readonly segmentsPerPage?: number;
  /** Granule position at the start of the first packet. */
  readonly initialGranule?: number;
  /** How the stream ends: its last page marked, not at all, or by a page of its own without packets. */
  readonly eos?: "marked" | "missing" | "empty page";
  /** Samples that the last granule position cuts off, 101 by default; without EOS nothing is cut. */
  readonly trim?: number;
}

/** One page, and which packets have bytes on it: `[first, end)`, counted without the headers. */
export interface TestPage {
  readonly bytes: Uint8Array;
  readonly packets: readonly [first: number, end: number];
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly packet: number;
  /** Set where the packet ends. */
  readonly granule: number | undefined;
}

/** Cuts a stream into pages: two with the headers, then the audio. */
export function pagesOf(stream: OpusStream, options: PageOptions = {}): TestPage[] {
  const serial = options.serial ?? 1;
  const eos = options.eos ?? "marked";
  const groups = grouped(segmentsOf(stream, options), options);
  const tags = buildOpusTags({ vendor: "test streams", comments: [] });
  const pages = [
    headerPage(buildOpusHead(stream.head), { serial, sequence: 0 }),
    headerPage(tags, { serial, sequence: 1 }),
  ];
  let continued = false;
  groups.forEach((segments, i) => {
    const last = i === groups.length - 1 && eos === "marked";
    const flags = (continued ? PAGE_CONTINUED : 0) | (last ? PAGE_EOS : 0);
    const granule = segments.filter((s) => s.granule !== undefined).at(-1)?.granule ?? NO_GRANULE;
    const lacing = segments.map((s) => s.bytes.length);
    const parts = segments.map((s) => s.bytes);
    const bytes = buildPage({ flags, granule, serial, sequence: pages.length, lacing, parts });
    pages.push({ bytes, packets: [segments[0]?.packet ?? 0, (segments.at(-1)?.packet ?? 0) + 1] });
    continued = segments.at(-1)?.granule === undefined;
  });
  if (eos === "empty page") {
    const granule = NO_GRANULE;
    const nil = { flags: PAGE_EOS, granule, serial, sequence: pages.length, lacing: [], parts: [] };
    pages.push({ bytes: buildPage(nil), packets: [stream.packets.length, stream.packets.length] });
  }
  return pages;
}

function headerPage(
  packet: Uint8Array,
  { serial, sequence }: { readonly serial: number; readonly sequence: number },
): TestPage {
  const lacing = [...new Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const flags = sequence === 0 ? PAGE_BOS : 0;
  return {
    bytes: buildPage({ flags, granule: 0, serial, sequence, lacing, parts: [packet] }),
    packets: [0, 0],
  };
}

function segmentsOf(stream: OpusStream, options: PageOptions): Segment[] {
  const segments: Segment[] = [];
  const trim = (options.eos ?? "marked") === "marked" ? (options.trim ?? 101) : 0;
  const samples = durations(stream);
  let granule = options.initialGranule ?? 0;
  stream.packets.forEach((bytes, packet) => {
    granule += samples[packet] ?? 0;
    const end = packet === stream.packets.length - 1 ? granule - trim : granule;
    for (let at = 0; at <= bytes.length; at += 255) {
      const part = bytes.subarray(at, at + 255);
      segments.push({ bytes: part, packet, granule: part.length < 255 ? end : undefined });
    }
  });
  return segments;
}

function grouped(segments: readonly Segment[], options: PageOptions): Segment[][] {
  const perPage = options.packetsPerPage ?? 50;
  const most = options.segmentsPerPage ?? 255;
  const groups: Segment[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    const pageFull =
      options.segmentsPerPage === undefined &&
      before?.granule !== undefined &&
      segment.packet % perPage === 0 &&
      before.packet !== segment.packet;
    if (group === undefined || group.length === most || pageFull) groups.push([segment]);
    else group.push(segment);
  }
  return groups;
}

/** Pages as one file. */
export function fileOf(pages: readonly TestPage[]): Uint8Array {
  const file = new Uint8Array(sum(pages.map((page) => page.bytes.length)));
  let at = 0;
  for (const { bytes } of pages) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
