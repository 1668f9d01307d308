/** A stream of unknown length, kept until its length is known: in memory, and beyond that on disk. */
import type { Scratch, Staging } from "../archive/store.js";
import type { CopySource } from "./copy.js";

/** Streams up to this long are kept in memory: more than an hour at 64 kb/s. */
export const MAX_SPOOL_MEMORY_BYTES: number = 32 * 1024 * 1024;

/** A stream that was read to its end. */
export interface Spooled extends CopySource {
  close(): Promise<void>;
}

/** Pieces are gathered to writes of this size. */
const WRITE_BYTES = 1024 * 1024;

/**
 * Reads a stream to its end.
 *
 * @param staging where it may go once `memoryBytes` are full; all of it stays in memory where that has no disk
 */
export async function spool(
  stream: AsyncIterable<Uint8Array>,
  staging: Staging,
  memoryBytes: number,
): Promise<Spooled> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let written = 0;
  let scratch: Scratch | undefined;
  const spill = async (): Promise<void> => {
    if (scratch === undefined || heldBytes === 0) return;
    await scratch.write(Buffer.concat(held), written);
    written += heldBytes;
    held = [];
    heldBytes = 0;
  };
  try {
    for await (const bytes of stream) {
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes > memoryBytes) scratch ??= await staging.scratch?.();
      if (heldBytes >= WRITE_BYTES) await spill();
    }
    await spill();
  } catch (error) {
    await scratch?.close();
    throw error;
  }
  if (scratch === undefined) return inMemory(held, heldBytes);
  const { readInto, close } = scratch;
  return { byteLength: written, readInto, close };
}

function inMemory(parts: Uint8Array[], byteLength: number): Spooled {
  const whole = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  return {
    byteLength,
    readInto: async (target, start) => {
      const some = whole.subarray(start, start + target.length);
      target.set(some);
      return some.length;
    },
    close: async () => {},
  };
}
