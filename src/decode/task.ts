/** A batch as a task: what whoever decodes it is told, and what it tells in the end. Plain data. */
import type { DecoderLayout } from "./decoder.js";

/** Where a stretch of decoded audio goes. */
export interface Target {
  /** Decoded positions `[fromPos, toPos)` at 48 kHz. */
  readonly fromPos: number;
  readonly toPos: number;
  /** Decoded position at which the segment's first sample stands: `fromPos`, or before it. */
  readonly originPos: number;
  /** Element of the output at which that sample of the first channel goes. */
  readonly element: number;
  /** Elements from one channel to the next. */
  readonly channelStride: number;
}

/** A batch, for whoever decodes it; plain data. */
export interface DecodeTask {
  readonly recording: string;
  readonly layout: DecoderLayout;
  readonly serial: number;
  /**
   * Where each page starts in the batch's bytes, and the decoded position that the index gives it; one more
   * position, of the page after the last, where there is one.
   */
  readonly pageOffsets: Float64Array;
  readonly pagePositions: Float64Array;
  readonly anchorPos: number;
  readonly prerollSamples: number;
  readonly fresh: boolean;
  /** A decoder that can tell has to be settled before the first sample that is wanted. */
  readonly exact: boolean;
  readonly fromPos: number;
  readonly toPos: number;
  /** Factor that the output gain asks for; 1 for none. */
  readonly gain: number;
  /** Channels to keep, in order; undefined for all. */
  readonly channels: readonly number[] | undefined;
  /** Channels are averaged to one. */
  readonly mono: boolean;
  readonly targets: readonly Target[];
  /** Shared memory that all batches write to. */
  readonly output: Float32Array | Int16Array;
}

/** What a batch took. */
export interface DecodeOutcome {
  readonly decoder: string;
  /** Whether it has been decoded; false where it has to be exact and the pre-roll was too short for that. */
  readonly settled: boolean;
  readonly decodedSamples: number;
  /** Samples decoded before the first that was wanted. */
  readonly prerollSamples: number;
  /** Decoded positions of packets that the decoder refused. */
  readonly refused: readonly { readonly start: number; readonly end: number }[];
}
