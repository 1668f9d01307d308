/** The sample tables of an MP4 track that is not fragmented (ISO/IEC 14496-12 §8.6, §8.7). */
import { findBox, viewOf } from "./boxes.js";
import type { SamplePlace } from "./mp4.js";

/** Tables that tell where packets lie; each payload begins with version and flags. */
export interface SampleTable {
  /** Runs of equal durations: count, duration. */
  readonly durations: Runs;
  /** Runs of chunks with equally many packets: first chunk (from 1), packets a chunk, description. */
  readonly chunkRuns: Runs;
  readonly chunkCount: number;
  chunkOffset(chunk: number): number;
  readonly sampleCount: number;
  sampleSize(sample: number): number;
}

/** Rows of a table of 32-bit numbers. */
interface Runs {
  readonly count: number;
  at(row: number, column: number): number;
}

/** Reads the tables of an `stbl` box; counts are cut to what is there. */
export function sampleTable(stbl: Uint8Array): SampleTable {
  const sizes = findBox(stbl, ["stsz"]) ?? new Uint8Array(12);
  const small = findBox(stbl, ["stco"]);
  const offsets = small ?? findBox(stbl, ["co64"]) ?? new Uint8Array(8);
  const sizeView = viewOf(sizes);
  const offsetView = viewOf(offsets);
  const uniform = sizeView.getUint32(4);
  const width = small === undefined ? 8 : 4;
  const declared = sizeView.getUint32(8);
  return {
    durations: runs(findBox(stbl, ["stts"]), 2),
    chunkRuns: runs(findBox(stbl, ["stsc"]), 3),
    chunkCount: Math.min(offsetView.getUint32(4), Math.floor((offsets.length - 8) / width)),
    chunkOffset: (chunk) =>
      width === 4 ? offsetView.getUint32(8 + 4 * chunk) : Number(offsetView.getBigUint64(8 + 8 * chunk)),
    sampleCount: uniform !== 0 ? declared : Math.min(declared, Math.floor((sizes.length - 12) / 4)),
    sampleSize: (sample) => (uniform !== 0 ? uniform : sizeView.getUint32(12 + 4 * sample)),
  };
}

function runs(payload: Uint8Array | undefined, columns: number): Runs {
  if (payload === undefined || payload.length < 8) return { count: 0, at: () => 0 };
  const view = viewOf(payload);
  const count = Math.min(view.getUint32(4), Math.floor((payload.length - 8) / (4 * columns)));
  return { count, at: (row, column) => view.getUint32(8 + 4 * (row * columns + column)) };
}

/** Where each packet lies, in order. */
export function* tableSamples(table: SampleTable): Generator<SamplePlace> {
  const nextDuration = durationReader(table.durations);
  let sample = 0;
  let run = 0;
  for (let chunk = 0; chunk < table.chunkCount; chunk++) {
    while (run + 1 < table.chunkRuns.count && table.chunkRuns.at(run + 1, 0) <= chunk + 1) run++;
    let offset = table.chunkOffset(chunk);
    const packets = table.chunkRuns.count === 0 ? 0 : table.chunkRuns.at(run, 1);
    for (let i = 0; i < packets && sample < table.sampleCount; i++) {
      const size = table.sampleSize(sample++);
      yield { offset, size, duration: nextDuration() };
      offset += size;
    }
  }
}

function durationReader(durations: Runs): () => number {
  let row = 0;
  let left = durations.count === 0 ? 0 : durations.at(0, 0);
  return () => {
    while (left === 0 && row + 1 < durations.count) left = durations.at(++row, 0);
    if (left === 0) return 0;
    left--;
    return durations.at(row, 1);
  };
}
