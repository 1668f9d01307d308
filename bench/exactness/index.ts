/** How much pre-roll makes how much difference, by kind of stream: the table of docs/exactness.md. */
import { extractSegments, type Recording, type SampleRange } from "../../dist/index.js";
import { archiveOf } from "../../test/extract/streams.js";
import { testStreams } from "../../test/streams/streams.js";
import type { BenchContext, BenchResult, Measure } from "../result.js";
import { randomRanges } from "../segments.js";

const KINDS = [
  "celt-2.5ms",
  "celt-10ms",
  "celt-20ms",
  "stereo-celt",
  "steady-tone",
  "steady-hum",
  "steady-silence",
  "silk-20ms",
  "hybrid-20ms",
  "modes-encoder",
];
const PREROLL_SECONDS = [0.08, 0.16, 0.32, 0.5, 1, 2];
const STEPS = 32_768;

/** Runs it; no figure depends on the machine's speed. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const streams = await archiveOf(testStreams().filter(({ name }) => KINDS.includes(name)));
  const count = context.quick ? 20 : 200;
  const results: BenchResult[] = [];
  for (const kind of KINDS) results.push(await ofKind(await streams.archive.recording(kind), kind, count));
  streams.remove();
  return results;
}

async function ofKind(recording: Recording, kind: string, count: number): Promise<BenchResult> {
  const within = { fromSeconds: 2.5, toSeconds: recording.durationSeconds };
  const segments = randomRanges(count, 0.25, within);
  const right = await extractSegments(recording, segments);
  const measures: Measure[] = [];
  for (const preRollSeconds of PREROLL_SECONDS) {
    const fast = await extractSegments(recording, segments, {
      accuracy: "fast",
      strategy: "segment",
      preRollSeconds,
    });
    const off = mostOff(right.data, fast.data, segments);
    const before = `${1000 * preRollSeconds} ms`;
    measures.push({ name: `${before}: most that is off`, unit: "16-bit steps", values: off });
    const equal = off.filter((steps) => steps === 0).length / off.length;
    measures.push({ name: `${before}: segments identical`, unit: "%", values: [100 * equal] });
  }
  const took = `exact took up to ${right.preRollSeconds.toFixed(2)} s of pre-roll`;
  return { title: `${kind} (${took})`, measures, targets: [], missing: [] };
}

/** Of each segment, the largest difference in steps of 16 bits. */
function mostOff(
  right: ArrayLike<number>,
  other: ArrayLike<number>,
  segments: readonly SampleRange[],
): number[] {
  const length = right.length / segments.length;
  return segments.map((_, row) => {
    let most = 0;
    for (let i = row * length; i < (row + 1) * length; i++) {
      most = Math.max(most, Math.abs((right[i] ?? 0) - (other[i] ?? 0)));
    }
    return most * STEPS;
  });
}
