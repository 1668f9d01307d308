/** Streams put together packet by packet from others: transitions that no encoder would make are legal too. */
import { type Random, seededRandom } from "../../src/random.js";
import { bundled20s, fixture, type TestStream } from "./fixtures.js";
import { made } from "./made.js";
import { multistream, type Part } from "./multistream.js";
import { durations, type OpusStream } from "./stream.js";

const mixed = ["celt", "hybrid", "silk"] as const;

/** Runs of up to `most` packets from each of the sources at random, `seconds` in all. */
function spliced(
  sources: readonly OpusStream[],
  random: Random,
  how: { most: number; seconds: number },
): OpusStream {
  const packets: Uint8Array[] = [];
  const lengths = sources.map(durations);
  for (let samples = 0; samples < how.seconds * 48_000; ) {
    const which = Math.floor(random() * sources.length);
    const of = sources[which]?.packets ?? [];
    const from = Math.floor(random() * of.length);
    const run = Math.min(of.length - from, 1 + Math.floor(random() * how.most));
    packets.push(...of.slice(from, from + run));
    for (let i = from; i < from + run; i++) samples += lengths[which]?.[i] ?? 0;
  }
  const head = { channels: 1, preSkip: 312, inputSampleRate: 48_000, outputGainQ8: 0 };
  return { head: { ...head, mapping: { family: 0, streams: 1, coupled: 0, table: [0] } }, packets };
}

/** Packets without sound put in at random: one in `every`; the kinds are told below. */
function withEmpty(stream: OpusStream, random: Random, every: number): OpusStream {
  const packets = stream.packets.flatMap((packet, i) => {
    if (i < 10 || random() * every >= 1) return [packet];
    const toc = packet[0] ?? 0;
    const kinds = [
      [Uint8Array.of(toc & 0xfc)], // one frame of no bytes
      [Uint8Array.of((toc & 0xfc) | 1)], // two of them
      [Uint8Array.of((toc & 0xfc) | 3, 3)], // three
      [Uint8Array.of((toc & 0xfc) | 2, packet.length - 1, ...packet.subarray(1))], // sound, then nothing
      [Uint8Array.of((toc & 0xfc) | 2, 0, ...packet.subarray(1))], // nothing, then sound
    ];
    const oneFrame = (toc & 3) === 0 && packet.length < 253;
    return kinds[Math.floor(random() * (oneFrame ? 5 : 3))] ?? [packet];
  });
  return { ...stream, packets };
}

export function splicedStreams(): TestStream[] {
  const sources = ["celt-20ms", "silk-20ms", "hybrid-20ms", "silk-bandwidths"].map(fixture);
  const frames = [
    "celt-2.5ms",
    "celt-10ms",
    "celt-60ms",
    "silk-10ms",
    "silk-60ms",
    "hybrid-10ms",
    "hybrid-60ms",
  ];
  const pauses = ["dtx-silk", "dtx-celt", "dtx-hybrid", "modes-encoder"].map(fixture);
  return [
    made(
      { name: "modes-spliced", what: "runs of 1 to 40 packets of 20 ms in any mode", modes: mixed },
      spliced(sources, seededRandom(1), { most: 40, seconds: 20 }),
    ),
    made(
      { name: "modes-spliced-rarely", what: "runs of up to 4 s in any mode", modes: mixed },
      spliced(sources, seededRandom(2), { most: 200, seconds: 30 }),
    ),
    made(
      { name: "frames-spliced", what: "packets of all modes and of 2.5 to 60 ms", modes: mixed },
      spliced(frames.map(fixture), seededRandom(3), { most: 60, seconds: 20 }),
      { packetsPerPage: 37 },
    ),
    made(
      { name: "dtx-spliced", what: "pauses that begin and end in other modes", modes: mixed },
      spliced(pauses, seededRandom(4), { most: 90, seconds: 20 }),
    ),
    made(
      { name: "empty-celt", what: "empty frames now and then in CELT", modes: ["celt"] },
      withEmpty(fixture("celt-20ms"), seededRandom(5), 60),
    ),
    made(
      { name: "empty-silk", what: "empty frames now and then in SILK", modes: ["silk"] },
      withEmpty(fixture("silk-20ms"), seededRandom(6), 40),
    ),
    made(
      { name: "empty-modes", what: "empty frames now and then in all modes", modes: mixed },
      withEmpty(fixture("modes-encoder"), seededRandom(7), 25),
    ),
  ];
}

export function multistreams(): TestStream[] {
  const mono = ["modes-encoder", "silk-20ms", "hybrid-20ms", "celt-20ms", "modes-bitrate"].map(fixture);
  const discrete = Array.from({ length: 48 }, (_, c) => c);
  const celt = [fixture("celt-20ms")];
  const parts = (of: readonly OpusStream[]): Part[] =>
    discrete.map((c) => ({ stream: of[c % of.length] as OpusStream, from: 9 * c }));
  const surround = ["stereo-modes", "stereo-celt", "modes-bitrate", "modes-encoder"].map(fixture);
  // Front left and right, back left and right, centre, low frequencies (Vorbis order).
  const table = [0, 4, 1, 2, 3, 5];
  return [
    made(
      { name: "surround-5.1-spliced", what: "six channels, each stream changing its mode", modes: mixed },
      multistream(
        surround.map((stream, i) => ({ stream, from: 20 * i })),
        700,
        { family: 1, table },
      ),
    ),
    made(
      { name: "discrete-48-celt", what: "48 channels, 8 s", modes: ["celt"] },
      multistream(parts(celt), 400, { family: 255, table: discrete }),
    ),
    made(
      { name: "discrete-48-mixed", what: "48 channels in all modes", modes: mixed },
      multistream(parts(mono), 300, { family: 255, table: discrete }),
    ),
    made(
      {
        name: "discrete-silent",
        what: "five channels of three streams: one twice, one silent",
        modes: ["celt"],
      },
      multistream(
        [fixture("stereo-celt"), bundled20s(), celt[0] as OpusStream].map((stream) => ({ stream, from: 5 })),
        450,
        { family: 255, table: [3, 0, 255, 3, 1] },
      ),
    ),
  ];
}
