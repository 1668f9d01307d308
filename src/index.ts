/** The notebook API: everything public, and nothing else here. */
export { annotationTable, type ConvertedAnnotations, convertAnnotations } from "./annotations/convert.js";
export type { MatchWay } from "./annotations/assign.js";
export {
  type MatchedAnnotation,
  type MatchOptions,
  type MatchReport,
  matchAnnotations,
  type UnmatchedAnnotation,
} from "./annotations/match.js";
export {
  ANNOTATION_FORMATS,
  type Annotation,
  type AnnotationFormat,
  type AnnotationTable,
  type ClockTime,
  type TableDialect,
} from "./annotations/model.js";
export { parseAnnotations, type ReadAnnotationsOptions, readAnnotations } from "./annotations/read.js";
export type { AnnotationTarget } from "./annotations/recordings.js";
export {
  formatAnnotations,
  type WriteAnnotationsOptions,
  type WrittenAnnotations,
  writeAnnotations,
} from "./annotations/write.js";
export { type ErrorKind, type ErrorPlace, errorMessage, isOpusZarrError, OpusZarrError } from "./errors.js";
export { type FrameCsvOptions, frameToCsv } from "./frame/csv.js";
export { type DanfoModule, type DataFrame, loadDanfo, type Series } from "./frame/danfo.js";
export { type SamplesFrameOptions, samplesFrame } from "./frame/samples.js";
export { type SegmentsFrameOptions, type FrameStartTime, segmentsFrame } from "./frame/segments.js";
export { type BestBatchSize, type BestOptions, bestBatchSize } from "./model/best.js";
export { dropFileCache } from "./model/cache.js";
export { type FitOptions, fitPerformanceModel } from "./model/fit.js";
export type { Alias, LeastSquares } from "./model/least-squares.js";
export type { Measurement, Workload } from "./model/measurement.js";
export type {
  Bandwidth,
  HeldOut,
  ModelFit,
  ModelParameter,
  ModelResidual,
  ModelTerm,
  ParameterCombination,
  PerformanceModel,
  TimePrediction,
} from "./model/model.js";
export { predictSeconds } from "./model/predict.js";
export {
  type PrototypeModel,
  type PrototypePrediction,
  type PrototypeRow,
  prototypeModel,
  prototypeSeconds,
} from "./model/prototype.js";
export {
  type Sweep,
  type SweepBuild,
  type SweepOptions,
  type SweepPhases,
  type SweepProgress,
  type SweepRow,
  type SweepRun,
  type SweepSetting,
  type SweepSource,
  type SweepStrategy,
  sweepBatchSizes,
} from "./model/sweep.js";
export {
  type ExtractedSegment,
  type ExtractionStats,
  type SampleType,
  type SegmentHole,
  type SegmentTensor,
  segmentSamples,
} from "./tensor/tensor.js";
export { type MelOptions, type MelScale, melSpectrogram } from "./tensor/mel.js";
export {
  type Spectrogram,
  type SpectrogramOptions,
  type SpectrogramScale,
  spectrogram,
} from "./tensor/spectrogram.js";
export type { FrameOptions, SpectralScaling, WindowName } from "./tensor/stft.js";
