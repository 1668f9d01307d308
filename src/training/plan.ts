/** From annotations to the list of windows of a dataset: pure, repeatable, nothing decoded. */
import type { MatchedAnnotation } from "../annotations/match.js";
import { argumentError, OpusZarrError } from "../errors.js";
import { oneOf, wholeNumber } from "../units.js";
import { backgroundRule } from "./background.js";
import { recordingGroups } from "./groups.js";
import { byText, labelRule } from "./labels.js";
import { type LaidWindow, type LaidWindows, type LayRules, layWindows } from "./lay.js";
import { capClasses, classCounts, limitBackground } from "./limit.js";
import type {
  DatasetPlan,
  DatasetPlanOptions,
  DroppedWindows,
  PlanInput,
  PlannedWindow,
  SplitReport,
} from "./model.js";
import { assignSplits, type GroupCounts, splitFractions } from "./split.js";

/** The only split, where none is asked for. */
const WHOLE = "train";

/**
 * Decides which windows a dataset holds, with which labels, in which split.
 *
 * @param input the recordings, and their annotations from `matchAnnotations`
 * @param options see {@link DatasetPlanOptions}; lengths in seconds
 * @returns the windows, in order of recording and time, and what was left out
 * @throws {OpusZarrError} of kind `argument` for a bad option, a label that is not there, or a split that cannot be
 *   made; of kind `not-found` when nothing is left: each says why, and what there is instead
 * @example
 * ```ts
 * const plan = planDataset({ recordings, annotations: matched }, { windowSeconds: 3, hopSeconds: 1 });
 * console.log(plan.windows.length, plan.classes);
 * ```
 */
export function planDataset(input: PlanInput, options: DatasetPlanOptions): DatasetPlan {
  const rules = checkOptions(options);
  const annotations = usedAnnotations(input.annotations, options);
  const byRecording = new Map(input.recordings.map(({ id }): [string, MatchedAnnotation[]] => [id, []]));
  for (const annotation of annotations) byRecording.get(annotation.recording)?.push(annotation);
  // A row that says that nothing is there was still written by somebody who listened.
  const heard = new Set(input.annotations.map(({ recording }) => recording));
  const laid = input.recordings.map((recording) => {
    const skip = !heard.has(recording.id) && options.unannotated !== "background";
    return layWindows(recording, byRecording.get(recording.id) ?? [], { options, rules, skip });
  });
  const all = laid.flatMap(({ windows }) => windows);
  const dropped = sumDropped(laid);
  const unannotated = laid.filter(({ skipped }) => skipped).map(({ id }) => id);
  const tooShort = laid.filter((one) => !one.skipped && one.laid === 0).map(({ id }) => id);
  if (all.length === 0) throw nothingSelected(input, laid);
  const split = splitWindows(all, input, options);
  const limited = limitWindows(split, options, rules);
  const classes = [...classCounts(limited.windows).keys()].sort(byText);
  return {
    windows: limited.windows,
    classes,
    splits: splitReports(limited.windows, classes, options),
    groupsInSeveralSplits: tornGroups(limited.windows),
    dropped: { ...dropped, ...limited.dropped },
    unannotated,
    tooShort,
    seed: options.seed ?? 0,
  };
}

function checkOptions(options: DatasetPlanOptions): LayRules {
  const { background, cap, windowSeconds } = options;
  if (cap !== undefined) wholeNumber("cap", cap, 1);
  const unannotated = oneOf("unannotated", options.unannotated ?? "skip", ["skip", "background"]);
  if (background !== undefined && windowSeconds === undefined) {
    throw argumentError(
      "windowSeconds",
      "a length, as background windows have no annotation to take one from",
      undefined,
    );
  }
  if (unannotated === "background" && background === undefined) {
    throw argumentError(
      "background",
      "options, as recordings without annotations are to be background",
      undefined,
    );
  }
  if (options.split !== undefined) splitFractions(options.split);
  return {
    label: labelRule(options.labels),
    background: background === undefined ? undefined : backgroundRule(background),
  };
}

/** Annotations of sound, with labels that are not asked for taken off. */
function usedAnnotations(
  all: readonly MatchedAnnotation[],
  options: DatasetPlanOptions,
): MatchedAnnotation[] {
  const { classes, ignoreLabels = ["nocall"] } = options;
  const used = all.filter(({ label }) => label === undefined || !ignoreLabels.includes(label));
  if (classes === undefined) return used;
  const known = new Set(used.map(({ label }) => label).filter((label) => label !== undefined));
  const unknown = classes.find((label) => !known.has(label));
  if (unknown !== undefined || classes.length === 0) {
    throw argumentError("classes", `labels of the annotations: ${listed([...known])}`, unknown ?? classes);
  }
  return used.map((row) =>
    row.label !== undefined && classes.includes(row.label) ? row : { ...row, label: undefined },
  );
}

/** Names for a message: sorted, the first twenty. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = [...names].sort(byText).slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

function nothingSelected(input: PlanInput, laid: readonly LaidWindows[]): OpusZarrError {
  const { unclear, unlabelled } = sumDropped(laid);
  const labels = new Set(input.annotations.map(({ label }) => label ?? "(no label)"));
  const short = laid.filter((one) => !one.skipped && one.laid === 0).length;
  const facts = [
    `${input.annotations.length} annotations on ${input.recordings.length} recordings, labels: ${listed([...labels])}`,
    `${unclear} windows overlap one too little, ${unlabelled} touch none`,
  ];
  const skipped = laid.filter((one) => one.skipped).length;
  if (skipped > 0) facts.push(`${skipped} recordings have no annotation`);
  if (short > 0) facts.push(`${short} recordings have no room for a window`);
  return new OpusZarrError("not-found", `no window is left for the dataset: ${facts.join("; ")}`);
}

function sumDropped(laid: readonly LaidWindows[]): { unclear: number; unlabelled: number } {
  const sum = (key: "unclear" | "unlabelled"): number => laid.reduce((total, one) => total + one[key], 0);
  return { unclear: sum("unclear"), unlabelled: sum("unlabelled") };
}

/** Every window with its group and split. */
function splitWindows(
  windows: readonly LaidWindow[],
  { recordings, columns }: PlanInput,
  { split, seed = 0 }: DatasetPlanOptions,
): PlannedWindow[] {
  if (split === undefined)
    return windows.map((window) => ({ ...window, split: WHOLE, group: window.recording }));
  const used = new Set(windows.map(({ recording }) => recording));
  const groups = recordingGroups(
    recordings.filter(({ id }) => used.has(id)),
    split.by,
    columns ?? new Map(),
  );
  const grouped = windows.map((window) => ({ ...window, group: groups.get(window.recording) as string }));
  const places = assignSplits(groupCounts(grouped), split, seed);
  return grouped.map((window) => ({ ...window, split: places.get(window.group) as string }));
}

function groupCounts(windows: readonly (LaidWindow & { group: string })[]): GroupCounts[] {
  const members = new Map<string, LaidWindow[]>();
  for (const window of windows) {
    const known = members.get(window.group);
    if (known === undefined) members.set(window.group, [window]);
    else known.push(window);
  }
  return [...members]
    .sort(([a], [b]) => byText(a, b))
    .map(([group, all]) => ({ group, windows: all.length, classes: classCounts(all) }));
}

interface Limited {
  readonly windows: readonly PlannedWindow[];
  readonly dropped: Pick<DroppedWindows, "backgroundRatio" | "cap">;
}

function limitWindows(
  all: readonly PlannedWindow[],
  { cap, balance = false, seed = 0, split }: DatasetPlanOptions,
  { background }: LayRules,
): Limited {
  const ratio = background?.ratio;
  const fewer = ratio === undefined ? all : limitBackground(all, ratio, seed);
  const [training = WHOLE] = split === undefined ? [WHOLE] : splitFractions(split).map(([name]) => name);
  const train = fewer.filter((window) => window.split === training);
  const rarest = balance ? Math.min(...classCounts(train).values()) : Number.POSITIVE_INFINITY;
  const most = Math.min(cap ?? Number.POSITIVE_INFINITY, rarest);
  const kept = new Set(Number.isFinite(most) ? capClasses(train, most, seed) : train);
  const windows = fewer.filter((window) => window.split !== training || kept.has(window));
  return {
    windows,
    dropped: { backgroundRatio: all.length - fewer.length, cap: fewer.length - windows.length },
  };
}

function splitReports(
  windows: readonly PlannedWindow[],
  classes: readonly string[],
  { split }: DatasetPlanOptions,
): SplitReport[] {
  const names = split === undefined ? [[WHOLE, 1] as const] : splitFractions(split);
  return names.map(([name, fraction]) => {
    const inside = windows.filter((window) => window.split === name);
    const counts = classCounts(inside);
    return {
      name,
      windows: inside.length,
      fraction,
      share: inside.length / windows.length,
      groups: [...new Set(inside.map(({ group }) => group))].sort(byText),
      classes: Object.fromEntries(classes.map((label) => [label, counts.get(label) ?? 0])),
    };
  });
}

/** The check that the split held: on the windows as they will be written, not on the assignment. */
function tornGroups(windows: readonly PlannedWindow[]): string[] {
  const places = new Map<string, string>();
  const torn = new Set<string>();
  for (const { group, split } of windows) {
    if ((places.get(group) ?? split) !== split) torn.add(group);
    places.set(group, split);
  }
  return [...torn].sort(byText);
}
