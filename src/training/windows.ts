/** Where windows lie: over whole recordings, or on annotations. Whole samples throughout. */
import { argumentError } from "../errors.js";
import { oneOf } from "../units.js";
import { nearestSamples, samplesOf } from "./rational.js";

/** A stretch of a recording in whole samples, half open. */
export interface Span {
  readonly startSample: number;
  readonly endSample: number;
}

/** How windows are laid. */
export interface WindowOptions {
  /**
   * `recording` (default): every `hopSeconds` over the whole recording. `annotation`: centred on each annotation.
   */
  readonly anchor?: "recording" | "annotation" | undefined;
  /** Length in seconds. Only windows on annotations may go without: they are then as long as theirs and padding. */
  readonly windowSeconds?: number | undefined;
  /** From one window's start to the next, in seconds. Default: the window's length, so that none overlap. */
  readonly hopSeconds?: number | undefined;
  /** Seconds kept on either side of an annotation. Default 0. Only for windows on annotations. */
  readonly paddingSeconds?: number | undefined;
}

/** Window lengths in samples of one rate. */
export interface WindowGrid {
  /** Undefined where windows are as long as their annotations. */
  readonly windowSamples: number | undefined;
  readonly hopSamples: number;
  readonly paddingSamples: number;
}

/** Seconds to samples of one rate: the only place where windows are rounded. */
export function windowGrid(options: WindowOptions, sampleRate: number): WindowGrid {
  const { windowSeconds, hopSeconds, paddingSeconds = 0 } = options;
  const anchor = oneOf("anchor", options.anchor ?? "recording", ["recording", "annotation"]);
  if (windowSeconds === undefined && anchor === "recording") {
    throw argumentError("windowSeconds", "a length in seconds", windowSeconds);
  }
  if (!Number.isFinite(paddingSeconds) || paddingSeconds < 0) {
    throw argumentError("paddingSeconds", "seconds from 0", paddingSeconds);
  }
  if (paddingSeconds > 0 && anchor === "recording") {
    throw argumentError("paddingSeconds", "0, as only windows on annotations have padding", paddingSeconds);
  }
  const windowSamples =
    windowSeconds === undefined ? undefined : samplesOf("windowSeconds", windowSeconds, sampleRate);
  const hopSamples =
    hopSeconds === undefined ? (windowSamples ?? 1) : samplesOf("hopSeconds", hopSeconds, sampleRate);
  return { windowSamples, hopSamples, paddingSamples: nearestSamples(paddingSeconds, sampleRate) };
}

/** Every window that lies wholly on the recording: `[k·hop, k·hop + window)`. */
export function slidingSpans(totalSamples: number, windowSamples: number, hopSamples: number): Span[] {
  const count = Math.max(0, Math.floor((totalSamples - windowSamples) / hopSamples) + 1);
  return Array.from({ length: count }, (_, k) => span(k * hopSamples, windowSamples));
}

/**
 * Windows on annotations, sorted, each place once.
 *
 * A window is centred on its annotation and pushed back where it would leave the recording; an annotation that with
 * its padding is longer than the window gets several, `hop` apart, the last one ending with it. Without a window
 * length the window is the annotation with its padding, cut at the recording's ends. Recordings shorter than the
 * window have none.
 */
export function centredSpans(annotations: readonly Span[], totalSamples: number, grid: WindowGrid): Span[] {
  const places = new Map<string, Span>();
  for (const annotation of annotations) {
    for (const place of spansOf(annotation, totalSamples, grid)) {
      places.set(`${place.startSample} ${place.endSample}`, place);
    }
  }
  return [...places.values()].sort(bySpan);
}

/** By start, then by end. */
export function bySpan(a: Span, b: Span): number {
  return a.startSample - b.startSample || a.endSample - b.endSample;
}

function spansOf({ startSample, endSample }: Span, totalSamples: number, grid: WindowGrid): Span[] {
  const { windowSamples, hopSamples, paddingSamples } = grid;
  const from = startSample - paddingSamples;
  const to = endSample + paddingSamples;
  if (windowSamples === undefined) {
    const cut = { startSample: Math.max(0, from), endSample: Math.min(totalSamples, to) };
    return cut.endSample > cut.startSample ? [cut] : [];
  }
  if (windowSamples > totalSamples) return [];
  const inside = (start: number): Span =>
    span(Math.min(Math.max(0, start), totalSamples - windowSamples), windowSamples);
  if (to - from <= windowSamples) return [inside(Math.floor((startSample + endSample - windowSamples) / 2))];
  const count = Math.floor((to - from - windowSamples) / hopSamples) + 1;
  const all = Array.from({ length: count }, (_, k) => inside(from + k * hopSamples));
  return [...all, inside(to - windowSamples)];
}

function span(startSample: number, samples: number): Span {
  return { startSample, endSample: startSample + samples };
}
