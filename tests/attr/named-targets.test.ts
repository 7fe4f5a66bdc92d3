import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  aggregate,
  asModel,
  box,
  contrast,
  dataset,
  integratedGradients,
  kernelShap,
  mask,
  metrics,
  type NdArray,
  ndarray,
  noiseTunnel,
  quantile,
  region,
  saliency,
  similarity,
  smoothGrad,
} from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Targets with a name of their own, baselines chosen from data, and one map made of several. */
const mlp = smallMlp(41, 4, "tanh");
const x = normals(41, [2, 4]);
afterAll(() => mlp.dispose());
const named = asModel(mlp, { classes: ["cat", "dog", "cow"] });

describe("contrast", () => {
  it.each(["eager", "compiled"] as const)("explains the difference of two classes, %s", async (engine) => {
    const map = await integratedGradients(named, x, { target: contrast("dog", "cat"), engine });
    const same = await integratedGradients(mlp, x, { target: mask([-1, 1, 0]), engine });
    expect(relativeDifference(map.values.data, same.values.data)).toBeLessThan(1e-6);
    expect(map.targetLabels).toEqual(["dog rather than cat", "dog rather than cat"]);
    for (const delta of map.convergenceDelta) expect(delta).toBeCloseTo(0, 4);
  });
  it("takes the predicted class and the runner-up of each example by default", async () => {
    const map = await saliency(mlp, x, { target: contrast() });
    const scores = await Promise.all(
      [0, 1, 2].map(async (target) => (await saliency(mlp, x, { target })).score),
    );
    for (const row of [0, 1]) {
      const order = [0, 1, 2].sort((a, b) => scores[b]![row]! - scores[a]![row]!);
      expect(map.targetLabels[row]).toBe(`${order[0]} rather than ${order[1]}`);
      expect(map.score[row]).toBeCloseTo(scores[order[0]!]![row]! - scores[order[1]!]![row]!, 5);
      expect(map.score[row]).toBeGreaterThanOrEqual(0);
    }
  });
  it("is the log odds of a single sigmoid's two classes, and works without gradients", async () => {
    const unit = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [4], units: 1, activation: "sigmoid" })],
    });
    const logit = await saliency(unit, x, { target: 1 });
    const odds = await saliency(unit, x, { target: contrast(1, 0) });
    expect(
      relativeDifference(
        odds.values.data,
        logit.values.data.map((v) => 2 * v),
      ),
    ).toBeLessThan(1e-5);
    const shares = await kernelShap(mlp, x, { target: contrast(2, 0) });
    const same = await kernelShap(mlp, x, { target: mask([-1, 0, 1]) });
    expect(relativeDifference(shares.values.data, same.values.data)).toBeLessThan(1e-5);
    unit.dispose();
  });
});

describe("region", () => {
  const scene = (t: tf.Tensor4D): tf.Tensor => tf.concat([t.mul(2), t.square()], 3);
  const pictures = normals(5, [2, 3, 3, 1]);
  const where = [
    [1, 1, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  it("is the mean of a class over positions", async () => {
    const map = await saliency(scene, pictures, { target: region(where, 0) });
    expect([...map.values.data.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
    const named = await saliency(asModel(scene, { classes: ["sky", "sea"] }), pictures, {
      target: region(where, "sea"),
    });
    expect(named.values.data[1]).toBeCloseTo(pictures.data[1]!, 5);
    expect(named.targetLabels[0]).toBe("sea in region");
    const flat = (t: tf.Tensor4D): tf.Tensor => t.mul(3).squeeze([3]);
    const one = await saliency(flat, pictures, { target: region(where) });
    expect([...one.values.data.subarray(0, 4)]).toEqual([1.5, 1.5, 0, 0]);
  });
});

describe("quantile", () => {
  const net = (t: tf.Tensor2D): tf.Tensor =>
    tf.concat([t.sum(1, true).mul(1), t.sum(1, true).mul(3), t.sum(1, true).mul(7)], 1);
  const levels = [0.1, 0.5, 0.9];
  it.each([
    [quantile(0.5, levels), 3, "quantile 0.5"],
    [quantile(0.7, levels), 5, "quantile 0.7"],
    [quantile([0.1, 0.9], levels), 6, "interval 0.1 to 0.9"],
    [quantile([0.3, 0.5], levels), 1, "interval 0.3 to 0.5"],
  ])("%o", async (target, slope, label) => {
    const map = await saliency(net, [[1, 2]], { target });
    for (const value of map.values.data) expect(value).toBeCloseTo(slope, 5);
    expect(map.targetLabels).toEqual([label]);
  });
});

describe("similarity", () => {
  const embed = (t: tf.Tensor2D): tf.Tensor => t.mul(tf.tensor1d([1, 2]));
  it("is the cosine with an embedding, and of two towers", async () => {
    const map = await saliency(embed, [[3, 2]], { target: similarity([1, 0]) });
    expect(map.score[0]).toBeCloseTo(3 / 5, 5);
    // ∂/∂x of x / √(x² + 4 y²) = 4 y² / r³, ∂/∂y = −4 x y / r³.
    expect(map.values.data[0]).toBeCloseTo(16 / 125, 4);
    expect(map.values.data[1]).toBeCloseTo(-24 / 125, 4);
    expect(map.targetLabels[0]).toBe("function similarity");
    const towers = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor[] => [embed(a), embed(b)];
    const both = await saliency(
      asModel(towers, { inputs: ["a", "b"] }),
      { a: [[3, 2]], b: [[1, 0]] },
      { target: similarity() },
    );
    expect(both.score[0]).toBeCloseTo(3 / 5, 5);
    expect([...both.parts[0]!.values.data]).toEqual([
      expect.closeTo(16 / 125, 4),
      expect.closeTo(-24 / 125, 4),
    ]);
  });
});

describe("box", () => {
  /** Two boxes: the unit square shifted by x₀, and one far away; scores x₁ and 0.9. */
  const detector = (t: tf.Tensor2D): tf.Tensor[] => {
    const shift = t.slice([0, 0], [-1, 1]);
    const none = shift.mul(0);
    const near = tf.concat([none, shift, none.add(1), shift.add(1)], 1);
    const far = tf.concat([none.add(5), none.add(5), none.add(6), none.add(6)], 1);
    const scores = tf.stack([t.slice([0, 1], [-1, 1]), none.add(0.9)], 1);
    return [tf.stack([near, far], 1), scores];
  };
  it("is the overlap times the score of the box that fits best", async () => {
    const map = await saliency(detector, [[0.25, 0.8]], {
      target: box([0, 0, 1, 1], { class: 0 }),
    });
    const iou = 0.75 / 1.25;
    expect(map.score[0]).toBeCloseTo(iou * 0.8, 5);
    expect(map.values.data[1]).toBeCloseTo(iou, 4);
    // IoU = (1 − s) / (1 + s), its slope −2 / (1 + s)².
    expect(map.values.data[0]).toBeCloseTo((-2 / 1.25 ** 2) * 0.8, 4);
  });
  it("finds scores behind the corners of a single output", async () => {
    const joined = (t: tf.Tensor2D): tf.Tensor => tf.concat(detector(t) as [tf.Tensor3D, tf.Tensor3D], 2);
    const map = await saliency(joined, [[0.25, 0.8]], { target: box([0, 0, 1, 1]) });
    expect(map.score[0]).toBeCloseTo((0.75 / 1.25) * 0.8, 5);
  });
});

describe("targets refuse", () => {
  it.each([
    [() => contrast(1, 1), /^contrast\(\): expected two different classes, got 1 twice/],
    [() => contrast(0.5), /classes by number or name/],
    [() => region([[0, 0]]), /^region\(\): expected a region with positions/],
    [() => quantile(0.95, [0.1, 0.9]), /^quantile\(\): expected a level from 0.1 to 0.9, got 0.95/],
    [() => quantile(0.5, [0.9, 0.1]), /ascending order/],
    [() => quantile([0.2] as never, [0.1, 0.9]), /a level between 0 and 1, or two/],
    [() => similarity([0, 0]), /^similarity\(\): expected an embedding that is not zero/],
    [() => box([0, 0, 1]), /^box\(\): expected four corners/],
    [() => box([1, 0, 0, 1]), /y₁ < y₂/],
    [() => box([0, 0, 1, 1], { clss: 1 } as never), /nearest: "class"/],
  ])("%s", (act, message) => {
    expect(act).toThrow(message);
  });
  it("what the net does not have, where they are used", async () => {
    await expect(saliency(mlp, x, { target: contrast(0, 7) })).rejects.toThrow(/target from 0 to 2, got 7/);
    await expect(saliency(named, x, { target: contrast("cat", "dgo") })).rejects.toThrow(/nearest: "dog"/);
    await expect(saliency(mlp, x, { target: region([1, 1], 0) })).rejects.toThrow(/a region of shape \[\]/);
    await expect(saliency(mlp, x, { target: quantile(0.5, [0.5]) })).rejects.toThrow(
      /an output of 1 quantiles/,
    );
  });
});

describe("data sets as baselines", () => {
  const line = asModel(
    ({ data, shape }: NdArray) =>
      Array.from({ length: shape[0]! }, (_, row) => [data[2 * row]! + 10 * data[2 * row + 1]!]),
    { outputs: 1 },
  );
  const xs = [
    [0, 0],
    [0, 1],
    [10, 10],
    [10, 11],
    [1, 0],
    [11, 10],
  ];
  it("of the nearest rows, without the example itself", async () => {
    const map = await kernelShap(
      line,
      [
        [0, 0],
        [10, 10],
      ],
      { baseline: dataset(xs, { choice: "nearest", samples: 2 }) },
    );
    expect([...map.values.data]).toEqual([-0.5, -5, -0.5, -5].map((v) => expect.closeTo(v, 4)));
    expect(map.options["baseline"]).toMatch(/^dataset\(nearest, 2 of 6, /);
  });
  it("of the centres of clusters", async () => {
    const map = await kernelShap(line, [[0, 0]], {
      baseline: dataset(xs, { choice: "clusters", samples: 2 }),
      seed: 1,
    });
    const [a, b] = [1 / 3, 10 + 1 / 3];
    expect([...map.values.data]).toEqual(
      [-(a + b) / 2, (-10 * (a + b)) / 2].map((v) => expect.closeTo(v, 3)),
    );
  });
  it("of entries that are independent of each other", async () => {
    // In the data the second is the first, in their product it is not: E x₀ x₁ = E x₀ E x₁.
    const product = asModel(
      ({ data, shape }: NdArray) =>
        Array.from({ length: shape[0]! }, (_, row) => [data[2 * row]! * data[2 * row + 1]!]),
      { outputs: 1 },
    );
    const same = [
      [-1, -1],
      [1, 1],
    ];
    const mean = async (choice: "rows" | "independent", samples: number): Promise<number> =>
      (await kernelShap(product, [[1, 1]], { baseline: dataset(same, { choice, samples }) }))
        .baselineScore[0]!;
    expect(await mean("rows", 2)).toBe(1);
    expect(Math.abs(await mean("independent", 400))).toBeLessThan(0.2);
  });
  it("refuse another choice, and distances of tokens", async () => {
    expect(() => dataset(xs, { choice: "nearby" as never })).toThrow(/nearest: "nearest"/);
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 3 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const ids = { data: [0, 1, 2], shape: [1, 3] };
    await expect(
      integratedGradients(words, ids, { baseline: dataset(ids, { choice: "clusters" }) }),
    ).rejects.toThrow(/a data set of numbers for choice "clusters", got ids of tokens/);
    words.dispose();
  });
});

describe("aggregate", () => {
  it("is the mean, the median or the mean rank of maps", async () => {
    const maps = await Promise.all(
      [0, 1, 2].map((seed) => smoothGrad(mlp, x, { samples: 4, seed, target: 0 })),
    );
    const each = maps.map(({ values }) => values.data);
    const mean = aggregate(maps);
    const exact = each[0]!.map((_, i) => (each[0]![i]! + each[1]![i]! + each[2]![i]!) / 3);
    expect(relativeDifference(mean.values.data, exact)).toBeLessThan(1e-6);
    expect(mean.passes.backward).toBe(24);
    expect(mean.parts[0]!.standardError!.data.every((error) => error > 0)).toBe(true);
    const median = aggregate(maps, { by: "median" });
    median.values.data.forEach((value, i) => {
      expect(value).toBe(each.map((data) => data[i]!).sort((a, b) => a - b)[1]);
    });
    const rank = aggregate(maps, { by: "rank" });
    for (const row of [0, 1]) {
      const own = [...rank.values.data.subarray(4 * row, 4 * row + 4)];
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2, 5);
      expect(Math.max(...own)).toBeLessThanOrEqual(1);
    }
    const moved = await mean.again({ target: 1 });
    expect(moved.target).toEqual([1, 1]);
    expect(String(mean)).toMatch(/mean of 3 × smoothGrad/);
    expect(mean.figure().toJSON()).toBeDefined();
  });
  it("brings methods to one unit", async () => {
    const maps = [await saliency(mlp, x, { target: 0 }), await integratedGradients(mlp, x, { target: 0 })];
    const map = aggregate(maps, { scale: "largest" });
    for (const row of [0, 1]) {
      const own = maps.map(({ values }) => values.data.subarray(4 * row, 4 * row + 4));
      const largest = own.map((data) => Math.max(...data.map(Math.abs)));
      for (let i = 0; i < 4; i++)
        expect(map.values.data[4 * row + i]).toBeCloseTo(
          (own[0]![i]! / largest[0]! + own[1]![i]! / largest[1]!) / 2,
          5,
        );
    }
    // Metrics read it like the map of any method: the Gini index of its own entries.
    const { values } = await metrics.sparseness(mlp, map);
    for (const row of [0, 1]) {
      const sorted = Array.from(map.values.data.subarray(4 * row, 4 * row + 4), Math.abs).sort(
        (a, b) => a - b,
      );
      const total = sorted.reduce((a, b) => a + b, 0);
      const gini = sorted.reduce((sum, size, i) => sum + (2 * (i + 1) - 5) * size, 0) / (4 * total);
      expect(values[row]).toBeCloseTo(gini, 6);
    }
  });
  it("refuses one map, others than maps, and maps of different inputs", async () => {
    const one = await saliency(mlp, x);
    expect(() => aggregate([one])).toThrow("aggregate(): expected at least two maps, got 1");
    expect(() => aggregate([saliency as never, one])).toThrow(/an array of attributions/);
    const moved = await saliency(mlp, normals(1, [2, 4]));
    expect(() => aggregate([one, moved])).toThrow(/maps of the same input/);
    const fewer = await saliency(mlp, normals(1, [1, 4]));
    expect(() => aggregate([one, fewer])).toThrow(/maps of .*\[2, 4\], got .*\[1, 4\]/);
    expect(() => aggregate([one, one], { by: "mode" as never })).toThrow(/by/);
  });
});

describe("until", () => {
  it("stops a noise tunnel, each example for itself", async () => {
    const cnn = smallCnn(9, "softplus");
    const two = normals(9, [2, 4, 4, 2]);
    const options = { until: { standardError: 0.05 }, samples: 2000, target: 1, noiseLevel: 0.1 };
    const map = await noiseTunnel(saliency)(cnn, two, options);
    expect(map.passes.backward).toBeLessThan(4000);
    for (const row of [0, 1]) {
      const [error, value] = [map.parts[0]!.standardError!.data, map.values.data].map((data) =>
        Math.max(...data.subarray(32 * row, 32 * row + 32).map(Math.abs)),
      ) as [number, number];
      expect(error).toBeLessThanOrEqual(0.05 * value);
      const own = ndarray(two.data.slice(32 * row, 32 * row + 32), [4, 4, 2]);
      const alone = await noiseTunnel(saliency)(cnn, own, options);
      expect(
        relativeDifference(alone.values.data, map.values.data.subarray(32 * row, 32 * row + 32)),
      ).toBeLessThan(1e-5);
    }
    cnn.dispose();
  });
});
