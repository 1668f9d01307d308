/**
 * Decodes one batch: the packets of a run of pages, once, in order, each packet's samples written straight
 * to where the segments want them. No copy of the decoded stretch is kept.
 */
import { OPUS_RATE_HZ } from "../units.js";
import type { PacketDecoder } from "./decoder.js";
import { batchPackets } from "./packets.js";
import { targetWriter } from "./targets.js";
import type { DecodeOutcome, DecodeTask } from "./task.js";

/**
 * Decodes a batch.
 *
 * A packet that breaks the decoder is one that it refuses; the next one then finds a new decoder.
 *
 * @param bytes the batch's pages
 * @param open gives a decoder for the task's layout
 * @throws {OpusZarrError} of kind `format` when the pages do not hold the packets that the index promises
 */
export async function decodeBatch(
  bytes: Uint8Array,
  task: DecodeTask,
  open: () => Promise<PacketDecoder>,
): Promise<DecodeOutcome> {
  const packets = batchPackets(bytes, task);
  const writer = targetWriter(task);
  const refused: { start: number; end: number }[] = [];
  const ratio = OPUS_RATE_HZ / task.layout.sampleRateHz;
  let decodedSamples = 0;
  let proven = task.fresh || !task.exact;
  let settled = true;
  let decoder = await open();
  if (proven) decoder.reset();
  else decoder.beginAnywhere();
  for (const packet of packets) {
    if (!proven && packet.pos + packet.samples > task.fromPos) {
      proven = decoder.settled;
      settled = proven;
      if (!settled) break;
    }
    const got = decoder.decode(packet.source, packet.from, packet.to);
    decodedSamples += packet.samples;
    if (got * ratio === packet.samples && got > 0) writer.write(decoder.output, got, packet.pos);
    else if (packet.samples > 0) refused.push({ start: packet.pos, end: packet.pos + packet.samples });
    if (!decoder.broken) continue;
    // Another past may not have broken it.
    settled = proven;
    if (!settled) break;
    decoder = await open();
  }
  const start = packets[0]?.pos ?? task.fromPos;
  return {
    decoder: decoder.name,
    settled,
    decodedSamples,
    prerollSamples: Math.max(0, task.fromPos - start),
    refused,
  };
}
