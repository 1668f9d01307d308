/** Tensors made by hand, for tests of what is computed from them. */
import type { ExtractedSegment, SegmentTensor } from "../../src/tensor/tensor.js";

export interface Row {
  readonly channels: readonly (readonly number[])[];
  readonly segment?: Partial<ExtractedSegment>;
}

export function tensorOf(
  rows: readonly Row[],
  options: { sampleRate?: number; dtype?: "float32" | "int16"; channels?: number } = {},
): SegmentTensor {
  const { sampleRate = 48_000, dtype = "float32" } = options;
  const channels = rows[0]?.channels.length ?? options.channels ?? 1;
  const lengths = rows.map((row) => row.channels[0]?.length ?? 0);
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets[offsets.length - 1] ?? 0) + length * channels);
  const flat = rows.flatMap((row) => row.channels.flat());
  const segments = rows.map(
    (row, i): ExtractedSegment => ({
      recording: "rec",
      startSample: 0,
      endSample: lengths[i] ?? 0,
      holes: [],
      ...row.segment,
    }),
  );
  return {
    data: dtype === "int16" ? Int16Array.from(flat) : Float32Array.from(flat),
    shape: [rows.length, channels, Math.max(0, ...lengths)],
    dtype,
    ragged: new Set(lengths).size > 1,
    offsets,
    sampleRate,
    recordingRate: sampleRate,
    segments,
    accuracy: "exact",
    preRollSeconds: 1,
    decoder: "none",
    stats: {
      segments: rows.length,
      batches: 1,
      decoderRuns: 1,
      seconds: 0,
      audioSeconds: 0,
      decodedSeconds: 0,
      bytesRead: 0,
      storeReads: 0,
    },
  };
}
