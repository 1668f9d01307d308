/** The index of an Ogg Opus file. */
import type { OpusHead } from "../opus/head.js";

/** One logical Opus stream of a file; more than one where streams are chained. */
export interface Link {
  /** Index of its first page. */
  readonly firstPage: number;
  /** Index of the page on which its first audio packet begins. */
  readonly firstAudioPage: number;
  readonly serial: number;
  /** Samples at 48 kHz that are decoded and dropped at its start. */
  readonly preSkip: number;
  /** Granule position at its start: above 0 in a live or cropped capture. */
  readonly initialGranule: number;
  /** Playable samples at 48 kHz. */
  readonly totalSamples: number;
  /** Decoded position of its first sample. */
  readonly startPos: number;
  readonly head: OpusHead;
}

/** Lost or unreadable data: bytes of the file, and the samples at 48 kHz that are missing for it. */
export interface Hole {
  readonly startByte: number;
  readonly endByte: number;
  /** Playable samples `[startSample, endSample)`; empty where nothing audible is lost. */
  readonly startSample: number;
  readonly endSample: number;
  readonly reason: string;
}

/** A half-open range of decoded positions. */
export interface PosRange {
  readonly start: number;
  readonly end: number;
}

/** Everything that finding samples in an Ogg Opus file takes. */
export interface PageIndex {
  readonly pages: number;
  readonly byteOffset: Float64Array;
  readonly pageSize: Float64Array;
  /**
   * Decoded position, in 48 kHz samples from the file's first decoded sample (pre-skip included), of the
   * first packet that completes on the page, or of the next to complete.
   */
  readonly samplePos: Float64Array;
  /** Decoded positions at which the coding mode changes. */
  readonly runPos: Float64Array;
  readonly runMode: Uint8Array;
  readonly links: readonly Link[];
  readonly holes: readonly Hole[];
  /** Decoded ranges with empty packets outside SILK runs: decoders conceal there with state kept for long. */
  readonly concealed: readonly PosRange[];
  /**
   * Decoded ranges through which CELT carries levels of frames that lie at their start, or longer ago than
   * usual: a decode that is to be exact from within has to be so from the start on. In order, some overlap.
   */
  readonly unsettled: readonly PosRange[];
  /** Playable samples at 48 kHz, all links together. */
  readonly totalSamples: number;
  /** Decoded position after the last packet. */
  readonly endPos: number;
}
