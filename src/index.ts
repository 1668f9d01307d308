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
export type {
  HoleAttributes,
  Json,
  LinkAttributes,
  RecordingAttributes,
  SourceAttributes,
  StartTime,
  TranscodeAttributes,
} from "./archive/attributes.js";
export type { BlobSource } from "./archive/blob.js";
export { type Exported, exportRecording } from "./archive/export.js";
export { type Finalized, finalizeArchive } from "./archive/finalize.js";
export { type Archive, type OpenOptions, openArchive, type Recording } from "./archive/open.js";
export { type DamagedRecording, type OpenedRecordings, openRecordings } from "./archive/open-each.js";
export type { ShardCommand } from "./archive/shard-records.js";
export type { ArchiveStore, Orphan, StagedValue, Staging } from "./archive/store.js";
export type { Traffic } from "./archive/traffic.js";
export { type Problem, type VerifyOptions, type VerifyReport, verifyArchive } from "./archive/verify.js";
export { type BundledDataset, bundledDataset } from "./datasets/bundled.js";
export {
  type LongRecording,
  type LongRecordingOptions,
  longRecordingPages,
  type WriteLongRecordingOptions,
  writeLongRecording,
} from "./datasets/long-recording.js";
export {
  makeSoundscape,
  type Soundscape,
  type SoundscapeEvent,
  type SoundscapeOptions,
} from "./datasets/soundscape.js";
export { type ErrorKind, type ErrorPlace, errorMessage, isOpusZarrError, OpusZarrError } from "./errors.js";
export { extractSegments } from "./extract/extract.js";
export type { DecoderKind, ExtractOptions, ExtractProgress } from "./extract/options.js";
export { type ReaderOptions, type SegmentReader, segmentReader } from "./extract/reader.js";
export { type StreamOptions, streamSegments } from "./extract/stream.js";
export { type FinalizeOptions, type FinalizeReport, finalizeShards } from "./finalize/finalize.js";
export type { ExpectedShards, ShardJobReport } from "./finalize/jobs.js";
export { type FrameCsvOptions, frameToCsv } from "./frame/csv.js";
export { type DanfoModule, type DataFrame, loadDanfo, type Series } from "./frame/danfo.js";
export { type FeaturesFrameOptions, featuresFrame } from "./frame/features.js";
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
  type SweepBuild,
  type SweepOptions,
  type SweepProgress,
  type SweepSource,
  sweepBatchSizes,
} from "./model/sweep.js";
export type { Sweep, SweepPhases, SweepRow, SweepRun, SweepSetting } from "./model/sweep-model.js";
export { importRecordings } from "./importer/import.js";
export type { BatchSize, ImportOptions, ImportProgress } from "./importer/options.js";
export type { ImportedRecording, ImportReport } from "./importer/report.js";
export {
  type BuildIndexOptions,
  buildPageIndex,
  type IndexReport,
  type IndexStrategy,
} from "./indexing/build.js";
export {
  type AnnotationBox,
  annotatedSpectrogramPlot,
} from "./notebook/annotated-plot.js";
export { type AudioOptions, showAudio } from "./notebook/audio.js";
export { escapeHtml } from "./notebook/html.js";
export { plotPng } from "./notebook/picture.js";
export {
  type BatchPlanView,
  batchPlanPlot,
  type PlannedBatch,
  type PlannedStretch,
} from "./notebook/plan-plot.js";
export { type SegmentPlanViewOptions, segmentPlanView } from "./notebook/plan-view.js";
export {
  type BarTrace,
  type ErrorBars,
  type HeatmapTrace,
  type LineTrace,
  type PackedArray,
  type Plot,
  type PlotAxis,
  type PlotLayout,
  type PlotTrace,
  plotText,
} from "./notebook/plot.js";
export { type ProgressBar, type ProgressOptions, importProgress, progressBar } from "./notebook/progress.js";
export {
  type ReportOptions,
  type ReportSound,
  type ReportTiming,
  reportPage,
  tensorSounds,
} from "./notebook/report.js";
export { type ShowPlotOptions, showFrame, showHtml, showPlot } from "./notebook/show.js";
export {
  type SpectrogramPlotOptions,
  spectrogramPlot,
  type WaveformPlotOptions,
  waveformPlot,
} from "./notebook/signal-plots.js";
export {
  type ModelCurve,
  type ModelPlotOptions,
  type ModelPoint,
  modelPlot,
  residualPlot,
  type SweepPlotOptions,
  type SweepPoint,
  type SweepSeries,
  sweepPlot,
} from "./notebook/sweep-plots.js";
export type { FrameLike, TableLimits, TableSource } from "./notebook/tables.js";
export type { PageCheck } from "./ogg/page.js";
export type { ChannelMapping, OpusHead } from "./opus/head.js";
export type { Hole, Link, PageIndex, PosRange } from "./pageindex/page-index.js";
export type { DecodeBatch } from "./segments/batches.js";
export { type DecoderCosts, FFMPEG_COSTS, LIBOPUS_COSTS } from "./segments/costs.js";
export type { Piece, SampleRange } from "./segments/pieces.js";
export { type PlanOptions, planSegments, type SegmentPlan } from "./segments/plan.js";
export type { DecodeStrategy } from "./segments/groups.js";
export type { Accuracy, DecodeStart } from "./segments/preroll.js";
export type { SegmentRequest } from "./segments/select.js";
export type { ByteSource } from "./source/byte-source.js";
export type { BackgroundOptions } from "./training/background.js";
export { type CreatedDataset, type CreateDatasetOptions, createDataset } from "./training/create.js";
export type { ColumnValues, DatasetRecording } from "./training/groups.js";
export type { LabelOptions } from "./training/labels.js";
export type {
  DatasetPlan,
  DatasetPlanOptions,
  DroppedWindows,
  PlanInput,
  PlannedWindow,
  SplitReport,
} from "./training/model.js";
export { planDataset } from "./training/plan.js";
export type { DatasetProgress, WriteDatasetOptions } from "./training/settings.js";
export type { SplitOptions } from "./training/split.js";
export type { Span, WindowOptions } from "./training/windows.js";
export { type DatasetReport, writeDataset } from "./training/write.js";
export * as zarr from "zarrita";
export {
  type FeatureColumns,
  type FeatureOptions,
  type FrequencyBand,
  segmentFeatures,
} from "./tensor/features.js";
export { type TfModule, toTfTensor, toTypedArrays } from "./tensor/convert.js";
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
