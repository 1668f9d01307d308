/** Bisection: where in a sorted list a test begins to fail. */

/** How many of the first `length` places pass `test`, which must hold up to some place and not from there on. */
export function countWhile(length: number, test: (place: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
