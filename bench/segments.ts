/** Segments that the measurements ask for, the same on every run. */
import type { SampleRange } from "../dist/index.js";

const RATE_HZ = 48_000;

/** Numbers in (0, 1), the same ones every time: the minimal standard generator of Park and Miller (1988), revised. */
export function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Segments of some seconds, anywhere in `[fromSeconds, toSeconds)`. */
export function randomRanges(
  count: number,
  seconds: number,
  within: { readonly fromSeconds: number; readonly toSeconds: number },
): SampleRange[] {
  const random = randomNumbers();
  const { fromSeconds, toSeconds } = within;
  const span = (toSeconds - fromSeconds - seconds) * RATE_HZ;
  return Array.from({ length: count }, () => {
    const startSample = Math.floor(fromSeconds * RATE_HZ + random() * span);
    return { startSample, endSample: startSample + seconds * RATE_HZ };
  });
}

/** A stretch of a recording that is all of it. */
export function all(recording: { readonly durationSeconds: number }): {
  readonly fromSeconds: number;
  readonly toSeconds: number;
} {
  return { fromSeconds: 0, toSeconds: recording.durationSeconds };
}

/** Windows of some seconds from 0 on, one every `hopSeconds`, as many as fit into `seconds`. */
export function windows(seconds: number, windowSeconds: number, hopSeconds: number): SampleRange[] {
  const count = Math.floor((seconds - windowSeconds) / hopSeconds) + 1;
  return Array.from({ length: count }, (_, i) => {
    const startSample = Math.round(i * hopSeconds * RATE_HZ);
    return { startSample, endSample: startSample + windowSeconds * RATE_HZ };
  });
}
