/** What is imported: bytes of an Ogg Opus stream, and what is known of where they come from. */
import { createHash } from "node:crypto";
import type { Description, Json, SourceAttributes } from "../archive/attributes.js";
import type { Staging } from "../archive/store.js";
import { OpusZarrError } from "../errors.js";
import { DETECT_BYTES, detectFormat } from "../input/detect.js";
import { openOpusStream } from "../input/open.js";
import type { OpusSource } from "../input/opus-source.js";
import { streamSource } from "../source/byte-source.js";
import { fileFacts, type FileSource, openFile } from "../source/file.js";
import { WRITER } from "../version.js";
import type { Copied, CopySource } from "./copy.js";
import type { SourceFile } from "./names.js";
import type { ImportOptions } from "./options.js";
import { spool } from "./spool.js";

/** An Ogg Opus stream about to be copied, of known length. */
export interface ImportSource extends CopySource {
  /** What is to be said of it, once it was copied. */
  describe(copied: Copied): Promise<Description>;
  close(): Promise<void>;
}

/** Where and how a file is opened. */
export interface OpenContext {
  readonly staging: Staging;
  readonly options: ImportOptions;
  /** What users say of the file. */
  readonly user: { readonly [key: string]: Json };
  /** How much of an encoded stream may be kept in memory. */
  readonly spoolMemoryBytes: number;
  /** Told how many more bytes of the file went into its stream. */
  readonly onBytes: (bytes: number) => void;
  /** Lets as many encoders run at a time as are of use. */
  readonly encode: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Opens a file for import. Ogg Opus is read as it stands; anything else is encoded, or its packets put into
 * new pages, to the end first: a blob's chunks are cut by its length.
 */
export async function openImportSource(file: SourceFile, context: OpenContext): Promise<ImportSource> {
  return (await isOggOpus(file))
    ? await copied(file, context)
    : await context.encode(() => encoded(file, context));
}

/** Told first: what has to be encoded may have to wait for its turn. */
async function isOggOpus(file: SourceFile): Promise<boolean> {
  const source = await openFile(file.path);
  try {
    return detectFormat(await source.read(0, DETECT_BYTES)) === "ogg-opus";
  } finally {
    await source.close();
  }
}

async function copied(file: SourceFile, context: OpenContext): Promise<ImportSource> {
  const input = await openOpusStream(file.path, context.options);
  return {
    byteLength: input.file.byteLength,
    readInto: input.file.readInto,
    close: input.close,
    describe: async ({ sha256 }) => await describe(input, { file, sha256, blobSha256: sha256, context }),
  };
}

async function encoded(file: SourceFile, context: OpenContext): Promise<ImportSource> {
  const input = await openOpusStream(file.path, context.options);
  try {
    const hashing = sha256Of(input.file, context.options.signal);
    hashing.catch(() => {});
    const stream = await spool(noted(input, context.onBytes), context.staging, context.spoolMemoryBytes);
    const sha256 = await hashing;
    return {
      byteLength: stream.byteLength,
      readInto: stream.readInto,
      close: () => stream.close().finally(input.close),
      describe: async (blob) => await describe(input, { file, sha256, blobSha256: blob.sha256, context }),
    };
  } catch (error) {
    await input.close();
    throw error;
  }
}

/** Encoding takes far longer than the copy that follows: how far it is shows while it runs. */
async function* noted(input: OpusSource, onBytes: OpenContext["onBytes"]): AsyncGenerator<Uint8Array> {
  let passed = 0;
  let told = 0;
  const tell = (): void => {
    const share = input.share();
    const reached = share === undefined ? passed : Math.floor(share * input.file.byteLength);
    if (reached > told) onBytes(reached - told);
    told = Math.max(told, reached);
  };
  for await (const bytes of input.stream) {
    passed += bytes.length;
    tell();
    yield bytes;
  }
  tell();
}

/** SHA-256 of all bytes of a file, in hexadecimal. */
export async function sha256Of(source: FileSource, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of streamSource(source, signal)) hash.update(bytes);
  return hash.digest("hex");
}

interface About {
  readonly file: SourceFile;
  readonly sha256: string;
  readonly blobSha256: string;
  readonly context: OpenContext;
}

async function describe(input: OpusSource, about: About): Promise<Description> {
  await refuseChanged(input.file);
  return {
    source: sourceAttributes(input, about),
    blobSha256: about.blobSha256,
    transcoded: input.transcoded === null ? null : { ...input.transcoded },
    samplingRescaleFactor: input.samplingRescaleFactor,
    startTime: input.startTime === null ? null : { ...input.startTime },
    tags: input.tags,
    recorder: input.recorder,
    user: about.context.user,
    writer: WRITER,
  };
}

function sourceAttributes(input: OpusSource, { file, sha256 }: About): SourceAttributes {
  const { warnings } = input.summary();
  return {
    name: file.relative,
    bytes: input.file.byteLength,
    sha256,
    mtime: modificationTime(input.file.mtimeMs),
    ...(input.kind === "copy" ? {} : { format: input.format }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/** A modification time as it is kept, in whole milliseconds: copies of files seldom keep more. */
export function modificationTime(mtimeMs: number): string {
  return new Date(Math.round(mtimeMs)).toISOString();
}

/** A file that is still being recorded, or replaced meanwhile, is not what was hashed. */
async function refuseChanged(source: FileSource): Promise<void> {
  const now = await fileFacts(source.path);
  if (now?.byteLength === source.byteLength && now.mtimeMs === source.mtimeMs) return;
  throw new OpusZarrError("io", "the file changed while it was read: import it once it is finished", {
    path: source.path,
  });
}
