/** One row a segment: what was cut, when, under which label, how loud. */
import { argumentError } from "../errors.js";
import { channelsOf, type SegmentTensor } from "../tensor/tensor.js";
import { type DataFrame, type FrameColumn, frameOf, wholeColumn } from "./danfo.js";
import { type Levels, segmentLevels } from "../tensor/levels.js";

/** When a recording began: an ISO text with offset or `Z`, a date, or a recording's own `start_time`. */
export type FrameStartTime = string | Date | { readonly utc: string | null };

/** What {@link segmentsFrame} adds or leaves out. */
export interface SegmentsFrameOptions {
  /** When each recording's first sample was taken, by recording id; adds `start_utc`. */
  readonly startTimes?: Readonly<Record<string, FrameStartTime | null | undefined>> | undefined;
  /** Levels of this channel only, from 0; all channels together when not given. */
  readonly channel?: number | undefined;
  /** Peak and root mean square; on unless `false`: they read every sample once. */
  readonly levels?: boolean | undefined;
  /** More columns, a value a segment, such as those of `segmentFeatures`. */
  readonly columns?: Readonly<Record<string, ArrayLike<number | string | boolean>>> | undefined;
}

/**
 * The segments of a tensor as a danfo frame, a row each, in the tensor's order.
 *
 * Columns: `recording`, `startSample` and `endSample` (half-open, in the recording's own rate), `start_s`, `end_s`,
 * `duration_s`, `start_utc` (ISO 8601 with milliseconds, if `startTimes` is given; empty where unknown), `label`
 * (empty where there is none), `peak_dbfs`, `rms_dbfs` (−Infinity for digital silence), `holes` (their number) and
 * `hole_s` (lost seconds). No segments give a frame with these columns and no rows.
 *
 * @param tensor of `extractSegments`, or a batch of `streamSegments`
 * @returns a frame `[segments, columns]`; danfo is loaded with the first one (0.8 s)
 * @throws {OpusZarrError} of kind `argument` for a channel that is not there, a start time that is no time, or an
 *   extra column of another length or with a taken name
 * @example
 * ```ts
 * const clips = await extractSegments(recording, [{ startSample: 0, endSample: 96000, label: "wren" }]);
 * const frame = await segmentsFrame(clips, { startTimes: { [recording.id]: "2019-05-22T04:00:00-04:00" } });
 * frame.print();
 * ```
 */
export async function segmentsFrame(
  tensor: SegmentTensor,
  options: SegmentsFrameOptions = {},
): Promise<DataFrame> {
  const columns = [
    ...identityColumns(tensor),
    ...timeColumns(tensor, options.startTimes),
    { name: "label", dtype: "string" as const, values: tensor.segments.map((one) => one.label ?? "") },
    ...(options.levels === false ? [] : levelColumns(tensor, options.channel)),
    ...holeColumns(tensor),
  ];
  return frameOf([...columns, ...extraColumns(tensor, columns, options.columns ?? {})]);
}

/** `recording`, `startSample`, `endSample`. */
function identityColumns(tensor: SegmentTensor): FrameColumn[] {
  const { segments } = tensor;
  return [
    { name: "recording", dtype: "string", values: segments.map((one) => one.recording) },
    wholeColumn(
      "startSample",
      segments.map((one) => one.startSample),
    ),
    wholeColumn(
      "endSample",
      segments.map((one) => one.endSample),
    ),
  ];
}

function timeColumns(tensor: SegmentTensor, startTimes: SegmentsFrameOptions["startTimes"]): FrameColumn[] {
  const { segments, recordingRate: sampleRate } = tensor;
  const columns: FrameColumn[] = [
    { name: "start_s", dtype: "float32", values: segments.map((one) => one.startSample / sampleRate) },
    { name: "end_s", dtype: "float32", values: segments.map((one) => one.endSample / sampleRate) },
    {
      name: "duration_s",
      dtype: "float32",
      values: segments.map((one) => (one.endSample - one.startSample) / sampleRate),
    },
  ];
  if (startTimes === undefined) return columns;
  const starts = new Map<string, number | undefined>();
  for (const [id, time] of Object.entries(startTimes)) starts.set(id, epochMs(id, time));
  const values = segments.map((one) => {
    const start = starts.get(one.recording);
    return start === undefined ? "" : isoTime(start + (one.startSample / sampleRate) * 1000, one.recording);
  });
  return [...columns, { name: "start_utc", dtype: "string", values }];
}

/** A text without an offset would be read in this machine's zone: refused, since zones are never guessed. */
const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

function epochMs(id: string, time: FrameStartTime | null | undefined): number | undefined {
  const text = time instanceof Date || typeof time === "string" ? time : time?.utc;
  if (text === null || text === undefined) return undefined;
  const ms =
    text instanceof Date
      ? text.getTime()
      : ZONED.test(text)
        ? Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"))
        : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw argumentError("startTimes", "a date, or an ISO time with Z or an offset", text, { recording: id });
}

function isoTime(ms: number, recording: string): string {
  const date = new Date(Math.round(ms));
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw argumentError("startTimes", "times that a calendar holds", ms, { recording });
}

function levelColumns(tensor: SegmentTensor, channel: number | undefined): FrameColumn[] {
  // Without segments too.
  channelsOf(tensor, channel);
  const levels: Levels[] = tensor.segments.map((_, row) => segmentLevels(tensor, row, channel));
  return [
    { name: "peak_dbfs", dtype: "float32", values: levels.map((one) => one.peakDbfs) },
    { name: "rms_dbfs", dtype: "float32", values: levels.map((one) => one.rmsDbfs) },
  ];
}

function holeColumns(tensor: SegmentTensor): FrameColumn[] {
  const lost = tensor.segments.map((one) =>
    one.holes.reduce((sum, hole) => sum + hole.endSample - hole.startSample, 0),
  );
  return [
    { name: "holes", dtype: "int32", values: tensor.segments.map((one) => one.holes.length) },
    { name: "hole_s", dtype: "float32", values: lost.map((samples) => samples / tensor.sampleRate) },
  ];
}

function extraColumns(
  tensor: SegmentTensor,
  own: readonly FrameColumn[],
  extra: NonNullable<SegmentsFrameOptions["columns"]>,
): FrameColumn[] {
  return Object.entries(extra).map(([name, values]) => {
    if (own.some((column) => column.name === name)) {
      throw argumentError("columns", "names that the frame does not have yet", name);
    }
    if (values.length !== tensor.segments.length) {
      throw argumentError("columns", `${tensor.segments.length} values in ${name}`, values.length);
    }
    const first = values[0];
    const dtype =
      typeof first === "string" ? "string" : typeof first === "boolean" ? "boolean" : ("float32" as const);
    return { name, dtype, values };
  });
}
