/** How loud samples are, in dB below full scale. */
import { channelsOf, type SegmentTensor, segmentSamples } from "./tensor.js";

/** Peak and root mean square of a stretch, in dBFS. */
export interface Levels {
  /** 20·log10 of the largest magnitude; −Infinity for digital silence, NaN without samples. */
  readonly peakDbfs: number;
  /** 20·log10 of the root mean square: a full-scale sine has −3.01 dBFS. */
  readonly rmsDbfs: number;
}

/**
 * The levels of one segment, over all its channels or one of them; full scale is 1.0 (32,768 for int16).
 *
 * @param row from 0
 * @param channel from 0; all channels together when it is not given
 */
export function segmentLevels(tensor: SegmentTensor, row: number, channel?: number): Levels {
  let peak = 0;
  let squares = 0;
  let count = 0;
  for (const one of channelsOf(tensor, channel)) {
    const samples = segmentSamples(tensor, row, one);
    for (const sample of samples) {
      const size = Math.abs(sample);
      if (size > peak) peak = size;
      squares += sample * sample;
    }
    count += samples.length;
  }
  if (count === 0) return { peakDbfs: Number.NaN, rmsDbfs: Number.NaN };
  const fullScale = tensor.dtype === "int16" ? 32_768 : 1;
  return {
    peakDbfs: 20 * Math.log10(peak / fullScale),
    rmsDbfs: 20 * Math.log10(Math.sqrt(squares / count) / fullScale),
  };
}
