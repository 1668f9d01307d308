/** The streams that encoders made: `generate.mjs` tells how. */
import { readdirSync, readFileSync } from "node:fs";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { readPackets } from "../../src/ogg/packets.js";
import { parseOpusHead } from "../../src/opus/head.js";
import type { LostSamples } from "./damage.js";
import { durations, type OpusStream, streamOf, sum } from "./stream.js";

/** A coding mode as the streams' descriptions name it. */
export type ModeName = "celt" | "hybrid" | "silk";

/** One stream, and what is known of it from the way in which it was made. */
export interface TestStream {
  readonly name: string;
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly channels: number;
  /** Modes that its packets have, whichever stream inside them. */
  readonly modes: readonly ModeName[];
  /** Playable samples at 48 kHz. */
  readonly totalSamples: number;
  readonly links: number;
  /** What each link was made of, whole. */
  readonly sources: readonly OpusStream[];
  /** Playable samples that are lost. */
  readonly lost: readonly LostSamples[];
}

const FIXTURES: Readonly<Record<string, readonly [what: string, ...modes: ModeName[]]>> = {
  "celt-2.5ms": ["frames of 2.5 ms, restricted low delay", "celt"],
  "celt-5ms": ["frames of 5 ms, restricted low delay", "celt"],
  "celt-10ms": ["frames of 10 ms, constant bit rate", "celt"],
  "celt-20ms": ["tonal sound, variable bit rate", "celt"],
  "celt-40ms": ["two frames a packet", "celt"],
  "celt-60ms": ["three frames a packet, tonal", "celt"],
  "celt-120ms": ["six frames a packet", "celt"],
  "steady-tone": ["a tone that never changes, constant bit rate", "celt"],
  "steady-hum": ["hum of 50 Hz, frames of 10 ms, constant bit rate", "celt"],
  "steady-buzz": ["a square wave of 100 Hz, frames of 2.5 ms", "celt"],
  "steady-silence": ["a buzz with pauses of digital silence, constant bit rate", "celt"],
  "silk-10ms": ["voice, frames of 10 ms", "silk"],
  "silk-20ms": ["voice, wideband", "silk"],
  "silk-40ms": ["voice, frames of 40 ms, mediumband", "silk"],
  "silk-60ms": ["voice, frames of 60 ms, narrowband", "silk"],
  "silk-fec": ["voice with forward error correction inside", "silk"],
  "silk-bandwidths": ["voice, between narrow-, medium- and wideband", "silk"],
  "hybrid-10ms": ["voice, frames of 10 ms, super-wideband", "hybrid"],
  "hybrid-20ms": ["voice, fullband", "hybrid"],
  "hybrid-60ms": ["voice, three frames a packet", "hybrid"],
  "voice-24k": ["voice at 24 kb/s, as libopus chooses", "celt", "hybrid", "silk"],
  "modes-encoder": ["all modes in turn, by one encoder with its transitions", "celt", "hybrid", "silk"],
  "modes-bitrate": ["all modes, for the bit rate changes", "celt", "hybrid", "silk"],
  "stereo-celt": ["two channels at 96 kb/s", "celt"],
  "stereo-silk": ["two channels of voice", "silk"],
  "stereo-modes": ["stereo and mono packets in all modes", "celt", "hybrid", "silk"],
  "dtx-silk": ["pauses of silence, sent as DTX", "silk"],
  "dtx-celt": ["pauses of silence, sent as DTX", "celt"],
  "dtx-hybrid": ["pauses of silence, sent as DTX", "hybrid"],
  "surround-5.1": ["six channels, mapping family 1", "celt"],
  "surround-5.1-mixed": ["six channels, the centre in another mode than the rest", "celt", "hybrid", "silk"],
  "discrete-48": ["48 channels, mapping family 255", "celt"],
};

/** The fixture of that name, taken apart. */
export function fixture(name: string): OpusStream {
  return streamOf(fixtureBytes(name));
}

function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./fixtures/${name}.opus`, import.meta.url)));
}

/** The first 20 s of the bundled soundscape: 160 kb/s, constant bit rate, frames of 20 ms. */
export function bundled20s(): OpusStream {
  const whole = streamOf(new Uint8Array(readFileSync(bundledDataset().opus)));
  return { ...whole, packets: whole.packets.slice(0, 1000) };
}

/** Names of the fixture files that lie in the folder. */
export function fixtureFiles(): string[] {
  const files = readdirSync(new URL("./fixtures/", import.meta.url));
  return files.filter((file) => file.endsWith(".opus")).map((file) => file.slice(0, -".opus".length));
}

/** The streams that encoders made, as they lie in the folder. */
export function fixtureStreams(): TestStream[] {
  return Object.entries(FIXTURES).map(fromFixture);
}

function fromFixture([name, [what, ...modes]]: [string, readonly [string, ...ModeName[]]]): TestStream {
  const bytes = fixtureBytes(name);
  const stream = streamOf(bytes);
  const { channels } = parseOpusHead(readPackets(bytes)[0]?.bytes ?? new Uint8Array());
  const totalSamples = sum(durations(stream)) - stream.head.preSkip - 101;
  return { name, what, bytes, channels, modes, totalSamples, links: 1, sources: [stream], lost: [] };
}
