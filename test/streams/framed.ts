/** Streams that are only framed otherwise than encoders do it: pages, granule positions, heads. */
import { bundled20s, fixture, type TestStream } from "./fixtures.js";
import { made } from "./made.js";

const celt = ["celt"] as const;
const voice = ["celt", "hybrid", "silk"] as const;

export function framedStreams(): TestStream[] {
  const plain = bundled20s();
  const gained = { ...plain, head: { ...plain.head, outputGainQ8: -1000 } };
  const skipped = { ...plain, head: { ...plain.head, preSkip: 30_000 } };
  return [
    made({ name: "celt-160k-cbr", what: "160 kb/s, constant bit rate, frames of 20 ms", modes: celt }, plain),
    made(
      { name: "packet-a-page", what: "a page for each packet, as live encoders write", modes: celt },
      plain,
      {
        packetsPerPage: 1,
      },
    ),
    made(
      { name: "packet-a-page-voice", what: "a page for each packet of voice", modes: voice },
      fixture("voice-24k"),
      {
        packetsPerPage: 1,
      },
    ),
    made(
      { name: "full-pages", what: "pages of 255 lacing values, packets across their ends", modes: celt },
      plain,
      {
        segmentsPerPage: 255,
      },
    ),
    made(
      { name: "cut-packets", what: "pages of 3 lacing values: packets across their ends", modes: celt },
      plain,
      {
        segmentsPerPage: 3,
      },
    ),
    made(
      {
        name: "packets-over-pages",
        what: "pages of 1 lacing value: each packet on several pages",
        modes: celt,
      },
      fixture("discrete-48"),
      { segmentsPerPage: 1 },
    ),
    made({ name: "initial-granule", what: "a capture that was joined after an hour", modes: celt }, plain, {
      initialGranule: 172_800_000,
    }),
    made({ name: "no-eos", what: "no page says that the stream ends", modes: celt }, plain, {
      eos: "missing",
    }),
    made({ name: "empty-eos", what: "the last page has no packets", modes: voice }, fixture("voice-24k"), {
      eos: "empty page",
    }),
    made({ name: "trimmed-page", what: "end trimming takes more than the last packet", modes: celt }, plain, {
      trim: 12_345,
    }),
    made({ name: "output-gain", what: "output gain of −1000/256 dB", modes: celt }, gained),
    made({ name: "long-pre-skip", what: "a pre-skip of 30,000 samples", modes: celt }, skipped),
  ];
}
