/** Files of several logical streams: chained one after the other, or multiplexed. */
import { foreignPages, interleave } from "./damage.js";
import { bundled20s, fixture, type TestStream } from "./fixtures.js";
import { type Made, made, playable } from "./made.js";
import { fileOf, type OpusStream, type PageOptions, pagesOf, sum } from "./stream.js";

interface LinkOf {
  readonly stream: OpusStream;
  readonly options?: PageOptions;
}

function chained(about: Made, links: readonly LinkOf[]): TestStream {
  const pages = links.flatMap(({ stream, options }, i) => pagesOf(stream, { serial: i + 1, ...options }));
  return {
    ...about,
    bytes: fileOf(pages),
    channels: links[0]?.stream.head.channels ?? 0,
    totalSamples: sum(links.map(({ stream, options }) => playable(stream, options))),
    links: links.length,
    sources: links.map((link) => link.stream),
    lost: [],
  };
}

function withGain(stream: OpusStream, outputGainQ8: number): OpusStream {
  return { ...stream, head: { ...stream.head, outputGainQ8 } };
}

export function linkedStreams(): TestStream[] {
  const plain = bundled20s();
  const low = fixture("celt-5ms");
  const silk = fixture("silk-20ms");
  const modes = fixture("modes-encoder");
  const mixed = ["celt", "hybrid", "silk"] as const;
  const foreign = foreignPages(77, 9);
  const multiplexed = interleave(pagesOf(modes), foreign);
  // The other stream's first page may also stand before ours.
  const [first, second, ...rest] = multiplexed;
  const foreignFirst = first && second ? [second, first, ...rest] : [];
  return [
    chained({ name: "chained", what: "three links: CELT, SILK, all modes", modes: mixed }, [
      { stream: low, options: { initialGranule: 4_800_000, trim: 0 } },
      { stream: silk, options: { packetsPerPage: 7 } },
      { stream: modes },
    ]),
    chained({ name: "chained-no-eos", what: "a link without EOS before another", modes: ["celt", "silk"] }, [
      { stream: silk, options: { eos: "missing" } },
      { stream: plain },
    ]),
    chained({ name: "chained-gains", what: "two links with different output gains", modes: ["celt"] }, [
      { stream: withGain(low, -1500) },
      { stream: withGain(low, 300), options: { eos: "empty page" } },
    ]),
    {
      ...made({ name: "multiplexed", what: "another codec's pages between", modes: mixed }, modes),
      bytes: fileOf(multiplexed),
    },
    {
      ...made({ name: "multiplexed-first", what: "another codec's page first", modes: mixed }, modes),
      bytes: fileOf(foreignFirst),
    },
  ];
}

/** Links with different channel counts: apart, for not everything can take it. */
export function chainedLayouts(): TestStream {
  return chained({ name: "chained-layouts", what: "mono, then stereo, then 5.1", modes: ["celt"] }, [
    { stream: fixture("celt-20ms") },
    { stream: fixture("stereo-celt") },
    { stream: fixture("surround-5.1") },
  ]);
}
