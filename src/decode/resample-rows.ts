/** Rows of one block of samples at another rate, into a second block. */
import { openResampler } from "../tensor/resample.js";
import { toInt16 } from "./targets.js";

/** Where one channel of one segment stands in both blocks. */
export interface ResampledRow {
  /** Its samples with the resampler's margin on either side. */
  readonly inputElement: number;
  readonly inputLength: number;
  readonly outputElement: number;
  readonly outputLength: number;
}

/** What is resampled; plain data, both blocks in shared memory. */
export interface ResampleTask {
  readonly fromHz: number;
  readonly toHz: number;
  readonly input: Float32Array;
  readonly output: Float32Array | Int16Array;
  readonly rows: readonly ResampledRow[];
}

/** Resamples rows; gives their number. */
export async function resampleRows(task: ResampleTask): Promise<number> {
  const { input, output, rows } = task;
  const { resample } = await openResampler(task.fromHz, task.toHz);
  for (const { inputElement, inputLength, outputElement, outputLength } of rows) {
    const made = resample(input.subarray(inputElement, inputElement + inputLength), outputLength);
    if (output instanceof Float32Array) output.set(made, outputElement);
    else for (let i = 0; i < outputLength; i++) output[outputElement + i] = toInt16(made[i] as number);
  }
  return rows.length;
}
