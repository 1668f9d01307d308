/** Tables of segments on disk: of our own columns, or of annotations, whose rows find their recordings. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { matchAnnotations, type MatchedAnnotation } from "../annotations/match.js";
import { parseAnnotations } from "../annotations/read.js";
import { unmatchedReasons } from "../annotations/unmatched.js";
import type { Archive } from "../archive/open.js";
import { openRecordings } from "../archive/open-each.js";
import { errorMessage, isOpusZarrError, OpusZarrError, whatOf } from "../errors.js";
import type { SegmentRequest } from "../segments/select.js";
import { parseSegmentTable, SEGMENT_COLUMNS } from "./table.js";

/** A table, and what it is known again by. */
export interface SegmentTable {
  readonly segments: readonly SegmentRequest[];
  readonly sha256: string;
}

/**
 * Reads a table of segments, in its order: CSV with a column `recording`, see {@link parseSegmentTable}; anything else
 * as an annotation table (Raven, Audacity, BirdNET, CSV with semicolons), a segment an annotation.
 *
 * @param archive whose recordings annotations are matched to
 * @param file path of the table
 * @param about id of the recording that annotations are about whose rows name none
 * @throws {OpusZarrError} of kind `argument` for a table that cannot be read, with line and column where one is to
 *   blame; of kind `not-found` for annotations that match no recording
 */
export async function readSegmentTable(
  archive: Archive,
  file: string,
  about?: string,
): Promise<SegmentTable> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new OpusZarrError("argument", `segments: ${errorMessage(error)}`, { path: file }, error);
  });
  const text = new TextDecoder().decode(bytes);
  const [header = ""] = text.split(/[\r\n]/, 1);
  const own = header.split(",").some((name) => name.trim() === "recording");
  return {
    segments: own ? await parseSegmentTable(text, file) : await annotated(archive, bytes, { file, about }),
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

async function annotated(
  archive: Archive,
  bytes: Uint8Array,
  { file, about }: { readonly file: string; readonly about: string | undefined },
): Promise<SegmentRequest[]> {
  const table = readAnnotated(bytes, file);
  const { recordings } = await openRecordings(archive);
  const { matched, unmatched } = matchAnnotations([table], recordings, { recording: about });
  if (unmatched.length > 0) {
    const count = `${unmatched.length} of ${matched.length + unmatched.length}`;
    throw new OpusZarrError(
      "not-found",
      `segments: ${count} annotations match no recording: ${unmatchedReasons(unmatched)} (--about names the ` +
        "recording that a table is about which names none)",
      { path: file },
    );
  }
  const rates = new Map(recordings.map(({ id, sampleRate }) => [id, sampleRate]));
  return matched.map((row) => segmentOf(row, rates.get(row.recording) as number));
}

function readAnnotated(bytes: Uint8Array, file: string): ReturnType<typeof parseAnnotations> {
  try {
    return { ...parseAnnotations(bytes, { path: file }), path: file };
  } catch (error) {
    if (!isOpusZarrError(error)) throw error;
    const expected = `expected columns ${SEGMENT_COLUMNS}, or an annotation table`;
    throw new OpusZarrError("argument", `segments: ${expected}: ${whatOf(error)}`, error.place, error);
  }
}

/** The annotation's whole length, also where it was cut at the recording's end: that is for the extraction to judge. */
function segmentOf(row: MatchedAnnotation, sampleRate: number): SegmentRequest {
  const { recording, startSample, clipped, label, annotation } = row;
  const seconds = annotation.endSeconds - annotation.startSeconds;
  const endSample = clipped ? startSample + Math.round(seconds * sampleRate) : row.endSample;
  return { recording, startSample, endSample, label };
}
