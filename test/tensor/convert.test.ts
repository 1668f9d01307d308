import * as core from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { expect, it } from "vitest";
import { toTfTensor, toTypedArrays } from "../../src/tensor/convert.js";
import { tensorOf } from "../frame/tensors.js";

const stereo = [
  {
    channels: [
      [0.5, -0.25, 1],
      [0, 0.125, -1],
    ],
  },
  {
    channels: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  },
];
const ragged = [{ channels: [[1, 2, 3]] }, { channels: [[4]] }];

it("TensorFlow.js takes segments of one length as [segments, channels, samples], in memory of its own", async () => {
  const tensor = tensorOf(stereo);
  const tf = toTfTensor(tensor, core);
  expect([tf.shape, tf.dtype]).toEqual([[2, 2, 3], "float32"]);
  tensor.data.fill(9);
  expect([...(await tf.data())]).toEqual([0.5, -0.25, 1, 0, 0.125, -1, 1, 2, 3, 4, 5, 6]);
});

it("16-bit steps stay whole numbers", async () => {
  const tf = toTfTensor(tensorOf([{ channels: [[-32_768, 32_767]] }], { dtype: "int16" }), core);
  expect([tf.shape, tf.dtype, [...(await tf.data())]]).toEqual([[1, 1, 2], "int32", [-32_768, 32_767]]);
});

it("a ragged tensor is refused by TensorFlow.js' conversion, and given as arrays of their own lengths", () => {
  const tensor = tensorOf(ragged);
  expect(() => toTfTensor(tensor, core)).toThrow("tensor: expected segments of one length, got");
  const arrays = toTypedArrays(tensor);
  tensor.data.fill(9);
  expect(arrays).toEqual([[Float32Array.of(1, 2, 3)], [Float32Array.of(4)]]);
});
