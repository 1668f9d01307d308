/** The windows of one recording: laid, labelled, and those away from everything. */
import type { MatchedAnnotation } from "../annotations/match.js";
import { type BackgroundRule, backgroundSpans } from "./background.js";
import type { DatasetRecording } from "./groups.js";
import { type LabelledWindow, type LabelRule, labelWindows } from "./labels.js";
import type { PlannedWindow } from "./model.js";
import { bySpan, centredSpans, slidingSpans, type Span, type WindowOptions, windowGrid } from "./windows.js";

/** Checked rules for labels and background. */
export interface LayRules {
  readonly label: LabelRule;
  /** Undefined: no background windows. */
  readonly background: BackgroundRule | undefined;
}

/** A window that has no split yet. */
export type LaidWindow = Omit<PlannedWindow, "split" | "group">;

/** What became of one recording. */
export interface LaidWindows {
  readonly id: string;
  /** By time. */
  readonly windows: readonly LaidWindow[];
  /** How many windows were laid in all. */
  readonly laid: number;
  /** Left out, as no annotation is on it. */
  readonly skipped: boolean;
  /** Windows that touch an annotation, without enough overlap for a label. */
  readonly unclear: number;
  /** Windows that touch none, and are no background. */
  readonly unlabelled: number;
}

interface LayQuestion {
  readonly options: WindowOptions;
  readonly rules: LayRules;
  /** Lay none: nobody may have listened to it. */
  readonly skip: boolean;
}

/** Lays the windows of one recording. */
export function layWindows(
  recording: DatasetRecording,
  annotations: readonly MatchedAnnotation[],
  { options, rules, skip }: LayQuestion,
): LaidWindows {
  const { id, sampleRate, totalSamples } = recording;
  const grid = windowGrid(options, sampleRate);
  if (skip) return { id, windows: [], laid: 0, skipped: true, unclear: 0, unlabelled: 0 };
  const onAnnotations = options.anchor === "annotation";
  const sliding = (): Span[] => slidingSpans(totalSamples, grid.windowSamples ?? 0, grid.hopSamples);
  const spans = onAnnotations ? centredSpans(annotations, totalSamples, grid) : sliding();
  const labelled = labelWindows(spans, annotations, { rule: rules.label, sampleRate });
  const background = quietSpans({ onAnnotations, labelled, sliding, annotations, rules, sampleRate });
  const quiet = new Set(background.map(({ startSample }) => startSample));
  const found = labelled.filter(({ labels }) => labels.length > 0);
  const rest = labelled.filter(({ labels }) => labels.length === 0);
  const label = rules.background?.label;
  const labels = label === undefined || label === "" ? [] : [label];
  const windows = [
    ...found.map(({ startSample, endSample, labels }) => ({
      startSample,
      endSample,
      labels,
      background: false,
    })),
    ...background.map(({ startSample, endSample }) => ({ startSample, endSample, labels, background: true })),
  ];
  return {
    id,
    windows: windows.sort(bySpan).map((window) => ({ recording: id, ...window })),
    laid: spans.length + (onAnnotations ? background.length : 0),
    skipped: false,
    unclear: rest.filter(({ touched }) => touched).length,
    unlabelled: rest.filter(({ touched, startSample }) => !touched && !quiet.has(startSample)).length,
  };
}

interface QuietQuestion {
  readonly onAnnotations: boolean;
  readonly labelled: readonly LabelledWindow[];
  readonly sliding: () => Span[];
  readonly annotations: readonly MatchedAnnotation[];
  readonly rules: LayRules;
  readonly sampleRate: number;
}

/** Windows away from every annotation; for windows on annotations the recording is gone over as well. */
function quietSpans({
  onAnnotations,
  labelled,
  sliding,
  annotations,
  rules,
  sampleRate,
}: QuietQuestion): Span[] {
  if (rules.background === undefined) return [];
  const candidates = onAnnotations ? sliding() : labelled.filter(({ touched }) => !touched);
  return backgroundSpans(candidates, annotations, {
    marginSeconds: rules.background.marginSeconds,
    sampleRate,
  });
}
