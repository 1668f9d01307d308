/** What is imported: bytes of an Ogg Opus stream, and what is known of where they come from. */
import path from "node:path";
import type { Description, Json } from "../archive/attributes.js";
import { formatError } from "../errors.js";
import { readPage } from "../ogg/page.js";
import { parseOpusTags } from "../opus/tags.js";
import type { Link, PageIndex } from "../pageindex/accumulate.js";
import { openFile } from "../source/file.js";
import { WRITER } from "../version.js";
import type { Copied, CopySource } from "./copy.js";
import type { SourceFile } from "./names.js";
import type { ImportOptions } from "./options.js";

/** An Ogg Opus stream about to be copied. */
export interface ImportSource extends CopySource {
  /** What is to be said of it, once it was copied. */
  describe(done: {
    index: PageIndex;
    copied: Copied;
    file: SourceFile;
    options: ImportOptions;
  }): Promise<Description>;
  close(): Promise<void>;
}

/** Opens a file for import. */
export async function openImportSource(file: string, _options: ImportOptions): Promise<ImportSource> {
  const source = await openFile(file);
  try {
    if (source.byteLength === 0)
      throw formatError("expected an audio file, got an empty one", { path: file });
    const first = await source.read(0, 64);
    if (new TextDecoder("latin1").decode(first.subarray(0, 4)) !== "OggS") {
      throw formatError("expected an Ogg Opus file, got something else", { path: file, byteOffset: 0 });
    }
    return {
      byteLength: source.byteLength,
      readInto: source.readInto,
      close: source.close,
      async describe({ index, copied, options }) {
        const comments = await readComments(source, index);
        const tags: Record<string, Json> = {};
        for (const [name, value] of comments) tags[name] = value;
        return {
          source: {
            name: path.basename(file),
            bytes: source.byteLength,
            sha256: copied.sha256,
            mtime: new Date(source.mtimeMs).toISOString(),
          },
          blobSha256: copied.sha256,
          transcoded: null,
          samplingRescaleFactor: 1,
          startTime: null,
          tags,
          recorder: null,
          user: { ...options.meta, ...options.metaFor?.(file) },
          writer: WRITER,
        };
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The comment header's bytes: those of its pages' packets, all together. */
async function readComments(
  source: { read(start: number, end: number): Promise<Uint8Array> },
  index: PageIndex,
): Promise<readonly (readonly [string, string])[]> {
  const link = index.links[0] as Link;
  const start = index.byteOffset[link.firstPage] as number;
  const end = index.byteOffset[link.firstAudioPage] as number;
  const bytes = await source.read(start, end);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const page = readPage(bytes, at);
    if (page === undefined) break;
    if (at > 0 && page.serial === link.serial)
      parts.push(bytes.subarray(at + page.headerSize, at + page.size));
    at += page.size;
  }
  return parseOpusTags(Buffer.concat(parts)).comments;
}
