/** An index held against itself and the length of its blob: searches in it rely on what is checked here. */
import { type ErrorPlace, formatError } from "../errors.js";
import { MAX_PAGE_BYTES, PAGE_HEADER_BYTES } from "../ogg/page.js";
import { MODE_SILK } from "../opus/toc.js";
import type { PageIndex } from "../pageindex/page-index.js";
import { MAX_PAGE_SAMPLES } from "../units.js";

/**
 * Checks an index.
 *
 * @param blobBytes length of the file that it is of
 * @throws {OpusZarrError} of kind `format` that says what contradicts what
 */
export function checkIndex(index: PageIndex, blobBytes: number, place: ErrorPlace): void {
  const fail = (what: string, more: ErrorPlace = {}): never => {
    throw formatError(`index: ${what} (opus-zarr verify --repair builds it anew)`, { ...place, ...more });
  };
  const { byteOffset, pageSize, samplePos, runPos, runMode, unsettled } = index;
  let end = 0;
  byteOffset.forEach((offset, page) => {
    const bytes = pageSize[page] as number;
    if (offset < end || bytes < PAGE_HEADER_BYTES || bytes > MAX_PAGE_BYTES || offset + bytes > blobBytes)
      fail(`expected a page from byte ${end} to ${blobBytes}, got ${bytes} bytes at ${offset}`, { page });
    end = offset + bytes;
  });
  const rising = (name: string, positions: Float64Array, leastStep = 0): void =>
    positions.forEach((pos, row) => {
      const least = row === 0 ? 0 : (positions[row - 1] as number) + leastStep;
      if (!(Number.isSafeInteger(pos) && pos >= least))
        fail(`${name}: expected a position from ${least} on, got ${pos} in row ${row}`);
    });
  rising("opus_index", samplePos);
  rising("opus_runs", runPos, 1);
  rising(
    "opus_unsettled",
    Float64Array.from(unsettled, (range) => range.end),
  );
  if (runPos.length === 0) fail("opus_runs: expected a row or more, got none");
  const backward = unsettled.findIndex(({ start, end: to }) => !(start >= 0 && start <= to));
  if (backward >= 0) fail(`opus_unsettled: expected [start, end) in row ${backward}`);
  const odd = runMode.findIndex((mode) => mode > MODE_SILK);
  if (odd >= 0) fail(`opus_runs: expected a mode of 0, 1 or 2, got ${runMode[odd]} in row ${odd}`);
  checkLinks(index, fail);
}

function checkLinks({ links, pages, samplePos }: PageIndex, fail: (what: string) => void): void {
  links.forEach(({ firstPage, firstAudioPage, startPos, preSkip, totalSamples }, number) => {
    const next = links[number + 1];
    const endPage = next?.firstPage ?? pages;
    if (!(firstPage <= firstAudioPage && firstAudioPage < endPage))
      fail(
        `links: expected pages below ${endPage}, got ${firstPage} and ${firstAudioPage} in link ${number}`,
      );
    const latest = next?.startPos ?? (samplePos[pages - 1] as number) + MAX_PAGE_SAMPLES;
    if (totalSamples > 0 && startPos + preSkip + totalSamples > latest)
      fail(`links: expected an end up to position ${latest}, got ${totalSamples} samples in link ${number}`);
  });
}
