/** Decoding on whatever thread this is: its decoders are kept from batch to batch. */
import { decodeBatch } from "./batch.js";
import { type DecoderLayout, layoutKey, type PacketDecoder } from "./decoder.js";
import { openLibopusDecoder } from "./libopus.js";
import type { DecodeOutcome, DecodeTask } from "./task.js";

/** Decoders of other layouts than the last few are closed: each takes 28 MB. */
const KEPT_DECODERS = 4;

const kept = new Map<string, PacketDecoder>();
/** Batches on one thread take turns: a decoder has one state. */
let turn: Promise<unknown> = Promise.resolve();

/** Decodes a batch with this thread's decoder for its layout. */
export function decodeOnThread(bytes: Uint8Array, task: DecodeTask): Promise<DecodeOutcome> {
  const result = turn.then(() => decodeBatch(bytes, task, () => decoderFor(task.layout)));
  turn = result.catch(() => {});
  return result;
}

async function decoderFor(layout: DecoderLayout): Promise<PacketDecoder> {
  const key = layoutKey(layout);
  const known = kept.get(key);
  kept.delete(key);
  const decoder = known === undefined || known.broken ? await openLibopusDecoder(layout) : known;
  kept.set(key, decoder);
  if (kept.size > KEPT_DECODERS) closeOldest();
  return decoder;
}

function closeOldest(): void {
  const [oldest] = kept.entries();
  if (oldest === undefined) return;
  kept.delete(oldest[0]);
  oldest[1].close();
}
