/** A shard on its way to disk: gathered in blocks, some of which are written while another fills. */
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { openUnbuffered, pageAlignedMemory, SECTOR_BYTES } from "../archive/unbuffered.js";
import { errorMessage, OpusZarrError } from "../errors.js";
import { makeFolders, partPath, writeAll } from "../files.js";
import { BYTES_PER_MB } from "../units.js";

/** A shard under way: beside its place until it is whole. */
export interface ShardFile {
  /** Takes over the bytes: whoever gave them may use their memory again. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Large enough for a disk's full speed, small beside the memory for samples. */
const BLOCK_BYTES: number = 2 * BYTES_PER_MB;
/** One fills, the others are on their way: a disk that takes a while for one is kept busy by the next. */
const BLOCKS = 4;
/** Memory that shards are gathered in, for one shard after another. */
export function shardMemory(): Uint8Array {
  return pageAlignedMemory(BLOCKS * BLOCK_BYTES);
}

/**
 * Opens a shard; errors name its final place.
 *
 * @param memory of {@link shardMemory}, used by no other shard at the same time
 */
export async function shardFile(file: string, memory: Uint8Array): Promise<ShardFile> {
  const part = partPath(file);
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new OpusZarrError("io", `cannot write the shard: ${errorMessage(error)}`, { path: file }, error);
    }
  };
  await told(makeFolders(dirname(file)));
  const handle = await told(openShard(part));
  const blocks = new BlockWriter(handle, memory);
  return {
    write: async (pieces) => {
      for (const piece of pieces) await told(blocks.add(piece));
    },
    close: async () => {
      await told(blocks.end());
      await told(handle.close());
      await told(rename(part, file));
    },
    abort: async () => {
      await blocks.settled();
      await handle.close().catch(() => {});
      await rm(part, { force: true });
    },
  };
}

/** Past the system's cache where that can be: copying gigabytes into it takes the processor from the decoders. */
async function openShard(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT;
  const unbuffered = await openUnbuffered(path, flags | constants.O_EXCL);
  // A file system that refuses may have made the file.
  return unbuffered ?? (await open(path, flags | constants.O_TRUNC));
}

/** Writes whole blocks, several at a time, each from its own piece of the memory. */
class BlockWriter {
  readonly #handle: FileHandle;
  readonly #memory: Uint8Array;
  /** The write that each piece of the memory is under. */
  readonly #writes: Promise<void>[] = Array.from({ length: BLOCKS }, () => Promise.resolve());
  /** Blocks handed to the disk, and bytes in the one that fills. */
  #full = 0;
  #filled = 0;

  constructor(handle: FileHandle, memory: Uint8Array) {
    this.#handle = handle;
    this.#memory = memory;
  }

  async add(piece: Uint8Array): Promise<void> {
    for (let taken = 0; taken < piece.length; ) {
      if (this.#filled === 0) await this.#writes[this.#full % BLOCKS];
      const some = piece.subarray(taken, taken + BLOCK_BYTES - this.#filled);
      this.#memory.set(some, (this.#full % BLOCKS) * BLOCK_BYTES + this.#filled);
      this.#filled += some.length;
      taken += some.length;
      if (this.#filled === BLOCK_BYTES) this.#flush(BLOCK_BYTES);
    }
  }

  /** Writes what is left: whole sectors, and cuts the file to its length. */
  async end(): Promise<void> {
    const bytes = this.#full * BLOCK_BYTES + this.#filled;
    this.#flush(Math.ceil(this.#filled / SECTOR_BYTES) * SECTOR_BYTES);
    await Promise.all(this.#writes);
    await this.#handle.truncate(bytes);
  }

  /** Once no write is under way, whatever came of them. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  #flush(bytes: number): void {
    const block = this.#full % BLOCKS;
    const start = block * BLOCK_BYTES;
    const write = writeAll(
      this.#handle,
      this.#memory.subarray(start, start + bytes),
      this.#full * BLOCK_BYTES,
    );
    // Met where the block is wanted again, or at the end.
    write.catch(() => {});
    this.#writes[block] = write;
    this.#full++;
    this.#filled = 0;
  }
}
