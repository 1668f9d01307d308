/** Who decodes the batches: this process's worker threads, or ffmpeg processes. */
import { decodeWithFfmpeg } from "../decode/ffmpeg.js";
import type { DecodeOutcome, DecodeTask } from "../decode/task.js";
import { limiter } from "../archive/limiter.js";
import type { WorkerPool } from "../workers/pool.js";
import type { ExtractSettings } from "./options.js";

/** A batch when its turn has come. */
export interface PreparedBatch {
  readonly task: DecodeTask;
  /** In a buffer of their own. */
  readonly bytes: Uint8Array;
}

/** Decodes batches, as many at a time as it has places. */
export type BatchDecoder = (
  prepare: () => Promise<PreparedBatch>,
  signal: AbortSignal,
) => Promise<DecodeOutcome>;

/** The decoder that the settings name. */
export function batchDecoder(settings: ExtractSettings, pool: WorkerPool): BatchDecoder {
  if (settings.decoder === "libopus") {
    return (prepare, signal) =>
      pool.run<"decode">(async () => {
        const { task, bytes } = await prepare();
        return { task: { kind: "decode", task, bytes }, transfer: [bytes.buffer as ArrayBuffer] };
      }, signal);
  }
  const { ffmpegPath } = settings;
  const places = Math.max(1, settings.workers);
  const processes = limiter(places, places);
  return (prepare, signal) =>
    processes.run(1, async () => {
      signal.throwIfAborted();
      const { task, bytes } = await prepare();
      return await decodeWithFfmpeg(bytes, task, { ffmpegPath, signal });
    });
}
