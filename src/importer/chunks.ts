/** The chunks of a blob array out of a stream of bytes. */
import type { StagedValue, Staging } from "../archive/store.js";

/** Writes a byte stream into the equal chunks of a blob array, the last one padded. */
export interface ChunkWriter {
  /** Writes `bytes`, which begin at byte `at`; they are done with when the promise resolves. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** All that was written is on the disk when the promise resolves. */
  close(): Promise<void>;
  /** Lets go of what is open, whatever state it is in. */
  abandon(): Promise<void>;
}

/**
 * Chunks that are flushed at the same time. The disk is busy with two, and of the four threads that Node has
 * for files two are left to read and write.
 */
const FLUSHES = 2;

interface OpenChunk {
  readonly value: Promise<StagedValue>;
  left: number;
}

/**
 * Opens a writer; whole chunks are flushed behind the writing.
 *
 * @param chunkBytes of each chunk; `sectors` as {@link Staging} has it
 */
export function chunkWriter(
  staging: Staging,
  byteLength: number,
  { chunkBytes, sectors }: { readonly chunkBytes: number; readonly sectors: boolean },
): ChunkWriter {
  const open = new Map<number, OpenChunk>();
  const flushing = new Set<Promise<void>>();

  const openChunk = (chunk: number): OpenChunk => {
    const state = open.get(chunk) ?? {
      value: staging.open(`audio_data_blob_array/c/${chunk}`, chunkBytes, sectors),
      left: Math.min(chunkBytes, byteLength - chunk * chunkBytes),
    };
    open.set(chunk, state);
    return state;
  };

  const flush = async (value: StagedValue): Promise<void> => {
    while (flushing.size >= FLUSHES) await Promise.race(flushing);
    // One that fails stays, so that whoever waits next meets its error.
    const flushed = value.close().then(() => void flushing.delete(flushed));
    flushed.catch(() => {});
    flushing.add(flushed);
  };

  const piece = async (bytes: Uint8Array, at: number): Promise<void> => {
    const chunk = Math.floor(at / chunkBytes);
    const state = openChunk(chunk);
    const value = await state.value;
    await value.write(bytes, at - chunk * chunkBytes);
    state.left -= bytes.length;
    if (state.left > 0) return;
    const used = Math.min(chunkBytes, byteLength - chunk * chunkBytes);
    if (used < chunkBytes) await value.write(new Uint8Array(chunkBytes - used), used);
    open.delete(chunk);
    await flush(value);
  };

  const closeAll = async (): Promise<void> => {
    for (const { value } of open.values()) await (await value).close();
    open.clear();
    await Promise.all(flushing);
  };
  return {
    async write(bytes, at) {
      for (let done = 0; done < bytes.length; ) {
        const to = Math.min(bytes.length, (Math.floor((at + done) / chunkBytes) + 1) * chunkBytes - at);
        await piece(bytes.subarray(done, to), at + done);
        done = to;
      }
    },
    close: closeAll,
    async abandon() {
      await closeAll().catch(() => {});
      await Promise.allSettled(flushing);
    },
  };
}
