/**
 * How far apart the band levels of two decoders can be that get the same packets, whatever they began with.
 *
 * A CELT frame sets the level of a band to α times the last frame's (or −9, if that is more), plus what the frame says,
 * so a difference shrinks by α, which depends on the frame's duration (RFC 6716 §4.3.2.1):
 *
 * | frame (ms) | 2.5   | 5     | 10    | 20  |
 * | ---------- | ----- | ----- | ----- | --- |
 * | α          | 0.898 | 0.797 | 0.648 | 0.5 |
 *
 * None of them is above ½ to the power of a twentieth of the milliseconds. Each decoder rounds five times a frame, to
 * half a unit in the last place of numbers below 64.
 */
import type { PacketInfo } from "../opus/toc.js";

/** Upper bounds of what levels differ by. */
export interface LevelBounds {
  /** Of the last frame. */
  readonly last: number;
  /** Of the last frame that was no transient, or lower ones since. */
  readonly steady: number;
  /** Of the one before that. */
  readonly steadyBefore: number;
}

/** One half to the power of a packet's samples over this is what differences shrink by at least. */
const HALVED_IN_SAMPLES = 960;
/** Two decoders round five times each. */
const FRAME_ROUNDING = 10 * 2 ** -19;
/** Of many frames in a packet, the first ones' rounding has shrunk by the last: it adds up to at most so many. */
const MOST_ROUNDINGS = 12;

/** The bounds that nothing is known of: two decoders with levels within `±level`. */
export function widestBounds(level: number): LevelBounds {
  return { last: 2 * level, steady: 2 * level, steadyBefore: 2 * level };
}

/**
 * The bounds after both decoders have decoded a packet of CELT frames.
 *
 * @param packet what its head says
 * @param frameSamples samples of its frames, 48 kHz: the shortest that any of its streams may have
 */
export function boundsAfter(
  bounds: LevelBounds,
  packet: Pick<PacketInfo, "samples" | "steady">,
  frameSamples: number,
): LevelBounds {
  const { samples, steady } = packet;
  const rounding = FRAME_ROUNDING * Math.min(MOST_ROUNDINGS, samples / frameSamples);
  const last = bounds.last * 2 ** (-samples / HALVED_IN_SAMPLES) + rounding;
  // A steady frame's levels replace those of the one before; through transients the lowest are kept.
  if (steady) return { last, steady: bounds.last, steadyBefore: bounds.steady };
  return { ...bounds, last };
}
