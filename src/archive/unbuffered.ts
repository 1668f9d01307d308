/**
 * Writing past the system's cache: large files that are not read again soon need not be copied into it, which takes
 * longer than all else that is done to their bytes.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** What unbuffered writes must start at and be multiples of: the largest sector that disks have. */
export const SECTOR_BYTES = 4096;
/** A page of WebAssembly's memory. */
const WASM_PAGE_BYTES = 65_536;
/** Every Node has it, the library of ECMAScript alone does not tell. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => { readonly buffer: SharedArrayBuffer };
};

/**
 * Shared memory that starts on a page, as unbuffered writes ask for: WebAssembly's does, other memory of Node does not.
 *
 * @returns at least `bytes` bytes
 */
export function pageAlignedMemory(bytes: number): Uint8Array {
  const pages = Math.max(1, Math.ceil(bytes / WASM_PAGE_BYTES));
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer);
}

/** Opens a file for unbuffered writes; undefined where the system or the file system has none. */
export async function openUnbuffered(path: string, flags: number): Promise<FileHandle | undefined> {
  // Only Linux has it, and not every file system there.
  if (constants.O_DIRECT === undefined) return undefined;
  try {
    return await open(path, flags | constants.O_DIRECT);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Whether a file system said that it does not write unbuffered, or not so. */
export function isRefusal(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EINVAL";
}
