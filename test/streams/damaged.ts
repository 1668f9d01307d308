/** Damaged files: pages lost, spoilt, or with junk between them. */
import { type Damage, damaged, type LostSamples, lostSamples } from "./damage.js";
import { bundled20s, fixture, type TestStream } from "./fixtures.js";
import { type Made, made } from "./made.js";
import { durations, fileOf, type OpusStream, type PageOptions, pagesOf } from "./stream.js";

function withDamage(
  about: Made,
  stream: OpusStream,
  damage: Readonly<Record<number, Damage>>,
  options: PageOptions = {},
): TestStream {
  const pages = pagesOf(stream, options);
  const bytes = fileOf(damaged(pages, damage));
  return { ...made(about, stream, options), bytes, lost: lostSamples(stream, pages, damage) };
}

/** Some packets made such that no decoder takes them, their TOC byte (so their duration) as it was. */
function withInvalid(about: Made, stream: OpusStream, which: readonly number[]): TestStream {
  const packets = stream.packets.map((packet, i) =>
    // Code 3, of as many frames as before (one), with more padding than there are bytes.
    which.includes(i) ? Uint8Array.of((packet[0] ?? 0) | 3, 0x41, 200, 1, 2, 3) : packet,
  );
  const invalid = { ...stream, packets };
  const samples = durations(invalid)[0] ?? 0;
  const lost = which.map((i): LostSamples => {
    const startSample = i * samples - stream.head.preSkip;
    return { startSample, endSample: startSample + samples };
  });
  return { ...made(about, invalid), lost };
}

export function damagedStreams(): TestStream[] {
  const plain = bundled20s();
  const voice = fixture("voice-24k");
  const silk = fixture("silk-20ms");
  const celt = ["celt"] as const;
  const mixed = ["celt", "hybrid", "silk"] as const;
  return [
    withDamage({ name: "holes-celt", what: "pages missing, spoilt, and junk between", modes: celt }, plain, {
      4: "drop",
      5: "drop",
      9: "flip",
      13: "capture",
      16: "junk before",
    }),
    withDamage(
      { name: "holes-silk", what: "pages of a SILK stream missing and spoilt", modes: ["silk"] },
      silk,
      {
        5: "drop",
        11: "flip",
      },
    ),
    withDamage({ name: "holes-voice", what: "pages of voice in all modes missing", modes: mixed }, voice, {
      3: "capture",
      8: "drop",
      9: "flip",
    }),
    withDamage(
      { name: "holes-in-packets", what: "parts of packets missing, pages of 3 lacing values", modes: celt },
      plain,
      { 100: "drop", 203: "drop", 204: "drop", 309: "flip", 401: "flip", 502: "capture" },
      { segmentsPerPage: 3 },
    ),
    withDamage(
      { name: "holes-packet-a-page", what: "single packets lost", modes: celt },
      fixture("celt-20ms"),
      { 50: "drop", 52: "drop", 300: "flip", 301: "flip", 302: "flip" },
      { packetsPerPage: 1 },
    ),
    withInvalid(
      { name: "invalid-packets", what: "packets that no decoder takes", modes: celt },
      plain,
      [200, 501],
    ),
  ];
}
