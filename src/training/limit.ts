/** Fewer windows where there are too many: of background in each split, of each class in the training split. */
import { shuffled } from "../random.js";
import { namedRandom } from "./random.js";

/** What limits look at. */
export interface LimitedWindow {
  readonly labels: readonly string[];
  readonly background: boolean;
  readonly split: string;
}

/** Windows of each class. */
export function classCounts(windows: readonly { readonly labels: readonly string[] }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { labels } of windows)
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/**
 * At most `cap` windows of each class: drawn at random, a window stays when none of its classes is full.
 *
 * @returns the windows that stay, in their order
 */
export function capClasses<T extends LimitedWindow>(windows: readonly T[], cap: number, seed: number): T[] {
  const counts = new Map<string, number>();
  const kept = new Set<T>();
  for (const window of shuffled(windows, namedRandom(seed, "cap"))) {
    if (window.labels.some((label) => (counts.get(label) ?? 0) >= cap)) continue;
    for (const label of window.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    kept.add(window);
  }
  return windows.filter((window) => kept.has(window));
}

/** At most `ratio` background windows for each labelled one, in each split, drawn at random. */
export function limitBackground<T extends LimitedWindow>(
  windows: readonly T[],
  ratio: number,
  seed: number,
): T[] {
  const dropped = new Set<T>();
  for (const split of new Set(windows.map((window) => window.split))) {
    const inSplit = windows.filter((window) => window.split === split);
    const background = inSplit.filter((window) => window.background);
    const most = Math.floor(ratio * (inSplit.length - background.length));
    const drawn = shuffled(background, namedRandom(seed, `background ${split}`));
    for (const window of drawn.slice(most)) dropped.add(window);
  }
  return windows.filter((window) => !dropped.has(window));
}
