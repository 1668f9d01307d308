/** Why rows of annotation tables match no recording, in words. */
import { basename } from "node:path";
import type { UnmatchedAnnotation } from "./match.js";

/** Reasons that are shown. */
const SHOWN_REASONS = 5;

/** Each reason once, with the first row that it is true of. */
export function unmatchedReasons(unmatched: readonly UnmatchedAnnotation[]): string {
  const reasons = new Map<string, { readonly first: string; rows: number }>();
  for (const { annotation, path, reason } of unmatched) {
    const first = `${path === undefined ? "" : `${basename(path)} `}line ${annotation.line}`;
    const known = reasons.get(reason) ?? { first, rows: 0 };
    known.rows += 1;
    reasons.set(reason, known);
  }
  const all = [...reasons].map(
    ([reason, { first, rows }]) => `${first}${rows === 1 ? "" : ` and ${rows - 1} more`}: ${reason}`,
  );
  const more = all.length - SHOWN_REASONS;
  const shown = more <= 0 ? all : [...all.slice(0, SHOWN_REASONS), `and ${more} more reasons`];
  return shown.join("; ");
}
