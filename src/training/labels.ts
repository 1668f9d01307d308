/** Which labels a window carries: by how much of it, or of them, overlaps. */
import { countWhile } from "../bisect.js";
import { argumentError } from "../errors.js";
import { oneOf } from "../units.js";
import { ceilShare } from "./rational.js";
import type { Span } from "./windows.js";

/** How much overlap gives a window an annotation's label. */
export interface LabelOptions {
  /** Least overlap: a fraction from 0 to 1, or seconds; one shared sample is needed at least. Default 0.5. */
  readonly overlap?: number | undefined;
  readonly unit?: "fraction" | "seconds" | undefined;
  /**
   * What a fraction is of: the `window`, the `annotation`, or the `shorter` of the two (default), so that a short
   * call in a long window counts, and so does a window within a long song.
   */
  readonly of?: "window" | "annotation" | "shorter" | undefined;
  /** `multi` (default): every label that overlaps enough. `single`: of those the one that overlaps most. */
  readonly mode?: "multi" | "single" | undefined;
}

/** An annotation with a label, or without one. */
export interface LabelledSpan extends Span {
  readonly label?: string | undefined;
}

/** A window with what was found on it. */
export interface LabelledWindow extends Span {
  /** Sorted; empty for a window without any. */
  readonly labels: readonly string[];
  /** An annotation shares at least one sample, whether or not that is enough for its label. */
  readonly touched: boolean;
}

/** Checked options with their defaults. */
export interface LabelRule {
  readonly overlap: number;
  readonly unit: "fraction" | "seconds";
  readonly of: "window" | "annotation" | "shorter";
  readonly mode: "multi" | "single";
}

/** Checks label options once, at the edge. */
export function labelRule(options: LabelOptions = {}): LabelRule {
  const { overlap = 0.5, of = "shorter" } = options;
  const unit = oneOf("unit", options.unit ?? "fraction", ["fraction", "seconds"]);
  if (!["window", "annotation", "shorter"].includes(of)) {
    throw argumentError("of", '"window", "annotation" or "shorter"', of);
  }
  const mode = oneOf("mode", options.mode ?? "multi", ["multi", "single"]);
  const most = unit === "fraction" ? 1 : 1e9;
  if (!(overlap >= 0 && overlap <= most)) {
    throw argumentError(
      "overlap",
      unit === "fraction" ? "a fraction from 0 to 1" : "seconds from 0",
      overlap,
    );
  }
  return { overlap, unit, of, mode };
}

/** Samples that must overlap for the label to count, at least one. */
function neededSamples(
  rule: LabelRule,
  lengths: { readonly window: number; readonly annotation: number },
  sampleRate: number,
): number {
  if (rule.unit === "seconds") return Math.max(1, ceilShare(rule.overlap, sampleRate));
  const { window, annotation } = lengths;
  const whole = { window, annotation, shorter: Math.min(window, annotation) }[rule.of];
  return Math.max(1, ceilShare(rule.overlap, whole));
}

/** A point label covers the one sample that it stands on. */
export function coveredSpan<T extends Span>(annotation: T): T {
  if (annotation.endSample > annotation.startSample) return annotation;
  return { ...annotation, endSample: annotation.startSample + 1 };
}

/**
 * Labels for windows.
 *
 * @param windows of one recording, sorted by start
 * @param annotations of the same recording
 * @returns the windows in their order
 */
export function labelWindows(
  windows: readonly Span[],
  annotations: readonly LabelledSpan[],
  { rule, sampleRate }: { readonly rule: LabelRule; readonly sampleRate: number },
): LabelledWindow[] {
  const found = windows.map((): Map<string, number> => new Map());
  const touched = new Uint8Array(windows.length);
  const longest = windows.reduce((most, window) => Math.max(most, lengthOf(window)), 0);
  for (const annotation of annotations.map(coveredSpan)) {
    const { label } = annotation;
    const nearest = annotation.startSample - longest;
    const before = countWhile(windows.length, (i) => (windows[i] as Span).startSample <= nearest);
    for (let i = before; i < windows.length; i++) {
      const window = windows[i] as Span;
      if (window.startSample >= annotation.endSample) break;
      const overlap = overlapSamples(window, annotation);
      if (overlap <= 0) continue;
      touched[i] = 1;
      const lengths = { window: lengthOf(window), annotation: lengthOf(annotation) };
      if (label === undefined || overlap < neededSamples(rule, lengths, sampleRate)) continue;
      const labels = found[i] as Map<string, number>;
      labels.set(label, Math.max(overlap, labels.get(label) ?? 0));
    }
  }
  return windows.map(({ startSample, endSample }, i) => ({
    startSample,
    endSample,
    labels: chosen(found[i] as Map<string, number>, rule.mode),
    touched: touched[i] === 1,
  }));
}

/** Shared samples of two spans; zero or less when there are none. */
function overlapSamples(a: Span, b: Span): number {
  return Math.min(a.endSample, b.endSample) - Math.max(a.startSample, b.startSample);
}

function lengthOf({ startSample, endSample }: Span): number {
  return endSample - startSample;
}

function chosen(overlaps: ReadonlyMap<string, number>, mode: LabelRule["mode"]): string[] {
  const labels = [...overlaps.keys()].sort(byText);
  if (mode === "multi" || labels.length < 2) return labels;
  const most = Math.max(...overlaps.values());
  return labels.filter((label) => overlaps.get(label) === most).slice(0, 1);
}

/** By code units: the same order in every locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
