/** What an annotation table is once read: rows with meaning, and the text they came from. */

/** The table formats that are read and written. */
export type AnnotationFormat =
  /** Raven selection table: tabs, `Begin Time (s)`, `End Time (s)`, free columns. */
  | "raven"
  /** Audacity label track: tabs, no header, optional `\` rows with frequencies. */
  | "audacity"
  /** BirdNET-Analyzer results as CSV: `Start (s),End (s),Scientific name,Common name,Confidence,File`. */
  | "birdnet-csv"
  /** BirdNET-Analyzer results as a Raven table: with `Species Code`, `Confidence`, `Begin Path`. */
  | "birdnet-raven"
  /** BirdNET-Analyzer results as Audacity labels: a fourth column holds the confidence. */
  | "birdnet-audacity"
  /** crowsetta's `generic-seq` CSV: `label,onset_s,offset_s,notated_path,annot_path,sequence,annotation`. */
  | "generic-seq"
  /** Any other CSV or TSV with a header that names start, end (or duration) and mostly a label and a file. */
  | "csv";

/** All of {@link AnnotationFormat}, in the order in which they are told apart. */
export const ANNOTATION_FORMATS: readonly AnnotationFormat[] = [
  "birdnet-raven",
  "raven",
  "birdnet-audacity",
  "audacity",
  "birdnet-csv",
  "generic-seq",
  "csv",
];

/** How a table is spelled, so that it can be written back the same way. */
export interface TableDialect {
  readonly delimiter: "\t" | "," | ";";
  readonly newline: "\n" | "\r\n" | "\r";
  /** Starts with a byte order mark. */
  readonly bom: boolean;
  /** The last row ends with a newline. */
  readonly finalNewline: boolean;
  /**
   * `minimal`: only cells that need quotes have them; `text`: all but numbers; `all`: every cell; `none`: a quote
   * is a letter.
   */
  readonly quoting: "minimal" | "text" | "all" | "none";
  /** Decimal sign of the numbers. */
  readonly decimal: "." | ",";
  readonly encoding: "utf-8" | "utf-16le" | "windows-1252";
}

/** A clock time: milliseconds since 1970, of UTC, or of a wall clock whose zone the table does not tell. */
export interface ClockTime {
  readonly milliseconds: number;
  readonly zone: "utc" | "local";
}

/** One annotated stretch of sound. */
export interface Annotation {
  /** Start in seconds: from the start of `file`, or from `clock` when `timesFrom` says so. */
  readonly startSeconds: number;
  /** End in seconds, from the same origin; equal to the start for a point label. */
  readonly endSeconds: number;
  /** What the times count from. */
  readonly timesFrom: "file" | "clock";
  readonly label?: string | undefined;
  /** Lower frequency bound in Hz. */
  readonly lowHz?: number | undefined;
  /** Upper frequency bound in Hz. */
  readonly highHz?: number | undefined;
  /** Channel, counted from 1 as the tables do. */
  readonly channel?: number | undefined;
  /** Score from 0 to 1 that a detector gave. */
  readonly confidence?: number | undefined;
  /** The recording as the row names it: a path or a file name. */
  readonly file?: string | undefined;
  /** Start in seconds from the first of several joined files, where the table tells that and the file's own. */
  readonly cumulativeStartSeconds?: number | undefined;
  /** Clock time of the start. */
  readonly clock?: ClockTime | undefined;
  /** Line of the table, from 1; 0 for annotations that come from no table. */
  readonly line: number;
  /** The row's text, one cell a column of the table; may be shorter than the columns. */
  readonly cells: readonly string[];
}

/** A table of annotations. */
export interface AnnotationTable {
  readonly format: AnnotationFormat;
  /** Column names; invented ones for formats without a header. */
  readonly columns: readonly string[];
  readonly dialect: TableDialect;
  readonly annotations: readonly Annotation[];
  /** Which column the labels came from. */
  readonly labelColumn?: string | undefined;
  /** Rate in Hz that samples were turned into seconds with, in tables that count in samples. */
  readonly sampleRate?: number | undefined;
  /** Where the table was read from. */
  readonly path?: string | undefined;
}
