import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, loss, mask, type NdArray, saliency } from "../../src";
import { normals, relativeDifference, smallCnn } from "../models";

const tensorOf = (array: NdArray): tf.Tensor => tf.tensor(array.data, [...array.shape]);
/** The gradient as tfjs gives it, for models where it is right. */
const stock = (f: (x: tf.Tensor) => tf.Tensor, x: NdArray): Float32Array =>
  tf.tidy(() =>
    Float32Array.from(
      tf
        .grad((t) => f(t).sum())(tensorOf(x))
        .dataSync(),
    ),
  );
const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void =>
  expect(relativeDifference(a, b)).toBeLessThanOrEqual(tolerance);

describe("what is explained", () => {
  const model = smallCnn(11);
  const logits = smallCnn(11, "relu", false);
  const x = normals(11, [2, 4, 4, 2]);
  const column = (t: tf.Tensor, c: number): tf.Tensor => t.slice([0, c], [-1, 1]);

  it("the logit by default, the probability and its logarithm on demand", async () => {
    near(
      (await saliency(model, x, { target: 1 })).values.data,
      stock((t) => column(logits.apply(t) as tf.Tensor, 1), x),
    );
    const p = (t: tf.Tensor): tf.Tensor => column(model.apply(t) as tf.Tensor, 1);
    const probability = await saliency(model, x, { target: 1, explain: "probability" });
    near(probability.values.data, stock(p, x));
    near(
      (await saliency(model, x, { target: 1, explain: "logProbability" })).values.data,
      stock((t) => p(t).log(), x),
      1e-4,
    );
    expect(probability.explain).toBe("probability");
    expect((await saliency(logits, x, { target: 1 })).explain).toBe("output");
  });

  it("the predicted class by default, one class per example, a mask, a function", async () => {
    const predicted = await saliency(model, x);
    const best = tf.tidy(() => Array.from((model.predict(tensorOf(x)) as tf.Tensor).argMax(1).dataSync()));
    expect(predicted.target).toEqual(best);
    expect((await saliency(model, x, { target: best })).values.data).toEqual(predicted.values.data);
    const byMask = await saliency(model, x, { target: mask([0, 1, 0]) });
    const byFunction = await saliency(model, x, {
      target: (out: tf.Tensor2D) => out.slice([0, 1], [-1, 1]).squeeze([1]),
    });
    const byIndex = await saliency(model, x, { target: 1 });
    near(byMask.values.data, byIndex.values.data);
    near(byFunction.values.data, byIndex.values.data);
  });

  it("the loss against a label", async () => {
    const p = (t: tf.Tensor): tf.Tensor =>
      column(model.apply(t) as tf.Tensor, 2)
        .log()
        .neg();
    near((await saliency(model, x, { target: loss(2) })).values.data, stock(p, x), 1e-4);
    const squared = (t: tf.Tensor2D): tf.Tensor => t.sum(1, true);
    const map = await saliency(
      squared,
      [
        [1, 2],
        [0, 1],
      ],
      { target: loss([5, 2]) },
    );
    expect(Array.from(map.values.data)).toEqual([-4, -4, -2, -2]);
    expect(map.score).toEqual([4, 1]);
  });

  it("class names, in words", async () => {
    const map = await saliency(asModel(model, { classes: ["cat", "dog", "cow"] }), x, { target: [2, 1] });
    expect(map.targetLabels).toEqual(["cow", "dog"]);
    expect(map.toString()).toContain("saliency");
  });

  it("a dense output by an index tuple; without one the error lists the forms", async () => {
    const tagger = (t: tf.Tensor3D): tf.Tensor => tf.softmax(t.mul(2));
    const x3 = normals(1, [2, 3, 4]);
    await expect(saliency(tagger, x3)).rejects.toThrow(/index tuple, a mask, a neuron or a function/);
    const map = await saliency(tagger, x3, { target: [1, 2] });
    const expected = new Float32Array(24);
    expected[6] = expected[18] = 2;
    expect(map.values.data).toEqual(expected);
    const each = await saliency(tagger, x3, {
      target: [
        [0, 0],
        [2, 3],
      ],
    });
    expect([each.values.data[0], each.values.data[23]]).toEqual([2, 2]);
  });

  it("the logit of a layer that is applied to each step of a sequence", async () => {
    const dense = tf.layers.dense({ units: 3, activation: "softmax" });
    const steps = tf.layers.timeDistributed({ layer: dense, inputShape: [4, 2] });
    const model = tf.sequential({ layers: [steps] });
    const [w, b] = model.getWeights() as [tf.Tensor2D, tf.Tensor1D];
    const x = normals(9, [2, 4, 2]);
    const map = await saliency(model, x, { target: [1, 2] });
    expect(map.explain).toBe("logit");
    const expected = new Float32Array(16);
    const column = w.slice([0, 2], [2, 1]).dataSync();
    for (const row of [0, 1]) expected.set(column, row * 8 + 2);
    near(map.values.data, expected);
    const logit = tf.tidy(
      () => tensorOf(x).slice([0, 1, 0], [1, 1, 2]).reshape([1, 2]).matMul(w).add(b).dataSync()[2],
    );
    expect(map.score[0]).toBeCloseTo(logit as number, 5);
  });

  it("one sigmoid unit is two classes, also in a plain function", async () => {
    const head = (t: tf.Tensor2D): tf.Tensor => tf.sigmoid(t.matMul(tf.tensor2d([[2], [-3]])));
    const point = [[0.4, 0.1]];
    const one = await saliency(head, point, { target: 1 });
    expect(Array.from(one.values.data)).toEqual([2, -3]);
    expect(one.score[0]).toBeCloseTo(0.5, 6);
    expect(Array.from((await saliency(head, point, { target: 0 })).values.data)).toEqual([-2, 3]);
    expect((await saliency(head, point)).target).toEqual([1]);
    expect((await saliency(head, point, { target: 0, explain: "probability" })).score[0]).toBeCloseTo(
      1 - 1 / (1 + Math.exp(-0.5)),
      6,
    );
  });
});
