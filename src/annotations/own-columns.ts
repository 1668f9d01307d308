/** The columns that a table is given when it is made anew, by its format and by what the annotations say. */
import { AUDACITY_COLUMNS, BIRDNET_AUDACITY_COLUMNS, normalColumn } from "./columns.js";
import type { Annotation, AnnotationFormat } from "./model.js";

/** Which annotation properties a table really uses. */
export interface Uses {
  readonly file: boolean;
  readonly low: boolean;
  readonly channel: boolean;
  readonly confidence: boolean;
}

/** A column of the old table that means nothing to us. */
export interface FreeColumn {
  readonly name: string;
  readonly index: number;
}

const RAVEN_COLUMNS = "Selection,View,Channel,Begin Time (s),End Time (s),Low Freq (Hz),High Freq (Hz)".split(
  ",",
);

/** The label columns of {@link ownColumns}. */
export const LABEL_COLUMNS: readonly string[] = [
  "label",
  "Annotation",
  "Label",
  "Common Name",
  "Common name",
];

/** Whether two names are the same word. */
export function same(a: string, b: string): boolean {
  return normalColumn(a) === normalColumn(b);
}

/** Whether a format has room for columns beside its own. */
export function keepsFree(format: AnnotationFormat): boolean {
  return format !== "generic-seq" && !format.endsWith("audacity");
}

/** Which properties the rows use. */
export function usesOf(rows: readonly Annotation[]): Uses {
  return {
    file: rows.some((row) => row.file !== undefined),
    low: rows.some((row) => row.lowHz !== undefined || row.highHz !== undefined),
    channel: rows.some((row) => row.channel !== undefined),
    confidence: rows.some((row) => row.confidence !== undefined),
  };
}

interface OwnColumnsQuestion {
  readonly uses: Uses;
  readonly free: readonly FreeColumn[];
  readonly clock: boolean;
}

/** The columns that the format has for what the rows use. */
export function ownColumns(
  format: AnnotationFormat,
  { uses, free, clock }: OwnColumnsQuestion,
): readonly string[] {
  const when = (used: boolean, ...names: string[]): string[] => (used ? names : []);
  switch (format) {
    case "audacity":
      return AUDACITY_COLUMNS;
    case "birdnet-audacity":
      return BIRDNET_AUDACITY_COLUMNS;
    case "birdnet-raven":
      return [...RAVEN_COLUMNS, "Common Name", "Species Code", "Confidence", "Begin Path", "File Offset (s)"];
    case "birdnet-csv":
      return ["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"];
    case "generic-seq":
      return ["label", "onset_s", "offset_s", "notated_path", "annot_path", "sequence", "annotation"];
    case "raven": {
      // "Label" is looked for before any other name: needed where a free column would be taken for the label.
      const label = free.some(({ name }) => ["label", "labels", "annotation"].includes(normalColumn(name)));
      const places = when(uses.file, "Begin Path", "File Offset (s)");
      return [
        ...RAVEN_COLUMNS,
        ...places,
        label ? "Label" : "Annotation",
        ...when(uses.confidence, "Confidence"),
      ];
    }
    case "csv": {
      const times = clock ? ["start_utc", "duration_s"] : ["start_s", "end_s"];
      const bounds = when(uses.low, "low_hz", "high_hz");
      const scores = [...when(uses.channel, "channel"), ...when(uses.confidence, "confidence")];
      return [...when(uses.file, "file"), ...times, "label", ...bounds, ...scores];
    }
  }
}
