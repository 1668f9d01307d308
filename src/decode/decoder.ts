/** What a packet decoder is, whoever implements it. */
import type { ChannelMapping } from "../opus/head.js";

/** What a decoder is made for; decoders of equal layouts are interchangeable. */
export interface DecoderLayout {
  readonly channels: number;
  readonly mapping: Pick<ChannelMapping, "streams" | "coupled" | "table">;
  /** Output rate that libopus knows, in Hz: 8,000, 12,000, 16,000, 24,000 or 48,000. */
  readonly sampleRateHz: number;
}

/** Decodes one stream's packets in order; an owned resource. */
export interface PacketDecoder {
  /** Library and version, as it stands in results: decoders of different builds differ in the last bits. */
  readonly name: string;
  /**
   * Decodes `bytes[from, to)`.
   *
   * @returns samples per channel; 0 if the packet is refused
   */
  decode(bytes: Uint8Array, from: number, to: number): number;
  /**
   * What the last `decode` gave: channel `c` stands at `output[c × samples, (c + 1) × samples)`.
   * Overwritten by the next call.
   */
  readonly output: Float32Array;
  /** Forgets everything: as a new decoder. */
  reset(): void;
  /** Forgets everything, for a start in the middle of a stream: what came before is not known. */
  beginAnywhere(): void;
  /** Whether, since `beginAnywhere`, the state has become that of a decode from the stream's start, bit for bit. */
  readonly settled: boolean;
  /** Whether a packet broke it: it decodes nothing any more, and another has to be opened. */
  readonly broken: boolean;
  close(): void;
}

/** A text that is equal for interchangeable layouts. */
export function layoutKey(layout: DecoderLayout): string {
  const { streams, coupled, table } = layout.mapping;
  return `${layout.sampleRateHz}/${layout.channels}/${streams}/${coupled}/${table.join(",")}`;
}
