/** The sequential decode that extraction is compared with: every packet, in order, by opus-decoder's public API. */
import { OpusDecoder } from "opus-decoder";
import type { Link, PageIndex } from "../../src/pageindex/page-index.js";
import type { PlacedPacket } from "../streams/placed.js";

/** A recording decoded as a whole. */
export interface SequentialDecode {
  /** One array a channel: the playable samples, 0 where data is lost. */
  readonly channels: readonly Float32Array[];
  /** Whether each sample was decoded: false where data is lost or refused. */
  readonly heard: Uint8Array;
}

/**
 * Decodes all packets in order, with a fresh decoder for each link, and puts the samples where the packets
 * belong.
 *
 * @param packets of all links
 * @param index for heads, pre-skips and lengths of the links
 * @param sampleRate one of libopus's own
 */
export async function sequentialDecode(
  packets: readonly PlacedPacket[],
  index: PageIndex,
  sampleRate: 8_000 | 12_000 | 16_000 | 24_000 | 48_000 = 48_000,
): Promise<SequentialDecode> {
  const ratio = 48_000 / sampleRate;
  const parts: SequentialDecode[] = [];
  for (const [number, link] of index.links.entries()) {
    parts.push(await decodeLink(packets, { number, link, ratio }));
  }
  const channels = Math.min(...parts.map((part) => part.channels.length));
  return {
    channels: Array.from({ length: channels }, (_, c) =>
      joined(parts.map((part) => part.channels[c] as Float32Array)),
    ),
    heard: Uint8Array.from(parts.flatMap((part) => [...part.heard])),
  };
}

async function decodeLink(
  packets: readonly PlacedPacket[],
  of: { readonly number: number; readonly link: Link; readonly ratio: number },
): Promise<SequentialDecode> {
  const { link, ratio } = of;
  const { channels, mapping, outputGainQ8, preSkip } = link.head;
  const decoder = new OpusDecoder({
    sampleRate: (48_000 / ratio) as 48_000,
    channels,
    streamCount: mapping.streams,
    coupledStreamCount: mapping.coupled,
    channelMappingTable: [...mapping.table],
  });
  await decoder.ready;
  // The first sample of this rate that is played, and one past the last.
  const first = Math.ceil(preSkip / ratio);
  const end = Math.ceil((preSkip + link.totalSamples) / ratio);
  const out = Array.from({ length: channels }, () => new Float32Array(end - first));
  const heard = new Uint8Array(end - first);
  const gain = 10 ** (outputGainQ8 / 256 / 20);
  for (const packet of packets.filter((p) => p.link === of.number)) {
    const { channelData, samplesDecoded } = quietly(() => decoder.decodeFrame(packet.bytes));
    const at = (packet.pos - link.startPos) / ratio - first;
    const from = Math.max(0, -at);
    const to = Math.min(samplesDecoded, end - first - at);
    for (let i = from; i < to; i++) {
      for (let c = 0; c < channels; c++) {
        (out[c] as Float32Array)[at + i] = ((channelData[c] as Float32Array)[i] as number) * gain;
      }
      heard[at + i] = 1;
    }
  }
  decoder.free();
  return { channels: out, heard };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// The decoder writes to the console for each packet that libopus refuses.
function quietly<T>(work: () => T): T {
  const { error } = console;
  console.error = () => {};
  try {
    return work();
  } finally {
    console.error = error;
  }
}
