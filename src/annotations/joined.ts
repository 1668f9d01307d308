/** Begin times of joined files: counted from each file's start, or through all of them. */
import type { AssignedRow } from "./assign.js";
import type { AnnotationTarget } from "./recordings.js";

/** Raven rounds begin times, and file lengths may differ by a little after re-encoding: in seconds. */
export const JOINT_TOLERANCE_SECONDS = 0.1;

/**
 * Where each recording begins in a table that counts through several, in seconds; undefined when rows count from
 * their own file's start.
 *
 * Rows with a file offset need none of this and are left out. The order of the files is that in which the rows
 * first name them, which is the order Raven opened them in.
 */
export function joinedOffsets(
  rows: readonly AssignedRow[],
  joined: "auto" | "file" | "cumulative",
): ReadonlyMap<string, number> | undefined {
  if (joined === "file") return undefined;
  const counting = rows.filter(
    ({ annotation, clockSeconds, via }) =>
      annotation.cumulativeStartSeconds === undefined && clockSeconds === undefined && via === "file",
  );
  const order = new Map<string, AnnotationTarget>();
  for (const { facts } of counting) order.set(facts.id, facts);
  if (order.size < 2) return undefined;
  const offsets = new Map<string, number>();
  let total = 0;
  for (const [id, facts] of order) {
    offsets.set(id, total);
    total += facts.totalSamples / facts.sampleRate;
  }
  if (joined === "cumulative") return offsets;
  const none = new Map<string, number>();
  return !allInside(counting, none) && allInside(counting, offsets) ? offsets : undefined;
}

function allInside(rows: readonly AssignedRow[], offsets: ReadonlyMap<string, number>): boolean {
  return rows.every(({ annotation, facts }) => {
    const start = annotation.startSeconds - (offsets.get(facts.id) ?? 0);
    const length = facts.totalSamples / facts.sampleRate;
    return start >= -JOINT_TOLERANCE_SECONDS && start < length + JOINT_TOLERANCE_SECONDS;
  });
}
