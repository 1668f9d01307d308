/** The notebook API: everything public, and nothing else here. */
export { type ErrorKind, type ErrorPlace, errorMessage, isOpusZarrError, OpusZarrError } from "./errors.js";
export {
  type ExtractedSegment,
  type ExtractionStats,
  type SampleType,
  type SegmentHole,
  type SegmentTensor,
  segmentSamples,
} from "./tensor/tensor.js";
