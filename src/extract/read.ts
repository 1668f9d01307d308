/** Reads the pages of batches, neighbours in one go. */
import type { BlobSource } from "../archive/blob.js";
import type { DecodeBatch } from "../segments/batches.js";

/** Bytes between two batches that are read along rather than asked for in two reads. */
const BRIDGED_BYTES = 64 * 1024;

/** Gives each batch its bytes. */
export interface BatchReader {
  /** The bytes `[batch.startByte, batch.endByte)`, in a buffer of their own. */
  read(batch: number): Promise<Uint8Array>;
}

/** Groups of batches that one read serves: plan order, bounded by `readBytes`. */
export function planReads(
  batches: readonly DecodeBatch[],
  readBytes: number,
): readonly (readonly number[])[] {
  const order = batches
    .map((_, i) => i)
    .sort((a, b) => (batches[a] as DecodeBatch).startByte - (batches[b] as DecodeBatch).startByte);
  const groups: number[][] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    const { startByte, endByte } = batches[i] as DecodeBatch;
    const group = groups[groups.length - 1];
    if (group && startByte - end <= BRIDGED_BYTES && Math.max(end, endByte) - start <= readBytes) {
      group.push(i);
      end = Math.max(end, endByte);
    } else {
      groups.push([i]);
      start = startByte;
      end = endByte;
    }
  }
  return groups;
}

/** Reads a blob for a plan's batches; a group's bytes are held until its last batch has taken its own. */
export function batchReader(
  blob: BlobSource,
  batches: readonly DecodeBatch[],
  options: { readonly readBytes: number; readonly signal?: AbortSignal | undefined },
): BatchReader {
  const groups = planReads(batches, options.readBytes);
  const groupOf = new Map<number, number>();
  groups.forEach((group, g) => {
    for (const batch of group) groupOf.set(batch, g);
  });
  const held = new Map<number, { bytes: Promise<Uint8Array>; start: number; left: Set<number> }>();

  const open = (g: number): { bytes: Promise<Uint8Array>; start: number; left: Set<number> } => {
    const members = groups[g] as readonly number[];
    // By hand: spread into a call, hundreds of thousands of segments would be too many arguments.
    let start = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const i of members) {
      const { startByte, endByte } = batches[i] as DecodeBatch;
      start = Math.min(start, startByte);
      end = Math.max(end, endByte);
    }
    return { bytes: blob.read(start, end, options.signal), start, left: new Set(members) };
  };
  return {
    async read(batch) {
      const g = groupOf.get(batch) as number;
      const group = held.get(g) ?? open(g);
      held.set(g, group);
      const { startByte, endByte } = batches[batch] as DecodeBatch;
      const bytes = await group.bytes;
      group.left.delete(batch);
      if (group.left.size === 0) held.delete(g);
      return bytes.slice(startByte - group.start, endByte - group.start);
    },
  };
}
