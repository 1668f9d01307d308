/** Segments at random, and how an extraction is compared with a sequential decode. */
import type { SegmentTensor } from "../../dist/index.js";
import { seededRandom } from "../../src/random.js";

export interface Range {
  readonly startSample: number;
  readonly endSample: number;
}

/** Segments of one sample up to `longest`, anywhere; short ones as often as long ones. */
export function randomSegments(
  totalSamples: number,
  count: number,
  options: { readonly seed: number; readonly longest: number },
): Range[] {
  const random = seededRandom(options.seed);
  return Array.from({ length: count }, () => {
    const length = Math.min(totalSamples, Math.ceil(options.longest ** random()));
    const startSample = Math.floor(random() * (totalSamples - length + 1));
    return { startSample, endSample: startSample + length };
  });
}

/** The same things in an order at random. */
export function shuffled<T>(things: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const order = things.map((thing) => ({ thing, at: random() }));
  return order.sort((a, b) => a.at - b.at).map(({ thing }) => thing);
}

/** Rows of a tensor that differ, in any bit, from the slices of a sequential decode; each with how it differs. */
export function differences(
  tensor: SegmentTensor,
  segments: readonly Range[],
  channels: readonly (Float32Array | Int16Array)[],
): string[] {
  const found: string[] = [];
  for (const [row, { startSample, endSample }] of segments.entries()) {
    const length = endSample - startSample;
    if ((tensor.offsets[row + 1] as number) - (tensor.offsets[row] as number) !== length * channels.length) {
      found.push(`row ${row} has another length than ${length}`);
      continue;
    }
    channels.forEach((whole, c) => {
      const at = (tensor.offsets[row] as number) + c * length;
      const got = tensor.data.subarray(at, at + length);
      const expected = whole.subarray(startSample, endSample);
      if (Buffer.compare(bytesOf(got), bytesOf(expected)) === 0) return;
      const differing = [...expected.keys()].filter((i) => !Object.is(got[i], expected[i]));
      const [first] = differing as [number];
      found.push(
        `row ${row}, samples ${startSample} to ${endSample}, channel ${c}: ${differing.length} differ from ${first} on, ` +
          `${got[first]} instead of ${expected[first]}`,
      );
    });
  }
  return found;
}

function bytesOf(samples: Float32Array | Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
