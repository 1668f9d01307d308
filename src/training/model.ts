/** What a dataset is to hold, and what it will. */
import type { MatchedAnnotation } from "../annotations/match.js";
import type { BackgroundOptions } from "./background.js";
import type { ColumnValues, DatasetRecording } from "./groups.js";
import type { LabelOptions } from "./labels.js";
import type { SplitOptions } from "./split.js";
import type { Span, WindowOptions } from "./windows.js";

/** What goes into a dataset, and how it is split. */
export interface DatasetPlanOptions extends WindowOptions {
  /** Labels by overlap. */
  readonly labels?: LabelOptions | undefined;
  /** Windows of nothing; none when absent. */
  readonly background?: BackgroundOptions | undefined;
  /** The labels to learn; all when absent. Others leave windows unlabelled, but still count as sound. */
  readonly classes?: readonly string[] | undefined;
  /** Labels of rows that say nothing is there. Default `["nocall"]`, which BirdNET-Analyzer writes. */
  readonly ignoreLabels?: readonly string[] | undefined;
  /**
   * Recordings that no annotation is on: `skip` (default), as nobody may have listened to them, or `background`.
   */
  readonly unannotated?: "skip" | "background" | undefined;
  /** Everything is `train` when absent. */
  readonly split?: SplitOptions | undefined;
  /** At most so many windows a class, in the training split only. */
  readonly cap?: number | undefined;
  /** Cuts every class of the training split to the size of its rarest. Default false. */
  readonly balance?: boolean | undefined;
  /** Settles everything random: a whole number from 0 to 2^32 − 1. Default 0. */
  readonly seed?: number | undefined;
}

/** One window of a dataset. */
export interface PlannedWindow extends Span {
  readonly recording: string;
  readonly labels: readonly string[];
  readonly background: boolean;
  readonly split: string;
  /** What kept it in its split: a site, a recorder, … */
  readonly group: string;
}

/** Windows of one split. */
export interface SplitReport {
  readonly name: string;
  readonly windows: number;
  /** Share asked for, and got. */
  readonly fraction: number;
  readonly share: number;
  readonly groups: readonly string[];
  /** Windows of each class of the dataset, 0 for those that the split lacks. */
  readonly classes: Readonly<Record<string, number>>;
}

/** Windows that were laid, and did not go in. */
export interface DroppedWindows {
  /** They touch an annotation, but too little for a label, or only labels that were not asked for. */
  readonly unclear: number;
  /** They touch none, and background was not asked for or is too near. */
  readonly unlabelled: number;
  readonly backgroundRatio: number;
  readonly cap: number;
}

/** All that a dataset will hold. */
export interface DatasetPlan {
  /** By recording, then by time. */
  readonly windows: readonly PlannedWindow[];
  /** Labels in use, sorted. */
  readonly classes: readonly string[];
  readonly splits: readonly SplitReport[];
  /** Groups that stand in more than one split: checked on the windows themselves, always empty. */
  readonly groupsInSeveralSplits: readonly string[];
  readonly dropped: DroppedWindows;
  /** Recordings left out as no annotation is on them. */
  readonly unannotated: readonly string[];
  /** Recordings shorter than a window. */
  readonly tooShort: readonly string[];
  readonly seed: number;
}

/** What {@link planDataset} goes by. */
export interface PlanInput {
  readonly recordings: readonly DatasetRecording[];
  readonly annotations: readonly MatchedAnnotation[];
  /** Values of the column that the split goes by, where it is one of the tables. */
  readonly columns?: ColumnValues | undefined;
}
