/** The packets of a plan, decoded by worker threads that have them at hand: what extraction can at best reach. */
import { Worker } from "node:worker_threads";
import { planSegments, type Recording, type SampleRange } from "../../dist/index.js";
import { readPackets } from "../../dist/ogg/packets.js";
import { type Page, readPage } from "../../dist/ogg/page.js";
import { packetSamples } from "../../dist/opus/toc.js";
import { secondsOf } from "../result.js";

/** Threads that decode. */
export interface PureDecode {
  /** Seconds that decoding all packets once takes. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** Opens threads with the packets that segments need, pre-roll among them, shared out evenly. */
export async function pureDecode(
  recording: Recording,
  segments: readonly SampleRange[],
  workers: number,
): Promise<PureDecode> {
  const packets = await packetsFor(recording, segments);
  const share = Math.ceil(packets.length / workers);
  const [link] = (await recording.index()).links;
  const head = link?.head;
  const layout = { channels: head?.channels, mapping: head?.mapping, sampleRateHz: 48_000 };
  const threads = Array.from({ length: workers }, (_, i) => {
    const part = packets.slice(i * share, (i + 1) * share);
    return new Worker(new URL("./pure.worker.mjs", import.meta.url), {
      workerData: { layout, packets: part },
      execArgv: [],
    });
  });
  const answers = (): Promise<unknown> =>
    Promise.all(threads.map((thread) => new Promise((resolve) => thread.once("message", resolve))));
  await answers();
  return {
    run: () =>
      secondsOf(async () => {
        const done = answers();
        for (const thread of threads) thread.postMessage("go");
        await done;
      }),
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

async function packetsFor(recording: Recording, segments: readonly SampleRange[]): Promise<Uint8Array[]> {
  const index = await recording.index();
  const blob = await recording.blob();
  const found: Uint8Array[] = [];
  for (const batch of planSegments(index, segments, { workers: 2 }).batches) {
    const bytes = await blob.read(batch.startByte, batch.endByte);
    const pages: Page[] = [];
    for (let page = batch.firstPage; page < batch.endPage; page++) {
      const at = readPage(bytes, (index.byteOffset[page] ?? 0) - batch.startByte);
      if (at !== undefined) pages.push(at);
    }
    const { fresh, anchorPos, prerollSamples } = batch.start;
    const from = fresh ? Number.NEGATIVE_INFINITY : anchorPos - prerollSamples;
    let on = -1;
    let pos = 0;
    for (const packet of readPackets(bytes, pages)) {
      if (packet.page !== on) pos = index.samplePos[batch.firstPage + packet.page] ?? 0;
      on = packet.page;
      const samples = packetSamples(packet.bytes, 0, packet.bytes.length);
      if (pos + samples > from && pos < batch.toPos) found.push(packet.bytes.slice());
      pos += samples;
    }
  }
  return found;
}
