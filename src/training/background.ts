/** Windows of nothing: away from every annotation. */
import { countWhile } from "../bisect.js";
import { argumentError } from "../errors.js";
import { coveredSpan } from "./labels.js";
import { nearestSamples } from "./rational.js";
import { bySpan, type Span } from "./windows.js";

/** Windows without sound of interest, as a class of their own. */
export interface BackgroundOptions {
  /** Seconds that must lie between such a window and any annotation. Default 0. */
  readonly marginSeconds?: number | undefined;
  /** Their label. Default `"background"`; an empty text gives them none, as multi-label training wants it. */
  readonly label?: string | undefined;
  /** At most so many for each labelled window, in each split. No limit when absent. */
  readonly ratio?: number | undefined;
}

/** Checked options with their defaults. */
export interface BackgroundRule {
  readonly marginSeconds: number;
  readonly label: string;
  readonly ratio: number | undefined;
}

/** Checks background options once, at the edge. */
export function backgroundRule(options: BackgroundOptions): BackgroundRule {
  const { marginSeconds = 0, label = "background", ratio } = options;
  if (!Number.isFinite(marginSeconds) || marginSeconds < 0) {
    throw argumentError("marginSeconds", "seconds from 0", marginSeconds);
  }
  if (ratio !== undefined && !(Number.isFinite(ratio) && ratio >= 0)) {
    throw argumentError("ratio", "a number from 0", ratio);
  }
  return { marginSeconds, label, ratio };
}

/** The windows that keep the margin from every annotation. */
export function backgroundSpans<T extends Span>(
  windows: readonly T[],
  annotations: readonly Span[],
  { marginSeconds, sampleRate }: { readonly marginSeconds: number; readonly sampleRate: number },
): T[] {
  const taken = mergedSpans(annotations.map(coveredSpan), nearestSamples(marginSeconds, sampleRate));
  return windows.filter((window) => {
    const before = countWhile(taken.length, (i) => (taken[i] as Span).endSample <= window.startSample);
    const next = taken[before];
    return next === undefined || next.startSample >= window.endSample;
  });
}

/** Spans with a margin on both sides, merged where they meet, sorted. */
function mergedSpans(spans: readonly Span[], margin: number): Span[] {
  const merged: { startSample: number; endSample: number }[] = [];
  for (const { startSample, endSample } of [...spans].sort(bySpan)) {
    const last = merged.at(-1);
    if (last !== undefined && startSample - margin <= last.endSample) {
      last.endSample = Math.max(last.endSample, endSample + margin);
    } else {
      merged.push({ startSample: startSample - margin, endSample: endSample + margin });
    }
  }
  return merged;
}
