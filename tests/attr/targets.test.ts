import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, loss, mask, type NdArray, neuron, saliency, tap } from "../../src";
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

  it("undefined is not given: the default of `with` stays", async () => {
    const map = await saliency.with({ target: 2 }).with({ target: undefined as never })(model, x, {
      target: undefined as never,
    });
    expect(map.target).toEqual([2, 2]);
  });

  it("class names, in words", async () => {
    const map = await saliency(asModel(model, { classes: ["cat", "dog", "cow"] }), x, { target: [2, 1] });
    expect(map.targetLabels).toEqual(["cow", "dog"]);
    expect(map.toString()).toContain("saliency");
  });

  it.each(["eager", "compiled"] as const)(
    "class names, for those of several outputs that have as many entries, %s",
    async (engine) => {
      const input = tf.input({ shape: [4] });
      const output = (units: number) => tf.layers.dense({ units }).apply(input) as tf.SymbolicTensor;
      const several = tf.model({ inputs: input, outputs: [output(3), output(1), output(5)] });
      const label = async (classes: string[], output: number, target: number) =>
        (await saliency(asModel(several, { classes }), [1, 2, 3, 4], { output, target, engine }))
          .targetLabels;
      expect(await label(["a", "b", "c"], 0, 1)).toEqual(["b"]);
      expect(await label(["a", "b", "c"], 1, 0)).toEqual(["output"]);
      expect(await label(["a", "b", "c"], 2, 1)).toEqual(["1"]);
      await expect(label(["a", "b"], 0, 1)).rejects.toThrow(
        "saliency(): expected 3 or 1 or 5 class names, one per entry of an output's last axis, got 2",
      );
      const both = (t: tf.Tensor2D) => [t.mul(2), t.sum(1, true)];
      const map = await saliency(asModel(both, { classes: ["a", "b"], engine }), [[1, 2]], { output: 1 });
      expect(map.targetLabels).toEqual(["output"]);
      several.dispose();
    },
  );

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

describe("targets in unusual forms", () => {
  const single = (t: tf.Tensor2D): tf.Tensor => t.mul(tf.tensor1d([1, 2, 3])).sum(1);
  const x = [
    [1, 1, 1],
    [2, 2, 2],
  ];

  it("one index for each example of a model with a single number per example", async () => {
    const map = await saliency(single, x, { target: [0, 0] });
    expect(Array.from(map.score)).toEqual([6, 12]);
    expect(Array.from(map.values.data)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(map.target).toEqual((await saliency(single, x, { target: 0 })).target);
  });

  it("masks as tensors, typed arrays and nested arrays; nothing else", async () => {
    const weights = [0, 2, -1];
    const net = (t: tf.Tensor2D): tf.Tensor => t.square();
    const truth = (await saliency(net, x, { target: mask(weights) })).values.data;
    const forms = [tf.tensor1d(weights), Float32Array.from(weights), { data: weights, shape: [3] }];
    for (const form of forms)
      expect((await saliency(net, x, { target: mask(form as never) })).values.data).toEqual(truth);
    const wrong: readonly [unknown, RegExp][] = [
      [{ data: [1], shape: [2] }, /2 entries for shape \[2\], got 1/],
      [[Number.NaN, 0], /finite/],
      [["a", 0], /nested arrays of numbers/],
      [null, /got null/],
      [undefined, /got undefined/],
      [3, /weights of the output's entries, got 3/],
      [{ data: null, shape: [3] }, /got null/],
      [{ data: [1, 2, 3] }, /^mask\(\): expected/],
      [new BigInt64Array(3), /^mask\(\): expected/],
    ];
    for (const [given, message] of wrong) expect(() => mask(given as never), String(given)).toThrow(message);
  });

  it("a neuron's side is checked", () => {
    expect(() => neuron({ layer: "a", side: "in" } as never, 0)).toThrow(/^neuron\(\): expected side/);
  });

  it("each output of a plain function, also after it has run and has taps", async () => {
    const net = asModel((t: tf.Tensor2D) => [tap("h", t), t.square()]);
    for (let call = 0; call < 2; call++)
      expect((await saliency(net, [[1, 2]], { output: 1, target: 1 })).score[0]).toBe(4);
    await expect(saliency(net, [[1, 2]], { output: 2, target: 1 })).rejects.toThrow(
      /output from 0 to 1, got 2/,
    );
  });
});
