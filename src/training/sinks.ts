/** Where the rows of a part go: WAV files, or one `.npy` shard. */
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, OpusZarrError } from "../errors.js";
import { partPath, writeFileAtomic } from "../files.js";
import { elementBytes, npyHeader } from "../tensor/npy.js";
import { wavBytes } from "../tensor/wav.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout, Part, RowShape } from "./layout.js";
import type { DatasetRow } from "./rows.js";
import type { WriteSettings } from "./settings.js";

/** Takes the rows of one part in order; its files are there once it is closed, and not before. */
export interface PartSink {
  add(row: DatasetRow): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

/** What a part is written with. */
export interface SinkContext {
  readonly folder: string;
  readonly layout: DatasetLayout;
  readonly settings: WriteSettings;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
}

/** Opens the files of a part. */
export async function openPart(part: Part, context: SinkContext): Promise<PartSink> {
  const { folder, layout, settings } = context;
  await mkdir(join(folder, part.split), { recursive: true });
  if (settings.format === "wav") return wavSink(folder);
  const file = join(folder, layout.windows[part.first]?.file as string);
  const rows = part.end - part.first;
  const shape = layout.shape as RowShape;
  if (settings.format === "npy") return npySink(file, [rows, ...shape.dimensions], settings);
  const { parquetSink } = await import("./parquet.js");
  return parquetSink(file, shape, context);
}

/** Small files are not flushed one by one: a killed run leaves whole files, and the part is only then called done. */
function wavSink(folder: string): PartSink {
  return {
    add: async ({ window, sampleRate, channels }) => {
      await writeFileAtomic(join(folder, window.file), wavBytes({ sampleRateHz: sampleRate, channels }), {
        flush: false,
      });
    },
    close: async () => {},
    abort: async () => {},
  };
}

async function npySink(file: string, shape: readonly number[], { dtype }: WriteSettings): Promise<PartSink> {
  const out = await shardFile(file);
  await out.write([npyHeader(shape, dtype)]);
  return { ...out, add: ({ channels }) => out.write(channels.map(elementBytes)) };
}

/** A shard under way: beside its place until it is whole. */
export interface ShardFile {
  write(pieces: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Opens a shard; errors name its final place. */
export async function shardFile(file: string): Promise<ShardFile> {
  const part = partPath(file);
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new OpusZarrError("io", `cannot write the shard: ${errorMessage(error)}`, { path: file }, error);
    }
  };
  await told(mkdir(dirname(file), { recursive: true }));
  const handle: FileHandle = await told(open(part, "wx"));
  let at = 0;
  return {
    write: async (pieces) => {
      for (const piece of pieces) {
        await told(writeWhole(handle, piece, at));
        at += piece.length;
      }
    },
    close: async () => {
      await told(handle.close());
      await told(rename(part, file));
    },
    abort: async () => {
      await handle.close().catch(() => {});
      await rm(part, { force: true });
    },
  };
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
