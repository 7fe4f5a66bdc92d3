import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { asModel, mask, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";

type T = tf.Tensor;
type T4 = tf.Tensor4D;

const weight = (seed: number, shape: number[]): T => tf.tensor(normals(seed, shape, 0.5).data, shape);
const int32 = (values: tf.TensorLike): T => tf.tensor(values, undefined, "int32");
const rowsOf = (x: T): number => x.shape[0] as number;
/** The first two axes exchanged, as for recurrent layers, and back. */
const front = (x: T): T => tf.transpose(x, [1, 0, 2]);
const back = front;
/** Indices [rows, n, 2]: the number of the row, and places in it. */
const inEachRow = (x: T, places: number[]): T => {
  const rows = tf.range(0, rowsOf(x), 1, "int32").reshape([-1, 1]).tile([1, places.length]);
  return tf.stack([rows, int32([places]).tile([rowsOf(x), 1])], 2);
};

/** Forms of operations whose constants or positions depend on the number of rows, or that the audit has not. */
const cases: Readonly<Record<string, readonly [shape: number[], run: (x: T) => T]>> = {
  "atan2 in all quadrants": [[6], (x) => tf.atan2(x, tf.reverse(x, 1))],
  "atan2 on the axes": [
    [5],
    (x) => tf.atan2(x.mul([0, 0, 1, 1, 1]), tf.tensor1d([1, -1, 0, -2, 0.5]).add(x.mul([0, 0, 0, 1, 1]))),
  ],
  "tile of five axes": [[2, 1, 3, 1], (x) => x.tile([1, 1, 2, 1, 2])],
  "broadcast to five axes": [[2, 1, 3, 1], (x) => tf.broadcastTo(x, [rowsOf(x), 2, 4, 3, 2])],
  "divNoNan by zero": [[3], (x) => tf.divNoNan(x, x.mul([0, 1, -1]))],
  "the same value stacked": [[3], (x) => tf.stack([x.neg(), x.neg()]).sum(0)],
  "the same function of the same value stacked": [
    [3],
    (x) => tf.stack([0, 1, 2].map(() => tf.softplus(x.neg()).mul(2))).sum(0),
  ],
  "the same value stacked beside another": [[3], (x) => tf.stack([x.neg(), x.abs(), x.neg()]).sum(0)],
  "the same value joined": [[1, 3], (x) => tf.concat([x.exp(), x.exp()], 1).sum(1)],
  "part of integers": [[4], (x) => tf.mul(x, tf.split(tf.cast(x.mul(9), "int32"), 2, 1)[1].tile([1, 2]))],
  "slice of integers": [[4], (x) => tf.mul(x, tf.unstack(tf.cast(x.mul(9), "int32"), 1)[2].expandDims(1))],
  "cumprod exclusive and reverse": [[5, 3], (x) => tf.cumprod(x, 1, true, true)],
  "cumprod of three axes": [[4, 3, 2], (x) => tf.cumprod(tf.relu(x), 2)],
  "prod of two axes": [[3, 4, 2], (x) => x.prod([1, 3])],
  "gather by row": [[5, 3], (x) => tf.gather(x, int32([[4, 0, 0]]).tile([rowsOf(x), 1]), 1, 1)],
  "gather by row behind an axis": [
    [2, 5, 3],
    (x) => tf.gather(x, int32([[4, 0, 0]]).tile([rowsOf(x), 1]), 2, 1),
  ],
  "gather by row where the largest is": [
    [5, 3],
    (x) => tf.gather(x, tf.argMax(x.sum(2), 1).expandDims(1) as tf.Tensor2D, 1, 1),
  ],
  "gather behind which the rows are": [[4, 3], (x) => back(tf.gather(front(x), int32([2, 0, 2]), 0))],
  "gather of places behind which the rows are": [
    [4],
    (x) =>
      tf.transpose(
        tf.gather(
          tf.transpose(x),
          int32([
            [2, 0],
            [3, 2],
          ]),
          0,
        ),
        [2, 0, 1],
      ),
  ],
  "strided slice behind which the rows are": [
    [5, 3],
    (x) => back(tf.stridedSlice(front(x), [4, 0, 0], [0, rowsOf(x), 3], [-2, 1, 2])),
  ],
  "slice behind which the rows are": [
    [5, 3],
    (x) => back(tf.stridedSlice(front(x), [1, 0, 0], [4, rowsOf(x), 2], [1, 1, 1])),
  ],
  "mirror pad behind which the rows are": [
    [4, 3],
    (x) =>
      back(
        tf.mirrorPad(
          front(x),
          [
            [1, 2],
            [0, 0],
            [0, 1],
          ],
          "reflect",
        ),
      ),
  ],
  "gatherND of numbered rows": [[6], (x) => tf.gatherND(x, inEachRow(x, [5, 0, 0]))],
  "scatterND into numbered rows": [[3], (x) => tf.scatterND(inEachRow(x, [5, 0, 0]), x, [rowsOf(x), 6])],
  "update of numbered rows": [
    [6],
    (x) => tf.tensorScatterUpdate(x, inEachRow(x, [5, 0]), x.slice([0, 1], [-1, 2]).square()),
  ],
  "top k of volumes": [[3, 2, 6], (x) => tf.topk(x, 4).values],
  "places of top k": [
    [6],
    (x) =>
      tf
        .topk(x, 3)
        .indices.cast("float32")
        .mul(x.slice([0, 0], [-1, 3])),
  ],
  "band part": [[4, 5], (x) => tf.linalg.bandPart(x, 1, 2)],
  "band part of several matrices": [[2, 3, 3], (x) => tf.linalg.bandPart(x, -1, 0).mul(x)],
  "rows one by one": [[4], (x) => tf.stack(tf.unstack(x).map((row) => row.mul([1, 2, 3, 4]).relu().add(1)))],
  diag: [
    [3],
    (x) =>
      tf
        .diag(x)
        .sum(2)
        .mul(weight(11, [3, 3])),
  ],
  "strided slice backwards": [[5, 4], (x) => tf.stridedSlice(x, [0, 4, 1], [rowsOf(x), 0, 4], [1, -2, 1])],
  "mirror pad symmetric": [
    [4, 3, 2],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [3, 4],
          [1, 2],
          [0, 0],
        ],
        "symmetric",
      ),
  ],
  "depth to space": [[3, 2, 8], (x) => tf.depthToSpace(x as T4, 2)],
  "conv, channels first": [
    [3, 6, 5],
    (x) => tf.conv2d(x as T4, weight(1, [3, 2, 3, 4]) as T4, 2, "same", "NCHW"),
  ],
  "fused conv, channels first": [
    [3, 6, 5],
    (x) =>
      tf.fused.conv2d({
        x: x as T4,
        filter: weight(2, [3, 3, 3, 4]) as T4,
        strides: 1,
        pad: "valid",
        dataFormat: "NCHW",
        bias: weight(3, [4]) as tf.Tensor1D,
      }),
  ],
  "dilation with strides": [
    [7, 6, 2],
    (x) => tf.dilation2d(x as T4, weight(4, [2, 2, 2]) as tf.Tensor3D, [3, 2], "valid"),
  ],
  "dilation, dilated": [
    [7, 6, 2],
    (x) => tf.dilation2d(x as T4, weight(5, [2, 3, 2]) as tf.Tensor3D, 1, "same", [2, 1]),
  ],
  "places of the largest": [
    [6, 5, 2],
    (x) => {
      const { result, indexes } = tf.maxPoolWithArgmax(x as T4, 2, 2, "valid");
      return result.mul(indexes.cast("float32"));
    },
  ],
  "places of the largest among all rows": [
    [6, 5, 2],
    (x) => {
      const { result, indexes } = tf.maxPoolWithArgmax(x as T4, 3, 2, "same", true);
      return result.mul(indexes.cast("float32").add(1).div(100));
    },
  ],
  "crops of each row": [
    [6, 5, 2],
    (x) => {
      const boxes = tf.tensor2d([[-0.2, 0.1, 0.8, 1.3]]).tile([rowsOf(x), 1]) as tf.Tensor2D;
      const rows = tf.range(0, rowsOf(x), 1, "int32") as tf.Tensor1D;
      return tf.image.cropAndResize(x as T4, boxes, rows, [4, 6], "bilinear", 0.5);
    },
  ],
  "crops of each row, nearest": [
    [6, 5, 2],
    (x) => {
      const boxes = tf.tensor2d([[0.9, 0.1, 0.2, 1.3]]).tile([rowsOf(x), 1]) as tf.Tensor2D;
      const rows = tf.range(0, rowsOf(x), 1, "int32") as tf.Tensor1D;
      return tf.image.cropAndResize(x as T4, boxes, rows, [4, 6], "nearest", -1);
    },
  ],
  "local response norm": [[3, 2, 7], (x) => tf.localResponseNormalization(x as T4, 3, 1.5, 0.4, 0.8)],
  "magnitude of a spectrum": [[3, 10], (x) => tf.abs(tf.spectral.rfft(x))],
  "spectrum and back": [
    [7],
    (x) => {
      const z = tf.fft(tf.complex(x, x.square()));
      // tfjs itself multiplies complex numbers of different shapes wrongly.
      const [u, v] = [6, 7].map((seed) => weight(seed, [1, 7]).tile([rowsOf(x), 1])) as [T, T];
      return tf.imag(tf.ifft(tf.mul(z, tf.complex(u, v))));
    },
  ],
  "complex weights": [
    [4],
    (x) => {
      const z = tf.complex(x, tf.sin(x));
      const both = tf
        .concat([z, tf.mul(z, z)], 1)
        .reshape([-1, 2, 4])
        .transpose([0, 2, 1]);
      return tf.abs(both);
    },
  ],
  "shares of segments": [
    [4],
    (x) => tf.unsortedSegmentSum(x.transpose(), tf.tensor1d([0, 2, 0, 1], "int32"), 3).transpose(),
  ],
  "choice by sign": [[4], (x) => tf.where(x.greater(0), x.square(), tf.fill(x.shape, 2))],
  "a number cut to a whole one, then to yes or no": [[6], (x) => x.mul(x.mul(2).toInt().toBool().toFloat())],
  "log1p and expm1 of small numbers": [
    [6],
    (x) =>
      tf
        .log1p(x.mul(1e-3))
        .mul(1e3)
        .square()
        .add(tf.expm1(x.mul(-1e-4)).mul(1e4).square()),
  ],
  "log1p and expm1 of all sizes": [[6], (x) => tf.log1p(x.square().mul(50)).add(tf.expm1(x.mul(20)).tanh())],
  "slope of a saturated softplus": [[4], (x) => tf.softplus(x.sub(8.5)).mul(1e3)],
  "sigmoid of all but nothing": [[4], (x) => tf.sigmoid(x.sub(9)).mul(Math.exp(9))],
  "one column of a series": [
    [5, 3],
    (x) => tf.stridedSlice(x, [0, 1], [0, 2], [1, 1], 1, 1, 0, 0, 2).square(),
  ],
  "the last column of a series": [
    [5, 3],
    (x) => tf.stridedSlice(x, [0, -1], [0, 0], [1, 1], 1, 3, 0, 0, 2).square(),
  ],
  "one column behind an ellipsis": [
    [5, 3],
    (x) => tf.stridedSlice(x, [0, 1], [0, 2], [1, 1], 0, 0, 1, 0, 2).square(),
  ],
  "one column for a product": [
    [4, 3],
    (x) =>
      tf.softmax(
        tf.stridedSlice(x, [0, 0], [0, 1], [1, 1], 1, 1, 0, 0, 2).matMul(weight(8, [3, 3]) as tf.Tensor2D),
      ),
  ],
  "a new axis, and every second step backwards": [
    [6, 2],
    (x) => tf.stridedSlice(x, [0, 0, 5, 0], [0, 0, 0, 2], [1, 1, -2, 1], 1, 1, 0, 2, 0).square(),
  ],
  "one step of a series with time first": [
    [4, 3],
    (x) => tf.stridedSlice(x.transpose([1, 0, 2]), [2, 0, 0], [3, 0, 0], [1, 1, 1], 6, 6, 0, 0, 1).square(),
  ],
  "means of a mask": [[4, 3], (x) => x.mul(x.greater(0).mean(1, true))],
  "counts from a mask": [[6], (x) => x.mul(tf.cumsum(x.greater(0), 1).toFloat())],
  "the first of a mask": [[6], (x) => x.mul(tf.argMax(x.greater(0), 1).reshape([-1, 1]).toFloat())],
  "masks multiplied and added": [
    [6],
    (x) => {
      const [a, b] = [x.greater(0), x.less(0.5)];
      return x.mul(tf.mul(a, b).toFloat()).add(x.square().mul(tf.add(a, b).toFloat()));
    },
  ],
  "masks compared": [[6], (x) => x.mul(tf.greater(x.greater(0), x.greater(1)).toFloat())],
  "one of two masks": [[6], (x) => x.mul(tf.where(x.greater(0), x.less(1), x.less(-1)).toFloat())],
  "a choice between floats and a whole number": [
    [6],
    (x) => tf.where(x.greater(0), x.square(), tf.zeros(x.shape, "int32")),
  ],
  "remainders of whole numbers": [
    [6],
    (x) => x.mul(tf.mod(x.mul(9).toInt(), tf.scalar(-4, "int32")).toFloat()),
  ],
  "functions of whole numbers": [
    [6],
    (x) => {
      const n = x.mul(3).toInt();
      const parts = [tf.round(n), tf.exp(n), tf.expm1(n), tf.selu(n), tf.leakyRelu(n), tf.relu(n)];
      const kinds = [tf.isNaN(n), tf.isInf(n), tf.isFinite(n)];
      return x.mul([...parts, ...kinds].map((part) => part.toFloat()).reduce((a, b) => a.add(b)));
    },
  ],
  "one of many as a condition": [
    [6],
    (x) => {
      const hit = tf.oneHot(tf.argMax(x, 1), 6, 1, 0, "bool") as T;
      return tf.where(hit, x.square(), x);
    },
  ],
  "one of many with fractions": [[4], (x) => x.mul(tf.oneHot(tf.argMax(x, 1), 4, 0.5, -0.25))],
  "segments, and what belongs to none": [
    [4],
    (x) => tf.unsortedSegmentSum(x.transpose(), tf.tensor1d([0, -1, 0, 2], "int32"), 3).transpose(),
  ],
  "gather by row, axes counted from the end": [
    [5, 3],
    (x) => tf.gather(x, int32([[4, 0, 0]]).tile([rowsOf(x), 1]), 1, -1),
  ],
};

it.each(Object.entries(cases))("%s, for 1, 2 and 7 examples: compiled = eager", async (_, [shape, run]) => {
  const [, ...outputShape] = tf.tidy(() => run(tf.ones([1, ...shape]))).shape as [number, ...number[]];
  const target = mask({ data: normals(3, outputShape).data, shape: outputShape });
  const before = tf.memory().numTensors;
  for (const rows of [1, 2, 7]) {
    const x = normals(rows, [rows, ...shape]);
    const a = await saliency(asModel(run, { engine: "compiled" }), x, { target });
    const b = await saliency(asModel(run, { engine: "eager" }), x, { target });
    expect([a.engine, b.engine]).toEqual(["compiled", "eager"]);
    expect(relativeDifference(a.values.data, b.values.data), `${rows} rows`).toBeLessThan(1e-5);
    expect(relativeDifference(a.score, b.score), `scores of ${rows} rows`).toBeLessThan(1e-5);
  }
  expect(tf.memory().numTensors).toBe(before);
});
