/** Tensors for other libraries: copies, in ordinary memory, that stay as they are when ours is used again. */
import { argumentError } from "../errors.js";
import { segmentSamples, type SegmentTensor } from "./tensor.js";

/** What of TensorFlow.js a conversion calls: its module, whichever build, has it. */
export interface TfModule<T> {
  /** Makes a tensor of three dimensions. */
  tensor3d(
    values: Float32Array | Int32Array,
    shape: [segments: number, channels: number, samples: number],
    dtype: "float32" | "int32",
  ): T;
}

/**
 * The segments as a TensorFlow.js tensor.
 *
 * @param tensor segments of one length
 * @param tf the TensorFlow.js module that you work with (`@tensorflow/tfjs`, `tfjs-node`, …): none comes with this package
 * @returns `[segments, channels, samples]`; `float32` in full-scale units, or `int32` in 16-bit steps for an int16 tensor
 * @throws {OpusZarrError} of kind `argument` for a ragged tensor: TensorFlow.js knows one length only
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * const batch = toTfTensor(await extractSegments(rec, segments, { sampleRate: 16_000 }), tf);
 * batch.shape; // [100, 1, 32000]
 * ```
 */
export function toTfTensor<T>(tensor: SegmentTensor, tf: TfModule<T>): T {
  const { data, shape, ragged } = tensor;
  if (ragged) throw argumentError("tensor", "segments of one length", "a ragged tensor");
  const size: [number, number, number] = [...shape];
  return data instanceof Float32Array
    ? tf.tensor3d(Float32Array.from(data), size, "float32")
    : tf.tensor3d(Int32Array.from(data), size, "int32");
}

/**
 * The segments as plain typed arrays, each its own copy; ragged tensors too.
 *
 * @returns `[segment][channel]`, each as long as its segment; {@link segmentSamples} gives the same without a copy
 * @example
 * ```ts
 * const [[left, right]] = toTypedArrays(await extractSegments(rec, [{ startSeconds: 0, endSeconds: 1 }]));
 * ```
 */
export function toTypedArrays(tensor: SegmentTensor): (Float32Array | Int16Array)[][] {
  const [segments, channels] = tensor.shape;
  return Array.from({ length: segments }, (_, row) =>
    Array.from({ length: channels }, (__, channel) => {
      const samples = segmentSamples(tensor, row, channel);
      return samples instanceof Float32Array ? Float32Array.from(samples) : Int16Array.from(samples);
    }),
  );
}
