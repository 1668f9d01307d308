/** A shard on its way to disk: gathered in blocks, one of which is written while the other fills. */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errorMessage, OpusZarrError } from "../errors.js";
import { partPath } from "../files.js";

/** A shard under way: beside its place until it is whole. */
export interface ShardFile {
  /** Takes over the bytes: whoever gave them may use their memory again. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Large enough for a disk's full speed, small beside the memory for samples. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** What unbuffered writes must be multiples of: the largest sector that disks have. */
const SECTOR_BYTES = 4096;
/** A page of WebAssembly's memory. */
const WASM_PAGE_BYTES = 65_536;
/** Every Node has it, the library of ECMAScript alone does not tell. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

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
  const handle = await told(openUnbuffered(part));
  const blocks = new BlockWriter(handle);
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

/**
 * Opens past the system's cache where that can be: a shard is not read again soon, and copying gigabytes into the
 * cache takes the processor from the decoders.
 */
async function openUnbuffered(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    // Only Linux has it, and not every file system there.
    return await open(path, flags | (constants.O_DIRECT ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
    await rm(path, { force: true });
    return await open(path, flags);
  }
}

/** Writes whole blocks from two pieces of memory in turn. */
class BlockWriter {
  readonly #handle: FileHandle;
  readonly #blocks: readonly [Uint8Array, Uint8Array] = [alignedBlock(), alignedBlock()];
  #writing: Promise<void> = Promise.resolve();
  /** Blocks handed to the disk, and bytes in the one that fills. */
  #full = 0;
  #filled = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async add(piece: Uint8Array): Promise<void> {
    for (let taken = 0; taken < piece.length; ) {
      const some = piece.subarray(taken, taken + BLOCK_BYTES - this.#filled);
      this.#block().set(some, this.#filled);
      this.#filled += some.length;
      taken += some.length;
      if (this.#filled === BLOCK_BYTES) await this.#flush(BLOCK_BYTES);
    }
  }

  /** Writes what is left: whole sectors, and cuts the file to its length. */
  async end(): Promise<void> {
    const bytes = this.#full * BLOCK_BYTES + this.#filled;
    const sectors = Math.ceil(this.#filled / SECTOR_BYTES) * SECTOR_BYTES;
    await this.#flush(sectors);
    await this.#writing;
    await this.#handle.truncate(bytes);
  }

  /** Once no write is under way, whatever came of it. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  #block(): Uint8Array {
    return this.#blocks[this.#full % 2 === 0 ? 0 : 1];
  }

  /** Begins to write the block that is full, when the other one is free. */
  async #flush(bytes: number): Promise<void> {
    await this.#writing;
    this.#writing = writeWhole(this.#handle, this.#block().subarray(0, bytes), this.#full * BLOCK_BYTES);
    // Met where it is awaited next.
    this.#writing.catch(() => {});
    this.#full++;
    this.#filled = 0;
  }
}

/** WebAssembly's memory starts on a page, which unbuffered writes ask for; other memory of Node does not. */
function alignedBlock(): Uint8Array {
  return new Uint8Array(new WebAssembly.Memory({ initial: BLOCK_BYTES / WASM_PAGE_BYTES }).buffer);
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
