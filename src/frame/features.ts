/** Segments and their features in one frame. */
import { type FeatureOptions, segmentFeatures } from "../tensor/features.js";
import type { SegmentTensor } from "../tensor/tensor.js";
import type { DataFrame } from "./danfo.js";
import { type SegmentsFrameOptions, segmentsFrame } from "./segments.js";

/** Options of both {@link segmentsFrame} and {@link segmentFeatures}. */
export interface FeaturesFrameOptions extends FeatureOptions, Omit<SegmentsFrameOptions, "levels"> {}

/**
 * A row a segment: the columns of {@link segmentsFrame}, then those of {@link segmentFeatures}.
 *
 * @param tensor of `extractSegments`, or a batch of `streamSegments`
 * @returns a frame `[segments, columns]`
 * @throws {OpusZarrError} of kind `argument`, as both functions do
 * @example
 * ```ts
 * const frame = await featuresFrame(clips, { bandsHz: [[2000, 4000]] });
 * await writeFile("features.csv", await frameToCsv(frame));
 * ```
 */
export async function featuresFrame(
  tensor: SegmentTensor,
  options: FeaturesFrameOptions = {},
): Promise<DataFrame> {
  const { startTimes, columns, ...features } = options;
  const all = { ...segmentFeatures(tensor, features), ...columns };
  return segmentsFrame(tensor, { startTimes, levels: false, columns: all });
}
