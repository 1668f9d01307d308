/** Segments that the measurements ask for, the same on every run. */

/** A segment in samples. */
export interface Range {
  readonly startSample: number;
  readonly endSample: number;
}

const RATE_HZ = 48_000;

/** Segments of some seconds, anywhere in `[fromSeconds, toSeconds)`. */
export function randomRanges(
  count: number,
  seconds: number,
  within: { readonly fromSeconds: number; readonly toSeconds: number },
): Range[] {
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const { fromSeconds, toSeconds } = within;
  const span = (toSeconds - fromSeconds - seconds) * RATE_HZ;
  return Array.from({ length: count }, () => {
    const startSample = Math.floor(fromSeconds * RATE_HZ + random() * span);
    return { startSample, endSample: startSample + seconds * RATE_HZ };
  });
}

/** Windows of some seconds from 0 on, one every `hopSeconds`, as many as fit into `seconds`. */
export function windows(seconds: number, windowSeconds: number, hopSeconds: number): Range[] {
  const count = Math.floor((seconds - windowSeconds) / hopSeconds) + 1;
  return Array.from({ length: count }, (_, i) => {
    const startSample = Math.round(i * hopSeconds * RATE_HZ);
    return { startSample, endSample: startSample + windowSeconds * RATE_HZ };
  });
}
