/** What decoding costs, for the planner to weigh. */

/** What a decoder's work costs, for the planner to weigh. */
export interface DecoderCosts {
  /** Setting a decoder on a new place, without the pre-roll, in seconds of wall time. */
  readonly startSeconds: number;
  /** Seconds of audio decoded in a second of wall time, by one worker. */
  readonly decodeRate: number;
}

/** Costs of the embedded decoder: measured, see docs/performance.md. */
export const LIBOPUS_COSTS: DecoderCosts = { startSeconds: 0.000_5, decodeRate: 280 };
/** Costs of an ffmpeg process a batch. */
export const FFMPEG_COSTS: DecoderCosts = { startSeconds: 0.16, decodeRate: 330 };
