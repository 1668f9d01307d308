/** Raven writes one row a view: a selection seen in waveform and spectrogram is one annotation. */
import { normalColumn } from "./columns.js";
import type { Annotation, AnnotationTable } from "./model.js";

/** The rows without those that only show the same selection in another view; the one with frequencies stays. */
export function distinctRows(table: AnnotationTable): {
  readonly rows: readonly Annotation[];
  readonly repeated: number;
} {
  const names = table.columns.map(normalColumn);
  const selection = names.indexOf("selection");
  const view = names.indexOf("view");
  if (selection < 0 || view < 0) return { rows: table.annotations, repeated: 0 };
  const kept = new Map<string, Annotation>();
  let repeated = 0;
  for (const row of table.annotations) {
    const { startSeconds, endSeconds, file, label, channel } = row;
    const same = [row.cells[selection], startSeconds, endSeconds, file, label, channel];
    // Without views that differ, two equal rows are two annotations: then the line keeps them apart.
    const key = JSON.stringify(same);
    const twin = kept.get(key);
    if (twin === undefined) kept.set(key, row);
    else if (twin.cells[view] === row.cells[view]) kept.set(`${key} ${row.line}`, row);
    else {
      repeated++;
      if (twin.lowHz === undefined && row.lowHz !== undefined) kept.set(key, row);
    }
  }
  return { rows: [...kept.values()], repeated };
}
