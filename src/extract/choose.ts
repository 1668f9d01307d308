/** Segments checked against their recordings. */
import type { Archive, Recording } from "../archive/open.js";
import { argumentError } from "../errors.js";
import { type Segment, type SegmentRequest, selectSegment } from "../segments/select.js";
import { OPUS_RATE_HZ } from "../units.js";
import type { ExtractSettings } from "./options.js";
import { outputChannels } from "./output.js";
import { planRate, type RatePlan } from "./rates.js";

/** Segments checked, with their recordings. */
export interface Chosen {
  readonly segments: readonly Segment[];
  readonly recordings: ReadonlyMap<string, Recording>;
  /** From the recordings' rate to the output's. */
  readonly rate: RatePlan;
  /** Channels of the output. */
  readonly channels: number;
  /** Batches to cut these into at least, where others keep the workers busy as well. */
  readonly leastBatches?: number | undefined;
  /** Memory to be used again: for the output, and for what is decoded to be resampled. */
  readonly memory?: { readonly output: SharedArrayBuffer; readonly decoded: SharedArrayBuffer } | undefined;
}

/** Checks what is asked for against the recordings. */
export async function chooseSegments(
  source: Archive | Recording,
  requests: readonly SegmentRequest[],
  settings: ExtractSettings,
): Promise<Chosen> {
  if (!Array.isArray(requests)) throw argumentError("segments", "a list of segments", requests);
  const recordings = new Map<string, Recording>();
  const segments: Segment[] = [];
  let sampleRate = "totalSamples" in source ? source.sampleRate : OPUS_RATE_HZ;
  let channels =
    "totalSamples" in source ? outputChannels(source.channels, settings, { recording: source.id }) : 1;
  for (const [row, request] of requests.entries()) {
    const recording = await recordingOf(source, request, { row, recordings });
    const given = outputChannels(recording.channels, settings, { recording: recording.id });
    if (row === 0) {
      sampleRate = recording.sampleRate;
      channels = given;
    } else if (recording.sampleRate !== sampleRate || given !== channels) {
      const expected = `recordings of ${sampleRate} Hz and ${channels} channels, as the first segment's`;
      const got = `${recording.sampleRate} Hz and ${given} channels`;
      throw argumentError("segments", expected, got, { segment: row, recording: recording.id });
    }
    const { totalSamples, id } = recording;
    segments.push(
      selectSegment(request, row, {
        recording: id,
        sampleRate,
        totalSamples,
        outOfRange: settings.outOfRange,
      }),
    );
  }
  const rate = await planRate(sampleRate, settings.sampleRate ?? sampleRate, settings.decoder);
  return { segments, recordings, rate, channels };
}

async function recordingOf(
  source: Archive | Recording,
  request: SegmentRequest,
  at: { readonly row: number; readonly recordings: Map<string, Recording> },
): Promise<Recording> {
  if (typeof request !== "object" || request === null) {
    throw argumentError("segments", "{startSample, endSample}", request, { segment: at.row });
  }
  if ("totalSamples" in source) {
    if (request.recording !== undefined && request.recording !== source.id) {
      throw argumentError("recording", source.id, request.recording, { segment: at.row });
    }
    at.recordings.set(source.id, source);
    return source;
  }
  const id = request.recording;
  if (id === undefined)
    throw argumentError("recording", "the id of a recording, for the source is an archive", id, {
      segment: at.row,
    });
  const recording = at.recordings.get(id) ?? (await source.recording(id));
  at.recordings.set(id, recording);
  return recording;
}
