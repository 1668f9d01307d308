/** Part of an object or a file. */

/** Bytes `[start, end)`, or the last `suffix`. */
export type ByteRange = { readonly start: number; readonly end: number } | { readonly suffix: number };

/** As HTTP asks for it; for a range that is not empty. */
export function rangeHeader(range: ByteRange): string {
  return "suffix" in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end - 1}`;
}

/** As Zarr stores are asked for it. */
export function byteRange(
  query: { readonly offset: number; readonly length: number } | { readonly suffixLength: number },
): ByteRange {
  return "offset" in query
    ? { start: query.offset, end: query.offset + query.length }
    : { suffix: query.suffixLength };
}

/** Whether there is nothing to be asked for: HTTP has no range of no bytes. */
export function isEmpty(range: ByteRange): boolean {
  return "suffix" in range ? range.suffix === 0 : range.end <= range.start;
}
