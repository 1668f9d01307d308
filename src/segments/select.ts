/** Segments as they are asked for, and as they are worked with. */
import { argumentError } from "../errors.js";

/** A piece of a recording: `[start, end)` in samples of the recording's own rate, or in seconds. */
export type SegmentRequest = {
  /** Id of the recording; needed when the source is an archive. */
  readonly recording?: string | undefined;
  readonly label?: string | undefined;
} & (
  | { readonly startSample: number; readonly endSample: number }
  | { readonly startSeconds: number; readonly endSeconds: number }
);

/** A segment in samples, checked. */
export interface Segment {
  readonly recording: string;
  readonly startSample: number;
  readonly endSample: number;
  readonly label?: string | undefined;
}

/** Samples of a segment. */
export function rangeSamples({ startSample, endSample }: Segment): number {
  return endSample - startSample;
}

/** What a segment is checked against. */
export interface SegmentBounds {
  readonly recording: string;
  readonly sampleRate: number;
  readonly totalSamples: number;
  /** What happens with segments that reach outside the recording. */
  readonly outOfRange: "error" | "pad";
}

/**
 * Checks a request and converts it to samples.
 *
 * Seconds become the nearest sample, in double precision: no sample of a recording of years is missed.
 *
 * @param row number of the request, for messages
 * @throws {OpusZarrError} of kind `argument` for numbers that are none, an end that is not after the
 * start, or a range outside the recording
 */
export function selectSegment(request: SegmentRequest, row: number, bounds: SegmentBounds): Segment {
  const { sampleRate, totalSamples, recording, outOfRange } = bounds;
  const place = { segment: row, recording };
  const inSamples = "startSample" in request && request.startSample !== undefined;
  const start = inSamples
    ? request.startSample
    : toSample(request, "startSeconds", { sampleRate, row, recording });
  const end = inSamples ? request.endSample : toSample(request, "endSeconds", { sampleRate, row, recording });
  if (!Number.isSafeInteger(start)) throw argumentError("startSample", "a whole number", start, place);
  if (!Number.isSafeInteger(end)) throw argumentError("endSample", "a whole number", end, place);
  if (end <= start) throw argumentError("endSample", `a sample after the start, ${start}`, end, place);
  if (outOfRange === "error" && start < 0) throw argumentError("startSample", "0 or more", start, place);
  if (outOfRange === "error" && end > totalSamples) {
    const length = `${totalSamples} samples, ${Number((totalSamples / sampleRate).toFixed(3))} s`;
    const expected = `at most the recording's ${length} (out of range "pad" gives silence behind them)`;
    throw argumentError("endSample", expected, end, place);
  }
  return { recording, startSample: start, endSample: end, label: request.label };
}

function toSample(
  request: object,
  field: "startSeconds" | "endSeconds",
  at: { readonly sampleRate: number; readonly row: number; readonly recording: string },
): number {
  const seconds = (request as { readonly [name: string]: unknown })[field];
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) {
    const expected = `a number of seconds, or startSample and endSample`;
    throw argumentError(field, expected, seconds, { segment: at.row, recording: at.recording });
  }
  return Math.round(seconds * at.sampleRate);
}
