/** What an import did. */

/** One file's row. */
export interface ImportedRecording {
  /** Id in the archive; for a failed file the one it would have had. */
  readonly id: string;
  /** Path of the source. */
  readonly source: string;
  readonly status: "imported" | "skipped" | "failed";
  readonly bytes: number;
  readonly pages: number;
  readonly samples: number;
  readonly sha256: string;
  /** Damage found in the file: how many holes, 0 for none. */
  readonly holes: number;
  /** Damage in a source that was encoded anew, which was passed over; absent where there was none. */
  readonly warnings?: readonly string[];
  /** Why it failed, or why it was skipped. */
  readonly error?: string;
}

/** All rows, in the order of ids, and their sums. */
export interface ImportReport {
  readonly imported: number;
  readonly skipped: number;
  readonly failed: number;
  /** Bytes of the files imported. */
  readonly bytes: number;
  readonly pages: number;
  readonly seconds: number;
  readonly recordings: readonly ImportedRecording[];
}

/** Adds rows up. */
export function importReport(recordings: readonly ImportedRecording[], seconds: number): ImportReport {
  const done = recordings.filter((row) => row.status === "imported");
  return {
    imported: done.length,
    skipped: recordings.filter((row) => row.status === "skipped").length,
    failed: recordings.filter((row) => row.status === "failed").length,
    bytes: done.reduce((sum, row) => sum + row.bytes, 0),
    pages: done.reduce((sum, row) => sum + row.pages, 0),
    seconds,
    recordings,
  };
}
