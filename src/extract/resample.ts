/** Decoded segments at another rate, on the pool's threads. */
import type { ResampledRow } from "../decode/resample-rows.js";
import type { WorkerPool } from "../workers/pool.js";
import type { OutputBlock } from "./output.js";
import type { RatePlan } from "./rates.js";

/** Samples that one task resamples: some 20 ms of work. */
const TASK_SAMPLES = 200_000;

/**
 * Resamples every row.
 *
 * @param decoded rows with the resampler's margin on either side
 * @param block where they go
 */
export async function resampleBlock(
  decoded: OutputBlock,
  block: OutputBlock,
  on: { readonly rate: RatePlan; readonly pool: WorkerPool; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { fromHz, toHz } = on.rate;
  const input = decoded.data as Float32Array;
  await Promise.all(
    taskRows(decoded, block).map((rows) =>
      on.pool.run<"resample">(async () => {
        return { task: { kind: "resample", task: { fromHz, toHz, input, output: block.data, rows } } };
      }, on.signal),
    ),
  );
}

function taskRows(decoded: OutputBlock, block: OutputBlock): ResampledRow[][] {
  const [segments, channels] = block.shape;
  const tasks: ResampledRow[][] = [];
  let left = 0;
  for (let segment = 0; segment < segments; segment++) {
    const inputLength = decoded.lengths[segment] as number;
    const outputLength = block.lengths[segment] as number;
    for (let c = 0; c < channels; c++) {
      if (left <= 0) {
        tasks.push([]);
        left = TASK_SAMPLES;
      }
      left -= inputLength;
      tasks[tasks.length - 1]?.push({
        inputElement: (decoded.offsets[segment] as number) + c * inputLength,
        inputLength,
        outputElement: (block.offsets[segment] as number) + c * outputLength,
        outputLength,
      });
    }
  }
  return tasks;
}
