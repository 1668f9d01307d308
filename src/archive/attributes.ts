/** What a recording's group says of it: the `opus_zarr` attributes of format version 1. */
import type { OpusHead } from "../opus/head.js";
import type { Hole, Link, PageIndex } from "../pageindex/page-index.js";

/** Format version that this package writes and reads. */
export const FORMAT_VERSION = 1;

/** JSON values, as attributes hold them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The file that a recording was made from. */
export interface SourceAttributes {
  /** Path relative to the folder that holds what was named at the import, with `/`. */
  readonly name: string;
  readonly bytes: number;
  /** Of the source file; for a 1:1 copy also that of the blob. */
  readonly sha256: string;
  /** Modification time, ISO 8601 UTC; null where there is none. */
  readonly mtime: string | null;
  /** What the file was where it was not Ogg Opus: `wav`, `flac`, `matroska`, … */
  readonly format?: string;
  /** Damage in such a file that was passed over. */
  readonly warnings?: readonly string[];
}

/** When a recording begins. */
export interface StartTime {
  /** ISO 8601 in UTC; null where the zone is not known. */
  readonly utc: string | null;
  /** Offset of the recorder's clock from UTC, as "+02:00"; null where not known. */
  readonly offset: string | null;
  /** Where this was read: a tag, a chunk, the file name. */
  readonly origin: string;
  /** What the recorder's clock showed, ISO 8601 without zone. */
  readonly local: string;
  /** What else is to be said: a time that clocks showed twice, or never. */
  readonly note?: string;
  readonly [key: string]: Json | undefined;
}

/** How a recording that was not Ogg Opus was made into it; null for a 1:1 copy. */
export interface TranscodeAttributes {
  readonly [key: string]: Json;
}

/** A chained stream, as stored. */
export interface LinkAttributes {
  readonly first_page: number;
  readonly first_audio_page: number;
  readonly serial: number;
  readonly pre_skip: number;
  readonly initial_granule: number;
  readonly total_samples: number;
  /** These only where they differ from the recording's, which are those of its first link. */
  readonly channels?: number;
  readonly output_gain_db?: number;
  readonly mapping?: RecordingAttributes["mapping"];
}

/** A hole, as stored: byte range of the blob, and playable samples that are lost for it. */
export interface HoleAttributes {
  readonly start_byte: number;
  readonly end_byte: number;
  readonly start_sample: number;
  readonly end_sample: number;
  readonly reason: string;
}

/** Attributes under `opus_zarr` of a recording's group. */
export interface RecordingAttributes {
  readonly format: number;
  readonly codec: "opus";
  readonly container: "ogg";
  readonly source: SourceAttributes;
  /** SHA-256 of the blob, in hexadecimal: that of the source, unless it was transcoded or remuxed. */
  readonly blob_sha256: string;
  readonly transcoded: TranscodeAttributes | null;
  readonly channels: number;
  /** Effective rate in Hz: 48,000, or the true rate of an ultrasonic recording. */
  readonly sample_rate: number;
  readonly total_samples: number;
  readonly pre_skip: number;
  readonly output_gain_db: number;
  readonly mapping: {
    readonly family: number;
    readonly streams: number;
    readonly coupled: number;
    readonly table: readonly number[];
  };
  readonly links: readonly LinkAttributes[];
  /** True rate over 48,000; 1 unless the recording is ultrasonic. */
  readonly sampling_rescale_factor: number;
  readonly start_time: StartTime | null;
  readonly tags: { readonly [name: string]: Json };
  readonly recorder: { readonly [key: string]: Json } | null;
  readonly user: { readonly [key: string]: Json };
  readonly holes: readonly HoleAttributes[];
  /** Decoded ranges of empty packets outside SILK runs: exact decoding reaches back to the link's start. */
  readonly concealed: readonly (readonly [start: number, end: number])[];
  readonly writer: string;
}

/** What is known of a recording beside its index. */
export interface Description {
  readonly source: SourceAttributes;
  readonly blobSha256: string;
  readonly transcoded: TranscodeAttributes | null;
  /** True rate over 48,000. */
  readonly samplingRescaleFactor: number;
  readonly startTime: StartTime | null;
  readonly tags: { readonly [name: string]: Json };
  readonly recorder: { readonly [key: string]: Json } | null;
  readonly user: { readonly [key: string]: Json };
  readonly writer: string;
}

/** Puts together what is stored of a recording. */
export function recordingAttributes(index: PageIndex, description: Description): RecordingAttributes {
  const head = (index.links[0] as Link).head;
  return {
    format: FORMAT_VERSION,
    codec: "opus",
    container: "ogg",
    source: description.source,
    blob_sha256: description.blobSha256,
    transcoded: description.transcoded,
    channels: head.channels,
    sample_rate: Math.round(48_000 * description.samplingRescaleFactor),
    total_samples: index.totalSamples,
    pre_skip: head.preSkip,
    output_gain_db: head.outputGainQ8 / 256,
    mapping: { ...head.mapping },
    links: index.links.map((link) => linkAttributes(link, head)),
    sampling_rescale_factor: description.samplingRescaleFactor,
    start_time: description.startTime,
    tags: description.tags,
    recorder: description.recorder,
    user: description.user,
    holes: index.holes.map(holeAttributes),
    concealed: index.concealed.map(({ start, end }) => [start, end] as const),
    writer: description.writer,
  };
}

function linkAttributes(link: Link, first: OpusHead): LinkAttributes {
  return {
    first_page: link.firstPage,
    first_audio_page: link.firstAudioPage,
    serial: link.serial,
    pre_skip: link.preSkip,
    initial_granule: link.initialGranule,
    total_samples: link.totalSamples,
    ...(link.head.channels === first.channels ? {} : { channels: link.head.channels }),
    ...(link.head.outputGainQ8 === first.outputGainQ8
      ? {}
      : { output_gain_db: link.head.outputGainQ8 / 256 }),
    ...(sameMapping(link.head, first) ? {} : { mapping: { ...link.head.mapping } }),
  };
}

function sameMapping({ mapping: a }: OpusHead, { mapping: b }: OpusHead): boolean {
  return (
    a.family === b.family &&
    a.streams === b.streams &&
    a.coupled === b.coupled &&
    `${a.table}` === `${b.table}`
  );
}

function holeAttributes(hole: Hole): HoleAttributes {
  return {
    start_byte: hole.startByte,
    end_byte: hole.endByte,
    start_sample: hole.startSample,
    end_sample: hole.endSample,
    reason: hole.reason,
  };
}

/** Attributes that the prototype's readers look for on the blob array. */
export function blobAttributes(
  attributes: RecordingAttributes,
  seconds: number,
): { readonly [key: string]: Json } {
  const ultrasonic = attributes.sampling_rescale_factor > 1;
  return {
    codec: "opus",
    nb_channels: attributes.channels,
    sample_rate: 48_000,
    sampling_rescale_factor: attributes.sampling_rescale_factor,
    container_type: "ogg",
    first_sample_time_stamp: attributes.start_time?.utc ?? null,
    opus_bitrate: seconds > 0 ? Math.round((attributes.source.bytes * 8) / seconds) : 0,
    is_ultrasonic: ultrasonic,
    original_sample_rate: attributes.sample_rate,
  };
}
