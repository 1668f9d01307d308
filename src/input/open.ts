/**
 * One way in for any recording: as it stands (Ogg Opus), with its packets moved to Ogg (Opus in Matroska,
 * WebM, MP4, CAF), or transcoded (anything else that ffmpeg reads).
 */
import { basename } from "node:path";
import { formatError, isOpusZarrError } from "../errors.js";
import { describeRecording, type RecordingDescription } from "../metadata/describe.js";
import { type RiffInfo, readRiff } from "../metadata/riff.js";
import { parseTimezone } from "../metadata/timezone.js";
import { OPUS_RATE_HZ } from "../units.js";
import { streamSource } from "../source/byte-source.js";
import { openCaf } from "./containers/caf.js";
import { openMatroska } from "./containers/matroska.js";
import { openMp4 } from "./containers/mp4.js";
import { type OpusTrack, remux, UnreadableTrack } from "./containers/track.js";
import { isS3 } from "../remote/address.js";
import { DETECT_BYTES, detectFormat, type InputFormat } from "./detect.js";
import { type FileSource, openFile } from "../source/file.js";
import { MAX_COMMENT_BYTES, readOggComments } from "./ogg-comments.js";
import type { InputOptions, OpusSource } from "./opus-source.js";
import { serveSource } from "./serve.js";
import { transcode } from "./transcode.js";

/**
 * Opens a recording of any kind; what it is, is told by its content.
 *
 * @param path the file; never read as an option, a protocol or a pattern
 * @returns the stream and what is known of the recording; close it
 * @throws {OpusZarrError} of kind `not-found` and `io` for the file, `format` where it holds no sound that
 * can be read, `dependency` where ffmpeg is needed and missing, `argument` for bad options. The stream
 * throws the same while it is read
 * @example
 * ```ts
 * const source = await openOpusStream("20240528_100000.WAV", { timezone: "+02:00" });
 * try {
 *   for await (const bytes of source.stream) write(bytes);
 * } finally {
 *   await source.close();
 * }
 * ```
 */
export async function openOpusStream(path: string, options: InputOptions = {}): Promise<OpusSource> {
  const timezone = typeof options.timezone === "string" ? parseTimezone(options.timezone) : options.timezone;
  options.signal?.throwIfAborted();
  const file = await openFile(path);
  try {
    const head = await file.read(0, DETECT_BYTES);
    const format = detectFormat(head);
    if (format === "empty") throw formatError("is empty", { path });
    if (format === "text") throw formatError("is text, not sound", { path });
    const input = { file, format, options: { ...options, timezone } };
    if (format === "ogg-opus") return await copied(input);
    return (await remuxed(input)) ?? (await transcoded(input));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What holds of all packets that are copied. */
const COPIED = {
  transcoded: null,
  sampleRate: OPUS_RATE_HZ,
  samplingRescaleFactor: 1,
  riff: null,
  share: () => undefined,
} as const;

interface Input {
  readonly file: FileSource;
  readonly format: InputFormat;
  readonly options: InputOptions;
}

async function copied({ file, format, options }: Input): Promise<OpusSource> {
  let head = await file.read(0, DETECT_BYTES);
  let found = readOggComments(head);
  if (!found.complete && file.byteLength > head.length) {
    head = await file.read(0, MAX_COMMENT_BYTES);
    found = readOggComments(head);
  }
  return {
    kind: "copy",
    format,
    file,
    stream: streamSource(file, options.signal),
    ...COPIED,
    ...describe(file, options, { comments: found.comments }),
    summary: () => ({ sourceSamples: undefined, warnings: [] }),
    close: () => file.close(),
  };
}

async function remuxed({ file, format, options }: Input): Promise<OpusSource | null> {
  const track = await openTrack(file, format);
  if (track === null) return null;
  return {
    kind: "remux",
    format,
    file,
    stream: remuxStream(file, track, options.signal),
    ...COPIED,
    ...describe(file, options, { comments: track.comments }),
    summary: () => ({ sourceSamples: undefined, warnings: track.warnings }),
    close: () => file.close(),
  };
}

async function openTrack(file: FileSource, format: InputFormat): Promise<OpusTrack | null> {
  try {
    if (format === "matroska") return await openMatroska(file);
    if (format === "mp4") return await openMp4(file);
    return format === "caf" ? await openCaf(file) : null;
  } catch (error) {
    // Made otherwise than our parsers know: ffmpeg may read it all the same.
    if (error instanceof UnreadableTrack || error instanceof RangeError) return null;
    throw isOpusZarrError(error, "format") ? formatError(error.message, { path: file.path }, error) : error;
  }
}

async function* remuxStream(
  file: FileSource,
  track: OpusTrack,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let pages = 0;
  try {
    for await (const page of remux(track, signal)) {
      pages++;
      yield page;
    }
  } catch (error) {
    // A table cut short in the middle of a number.
    if (!(error instanceof RangeError)) throw error;
    throw formatError(`damaged ${track.container} tables`, { path: file.path }, error);
  }
  if (pages <= 2) throw formatError("holds no packets", { path: file.path });
}

async function transcoded({ file, format, options }: Input): Promise<OpusSource> {
  const riff = format === "wav" || format === "rf64" ? await readRiff(file) : null;
  const served = isS3(file.path) ? await serveSource(file) : undefined;
  const run = await transcode(file.path, options, { riff, url: served?.url }).catch((error: unknown) => {
    served?.close();
    throw error;
  });
  const stream = run.stream[Symbol.asyncIterator]();
  const { first, comments } = await readHead(stream);
  return {
    kind: "transcode",
    format,
    file,
    stream: resumed(first, stream),
    transcoded: run.transcoded,
    sampleRate: run.sampleRate,
    samplingRescaleFactor: run.samplingRescaleFactor,
    riff,
    ...describe(file, options, { comments, riff }),
    share: run.share,
    summary: () => {
      const { sourceSamples, warnings } = run.summary();
      return { sourceSamples, warnings: [...(riff?.warnings ?? []), ...warnings] };
    },
    async close() {
      await stream.return?.();
      served?.close();
      await file.close();
    },
  };
}

type Comments = readonly (readonly [name: string, value: string])[];

/** The pieces of a stream up to the end of its comments. */
async function readHead(
  stream: AsyncIterator<Uint8Array>,
): Promise<{ readonly first: readonly Uint8Array[]; readonly comments: Comments }> {
  const first: Uint8Array[] = [];
  let comments: Comments = [];
  for (let bytes = 0; bytes < MAX_COMMENT_BYTES; ) {
    const next = await stream.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
    const found = readOggComments(Buffer.concat(first));
    comments = found.comments;
    if (found.complete) break;
  }
  return { first, comments };
}

async function* resumed(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function describe(
  file: FileSource,
  { timezone }: InputOptions,
  { comments, riff }: { comments: Comments; riff?: RiffInfo | null },
): RecordingDescription {
  return describeRecording({
    fileName: basename(file.path),
    riff,
    vorbisComments: ownComments(comments, riff),
    timezone,
  });
}

/** Of comments that ffmpeg has written, those that it did not make up or take from the chunks read already. */
function ownComments(comments: Comments, riff: RiffInfo | null | undefined): Comments {
  const known = new Set(Object.values(riff?.info ?? {}).flat());
  return comments.filter(([name, value]) => {
    return !(name.toLowerCase() === "encoder" && value.startsWith("Lavc")) && !known.has(value);
  });
}
