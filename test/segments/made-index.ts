/** Page indexes made by hand: a page a second, two header pages a link. */
import type { Link, PageIndex } from "../../src/pageindex/page-index.js";

/** Bytes of every page. */
export const PAGE_BYTES = 20_000;
const PRE_SKIP = 312;

/** An index over links of so many seconds each; runs, holes and ranges as an importer would note them. */
export function madeIndex(
  secondsOfLinks: readonly number[],
  more: Partial<Pick<PageIndex, "holes" | "concealed" | "unsettled">> & {
    readonly runs?: readonly (readonly [pos: number, mode: number])[];
  } = {},
): PageIndex {
  const samplePos: number[] = [];
  const links: Link[] = [];
  let pos = 0;
  for (const [serial, seconds] of secondsOfLinks.entries()) {
    const firstPage = samplePos.length;
    samplePos.push(pos, pos);
    for (let s = 0; s < seconds; s++) samplePos.push(pos + s * 48_000);
    links.push({
      firstPage,
      firstAudioPage: firstPage + 2,
      serial,
      preSkip: PRE_SKIP,
      initialGranule: 0,
      totalSamples: seconds * 48_000 - PRE_SKIP,
      startPos: pos,
      head: {
        channels: 1,
        preSkip: PRE_SKIP,
        inputSampleRate: 48_000,
        outputGainQ8: 0,
        mapping: { family: 0, streams: 1, coupled: 0, table: [0] },
      },
    });
    pos += seconds * 48_000;
  }
  const runs = more.runs ?? [[0, 0] as const];
  return {
    pages: samplePos.length,
    byteOffset: Float64Array.from(samplePos, (_, page) => page * PAGE_BYTES),
    pageSize: new Float64Array(samplePos.length).fill(PAGE_BYTES),
    samplePos: Float64Array.from(samplePos),
    runPos: Float64Array.from(runs, ([at]) => at),
    runMode: Uint8Array.from(runs, ([, mode]) => mode),
    links,
    holes: more.holes ?? [],
    concealed: more.concealed ?? [],
    unsettled: more.unsettled ?? [],
    totalSamples: links.reduce((sum, link) => sum + link.totalSamples, 0),
    endPos: pos,
  };
}
