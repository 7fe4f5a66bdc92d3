/** Quick kernels: what TensorFlow.js's own give, in another order of sums, of every form that they cover. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { withQuickKernels } from "../../src/engine/eager/quick-kernels";
import { engineOf } from "../../src/engine/tfjs/kernel-watch";
import { normals, relativeDifference } from "../models";

const drawn = (seed: number, shape: readonly number[]): tf.Tensor =>
  tf.tensor(normals(seed, shape).data, [...shape]);

type Form = readonly [what: string, run: () => tf.Tensor];

/** Kernels that are TensorFlow.js's own while `run` runs with quick ones. */
function ownKernels(run: () => tf.Tensor): { result: tf.Tensor; names: string[] } {
  const engine = engineOf(tf);
  const { runKernelFunc } = engine;
  const names: string[] = [];
  engine.runKernelFunc = (call) => {
    names.push(call.kernelName ?? "");
    return runKernelFunc.call(engine, call);
  };
  try {
    return { result: withQuickKernels(tf, run), names };
  } finally {
    engine.runKernelFunc = runKernelFunc;
  }
}

const QUICK = ["Conv2D", "FusedConv2D", "BatchMatMul", "_FusedMatMul", "PadV2"];

const image = (shape: readonly number[]): tf.Tensor4D => drawn(1, shape) as tf.Tensor4D;
const filter = (shape: readonly number[]): tf.Tensor4D => drawn(2, shape) as tf.Tensor4D;

const forms: readonly Form[] = [
  ["a convolution of one cell", () => tf.conv2d(image([2, 5, 7, 6]), filter([1, 1, 6, 9]), 1, "valid")],
  ["a convolution with padding", () => tf.conv2d(image([1, 6, 5, 3]), filter([3, 3, 3, 8]), 1, "same")],
  ["a convolution with strides", () => tf.conv2d(image([3, 9, 8, 2]), filter([3, 2, 2, 5]), [2, 3], "same")],
  [
    "a dilated convolution",
    () => tf.conv2d(image([1, 11, 10, 3]), filter([3, 3, 3, 4]), 1, "same", "NHWC", [2, 3]),
  ],
  [
    "a convolution with margins of its own",
    () =>
      tf.conv2d(image([2, 6, 6, 1]), filter([4, 4, 1, 3]), 2, [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ]),
  ],
  [
    "a convolution with a margin to be rounded",
    () => tf.conv2d(image([1, 6, 6, 2]), filter([3, 3, 2, 3]), 2, 1, "NHWC", 1, "floor"),
  ],
  [
    "a convolution with more positions than are multiplied at a time",
    () => tf.conv2d(image([1, 40, 40, 32]), filter([3, 3, 32, 5]), 1, "valid"),
  ],
  [
    "a convolution and its bias",
    () =>
      tf.fused.conv2d({
        x: image([1, 5, 5, 4]),
        filter: filter([2, 2, 4, 3]),
        strides: 1,
        pad: "valid",
        bias: drawn(3, [3]) as tf.Tensor1D,
      }),
  ],
  ["a product of matrices", () => tf.matMul(drawn(4, [5, 7]), drawn(5, [7, 6]))],
  ["a product with the first matrix turned", () => tf.matMul(drawn(4, [7, 5]), drawn(5, [7, 6]), true)],
  [
    "a product with the second matrix turned",
    () => tf.matMul(drawn(4, [5, 7]), drawn(5, [6, 7]), false, true),
  ],
  [
    "products of batches, both turned",
    () => tf.matMul(drawn(4, [2, 3, 7, 5]), drawn(5, [2, 3, 6, 7]), true, true),
  ],
  ["a product of vectors", () => tf.matMul(drawn(4, [1, 300]), drawn(5, [300, 1]))],
  [
    "a product and its bias",
    () => tf.fused.matMul({ a: drawn(4, [3, 9]), b: drawn(5, [9, 5]), bias: drawn(6, [5]) }),
  ],
  ["a vector with margins", () => tf.pad(drawn(7, [4]), [[1, 2]], 0.5)],
  [
    "an image with margins",
    () =>
      tf.pad(drawn(7, [2, 3, 4, 2]), [
        [0, 1],
        [2, 0],
        [1, 1],
        [0, 3],
      ]),
  ],
];

/** Forms that TensorFlow.js computes itself. */
const others: readonly Form[] = [
  ["an image with channels first", () => tf.conv2d(image([1, 2, 5, 5]), filter([3, 3, 2, 4]), 1, 1, "NCHW")],
  ["products of one matrix with a batch", () => tf.matMul(drawn(4, [1, 5, 7]), drawn(5, [3, 7, 2]))],
  ["whole numbers with margins", () => tf.pad(tf.tensor1d([1, 2], "int32"), [[1, 1]])],
  [
    "a convolution with an activation inside",
    () =>
      tf.fused.conv2d({
        x: image([1, 5, 5, 4]),
        filter: filter([2, 2, 4, 3]),
        strides: 1,
        pad: "valid",
        activation: "relu",
      }),
  ],
];

describe("quick kernels", () => {
  beforeAll(() => tf.setBackend("cpu"));

  it.each([
    ...forms.map((form) => [...form, true] as const),
    ...others.map((form) => [...form, false] as const),
  ])("give %s", (_, run, covered) => {
    tf.tidy(() => {
      const own = run();
      const { result: quick, names } = ownKernels(run);
      expect(names.some((name) => QUICK.includes(name))).toBe(!covered);
      expect(quick.shape).toEqual(own.shape);
      expect(quick.dtype).toBe(own.dtype);
      expect(relativeDifference(quick.dataSync(), own.dataSync())).toBeLessThan(2e-6);
    });
  });

  it("leave nothing behind, also when something throws", () => {
    const engine = engineOf(tf);
    const { runKernelFunc } = engine;
    const failing = (): void => {
      throw new Error("of the net");
    };
    expect(() => withQuickKernels(tf, failing)).toThrow("of the net");
    expect(engine.runKernelFunc).toBe(runKernelFunc);
    const before = tf.memory().numTensors;
    for (const [, run] of forms) tf.tidy(() => void withQuickKernels(tf, run));
    expect(tf.memory().numTensors).toBe(before);
  });
});
