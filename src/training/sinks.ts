/** Where the rows of a part go: WAV files, or one `.npy` shard. */
import { join } from "node:path";
import { makeFolders, writeFileAtomic } from "../files.js";
import { elementBytes, npyHeader } from "../tensor/npy.js";
import { wavBytes } from "../tensor/wav.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout, Part, RowShape } from "./layout.js";
import type { DatasetRow } from "./rows.js";
import type { WriteSettings } from "./settings.js";
import { shardFile } from "./shard-file.js";

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
  /** Of `shardMemory`: one part is written after another. */
  readonly memory: Uint8Array;
}

/** Opens the files of a part. */
export async function openPart(part: Part, context: SinkContext): Promise<PartSink> {
  const { folder, layout, settings } = context;
  await makeFolders(join(folder, part.split));
  if (settings.format === "wav") return wavSink(folder);
  const file = join(folder, layout.windows[part.first]?.file as string);
  const rows = part.end - part.first;
  const shape = layout.shape as RowShape;
  if (settings.format === "npy") return npySink(file, [rows, ...shape.dimensions], context);
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

async function npySink(
  file: string,
  shape: readonly number[],
  { settings, memory }: SinkContext,
): Promise<PartSink> {
  const out = await shardFile(file, memory);
  await out.write([npyHeader(shape, settings.dtype)]);
  return { ...out, add: ({ channels }) => out.write(channels.map(elementBytes)) };
}
