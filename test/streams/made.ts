/** What the makers of test streams share. */
import type { ModeName, TestStream } from "./fixtures.js";
import { durations, fileOf, type OpusStream, type PageOptions, pagesOf, sum } from "./stream.js";

/** What a made stream is called, and what it holds. */
export interface Made {
  readonly name: string;
  readonly what: string;
  readonly modes: readonly ModeName[];
}

/** A stream cut into pages as one undamaged file. */
export function made(about: Made, stream: OpusStream, options: PageOptions = {}): TestStream {
  return {
    ...about,
    bytes: fileOf(pagesOf(stream, options)),
    channels: stream.head.channels,
    totalSamples: playable(stream, options),
    links: 1,
    sources: [stream],
    lost: [],
  };
}

/** Playable samples at 48 kHz of a stream cut so. */
export function playable(stream: OpusStream, options: PageOptions = {}): number {
  const trim = (options.eos ?? "marked") === "marked" ? (options.trim ?? 101) : 0;
  return sum(durations(stream)) - stream.head.preSkip - trim;
}
