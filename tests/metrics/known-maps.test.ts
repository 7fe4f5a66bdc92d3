import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type AnyMetric, type Attribution, gradCam, metrics, ndarray, saliency } from "../../src";
import { normals, smallCnn, smallMlp } from "../models";

/** Metrics of the map's own numbers, of a mask and of neighbours: maps whose value one can reckon by hand. */

/** The gradient of Σ w ⊙ x: a map of the numbers given. */
const mapOf = (values: number[], shape: number[]): Promise<Attribution> => {
  const weights = tf.tensor(values, [1, ...shape]);
  const at = (x: tf.Tensor): tf.Tensor => x.mul(weights).reshape([x.shape[0], -1]).sum(1, true);
  return saliency(at, ndarray(new Float32Array(values.length).fill(1), [1, ...shape]), { target: 0 });
};
const identity = (x: tf.Tensor): tf.Tensor => x.reshape([x.shape[0], -1]).sum(1, true);
const measured = async (
  metric: AnyMetric,
  map: Attribution,
  options: object = {},
): Promise<number | undefined> => (await metric(identity, map, options)).values[0];

describe("with a mask", () => {
  const mask = [1, 1, 0, 0];
  const rows: [string, AnyMetric, number[], object, number | undefined][] = [
    ["a peak inside", metrics.pointingGame, [0, 3, 1, 2], { mask }, 1],
    ["a peak outside", metrics.pointingGame, [0, 1, 3, 2], { mask }, 0],
    ["a constant map", metrics.pointingGame, [1, 1, 1, 1], { mask: [1, 0, 0, 0] }, 0.25],
    ["an empty mask is no hit", metrics.pointingGame, [0, 3, 1, 2], { mask: [0, 0, 0, 0] }, undefined],
    [
      "a large negative peak",
      metrics.pointingGame,
      [1, -3, 0, 0.5],
      { mask: [0, 1, 0, 0], sign: "absolute" },
      1,
    ],
    ["mass inside", metrics.relevanceMassAccuracy, [1, -2, 0, 1], { mask }, 0.75],
    ["mass of an empty mask", metrics.relevanceMassAccuracy, [1, 2, 0, 1], { mask: [0, 0, 0, 0] }, undefined],
    ["largest inside", metrics.relevanceRankAccuracy, [5, 1, 2, 0], { mask }, 0.5],
    ["ties at the border", metrics.relevanceRankAccuracy, [1, 1, 1, 1], { mask }, 0.5],
    ["top k", metrics.topKIntersection, [5, 1, 2, 3], { mask, k: 3 }, 1 / 3],
    ["top 1", metrics.topKIntersection, [5, 1, 2, 3], { mask, k: 1 }, 1],
    ["positive mass", metrics.attributionLocalisation, [3, -9, 1, 0], { mask }, 0.75],
    ["by the mask's size", metrics.attributionLocalisation, [3, -9, 1, 0], { mask, weighted: true }, 1.5],
    ["a mosaic", metrics.focus, [1, 1, 2, -4], { mask }, 0.5],
    ["all inside larger", metrics.auc, [3, 2, 1, 0], { mask }, 1],
    ["all inside smaller", metrics.auc, [0, 1, 2, 3], { mask }, 0],
    ["a constant map by chance", metrics.auc, [1, 1, 1, 1], { mask }, 0.5],
    ["one pair of four turned", metrics.auc, [4, 2, 3, 1], { mask }, 0.75],
    ["a mask that is everywhere", metrics.auc, [3, 2, 1, 0], { mask: [1, 1, 1, 1] }, undefined],
  ];
  it.each(rows)("%s", async (_, metric, values, options, expected) => {
    const found = await measured(metric, await mapOf(values, [4]), options);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 6);
  });

  it("is fitted to positions, to a batch, and to the image beneath a class activation map", async () => {
    const image = await mapOf([1, 0, 0, 0, 0, 0, 0, 3], [2, 2, 2]);
    expect(
      await measured(metrics.relevanceMassAccuracy, image, {
        mask: [
          [1, 0],
          [0, 0],
        ],
      }),
    ).toBeCloseTo(0.25, 6);
    expect(
      await measured(metrics.relevanceMassAccuracy, image, {
        mask: [
          [
            [1, 0],
            [0, 0],
          ],
        ],
      }),
    ).toBeCloseTo(0.25, 6);
    const cnn = smallCnn(3);
    const cam = await gradCam(cnn, normals(3, [1, 4, 4, 2]));
    const inside = await metrics.relevanceMassAccuracy(cnn, cam, {
      mask: ndarray(new Float32Array(16).fill(1), [4, 4]),
    });
    expect(inside.values[0]).toBeCloseTo(1, 6);
    cnn.dispose();
  });

  it("is asked for, and refused where it does not fit", async () => {
    const map = await mapOf([1, 2, 3, 4], [4]);
    await expect(metrics.auc(identity, map)).rejects.toThrow("auc(): expected the option mask, got none");
    await expect(metrics.auc(identity, map, { mask: [1, 0] })).rejects.toThrow("mask of shape [4]");
  });
});

describe("of the map alone", () => {
  const rows: [string, AnyMetric, number[], number[], object, number | undefined][] = [
    ["one feature", metrics.complexity, [0, 0, -2, 0], [4], {}, 0],
    ["all alike", metrics.complexity, [1, -1, 1, 1], [4], {}, Math.log(4)],
    ["half and two quarters", metrics.complexity, [2, 1, 1, 0], [4], {}, 1.5 * Math.log(2)],
    ["zeros", metrics.complexity, [0, 0, 0, 0], [4], {}, undefined],
    ["features above a share", metrics.effectiveComplexity, [10, 0.5, -2, 0], [4], { threshold: 0.1 }, 2],
    ["features that are not zero", metrics.effectiveComplexity, [10, 0.5, -2, 0], [4], {}, 3],
    ["a constant image", metrics.roughness, [1, 1, 1, 1], [2, 2, 1], {}, 0],
    ["a chessboard", metrics.roughness, [1, -1, -1, 1], [2, 2, 1], {}, 2],
    ["a table", metrics.roughness, [1, -1, -1, 1], [4], {}, undefined],
    ["steps up", metrics.temporalCoherence, [1, 2, 3, 4], [4, 1], {}, 1],
    ["to and fro", metrics.temporalCoherence, [1, -1, 1, -1], [4, 1], {}, -1],
    ["the highest frequency", metrics.highFrequencyEnergy, [1, -1, 1, -1, 1, -1, 1, -1], [8, 1], {}, 1],
    [
      "a slow wave",
      metrics.highFrequencyEnergy,
      [0, 1, 0, -1].flatMap((v) => [v, v, v, v]),
      [16, 1],
      { cutoff: 0.9 },
      0,
    ],
    ["a constant", metrics.highFrequencyEnergy, [2, 2, 2, 2], [4, 1], {}, undefined],
  ];
  it.each(rows)("%s", async (_, metric, values, shape, options, expected) => {
    const found = await measured(metric, await mapOf(values, shape), options);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 3);
  });

  it("looks like the edges of the input where it is made of them", async () => {
    const image = Array.from(
      { length: 36 },
      (_, i) => (i % 6 >= 3 ? 1 : 0) + (Math.floor(i / 6) === 2 ? 0.5 : 0),
    );
    const product = (x: tf.Tensor4D): tf.Tensor => {
      const [left, right] = [x.slice([0, 0, 0, 0], [-1, -1, 5, -1]), x.slice([0, 0, 1, 0], [-1, -1, 5, -1])];
      return right.sub(left).square().sum([1, 2, 3]).expandDims(1);
    };
    const input = ndarray(image, [1, 6, 6, 1]);
    const edges = await metrics.edgeSimilarity(product, await saliency(product, input, { target: 0 }));
    const mean = (x: tf.Tensor4D): tf.Tensor =>
      x
        .mul(ndarrayOf(normals(9, [6, 6, 1])))
        .sum([1, 2, 3])
        .expandDims(1);
    const other = await metrics.edgeSimilarity(mean, await saliency(mean, input, { target: 0 }));
    expect(edges.values[0]).toBeGreaterThan(0.5);
    expect(Math.abs(other.values[0]!)).toBeLessThan(0.4);
  });
});

const ndarrayOf = ({ data, shape }: { data: Float32Array; shape: readonly number[] }): tf.Tensor =>
  tf.tensor(data, [...shape]);

describe("of neighbours", () => {
  const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([3, -1, 2]).sum(1, true);
  const quadratic = (x: tf.Tensor2D): tf.Tensor => x.square().sum(1, true);
  const x = [[1, 2, 2]];

  it("does not change where the gradient is constant", async () => {
    const map = await saliency(linear, x, { target: 0 });
    for (const metric of [
      metrics.maxSensitivity,
      metrics.avgSensitivity,
      metrics.localLipschitzEstimate,
      metrics.relativeInputStability,
      metrics.relativeOutputStability,
    ])
      expect((await metric(linear, map)).values, metric.meta.name).toEqual([0]);
  });

  it("changes as twice the input where the score is its square", async () => {
    const map = await saliency(quadratic, x, { target: 0 });
    expect((await metrics.localLipschitzEstimate(quadratic, map)).values[0]).toBeCloseTo(2, 3);
    // φ = 2x, so that the relative change of the map is that of the input.
    expect((await metrics.relativeInputStability(quadratic, map)).values[0]).toBeCloseTo(1, 3);
    const most = await metrics.maxSensitivity(quadratic, map, { radius: 0.3, samples: 50 });
    const mean = await metrics.avgSensitivity(quadratic, map, { radius: 0.3, samples: 50 });
    // ‖2ε‖ / ‖2x‖ with |ε| ≤ 0.3 in three entries.
    expect(most.values[0]).toBeLessThanOrEqual((0.3 * Math.sqrt(3)) / 3);
    expect(most.values[0]).toBeGreaterThan(mean.values[0]!);
    expect(mean.values[0]).toBeGreaterThan(0.05);
  });

  it("keeps the target of the clean example, and what belongs to each of several", async () => {
    const mlp = smallMlp(5, 4, "tanh");
    const inputs = normals(5, [3, 4]);
    const whole = await saliency(mlp, inputs, { target: [2, 0, 1] });
    const together = await metrics.maxSensitivity(mlp, whole, { noiseLevel: 0.5 });
    for (const [row, target] of [2, 0, 1].entries()) {
      const one = await saliency(mlp, ndarray(inputs.data.slice(4 * row, 4 * row + 4), [1, 4]), { target });
      expect((await metrics.maxSensitivity(mlp, one, { noiseLevel: 0.5 })).values[0]).toBeCloseTo(
        together.values[row]!,
        5,
      );
    }
    const layers = await metrics.relativeRepresentationStability(mlp, whole, {
      layers: ["hidden"],
      samePrediction: false,
    });
    expect(layers.values.every((value) => value !== undefined && value >= 0)).toBe(true);
    await expect(metrics.relativeRepresentationStability(mlp, whole, { layers: ["hiden"] })).rejects.toThrow(
      'nearest: "hidden"',
    );
    mlp.dispose();
  });

  it("is translated along the last axis of positions", async () => {
    const steps = (x: tf.Tensor3D): tf.Tensor => x.square().sum([1, 2]).expandDims(1);
    const map = await saliency(steps, [[[0], [0], [1], [0]]], { target: 0 });
    // φ = 2x: ‖2(x − x′)‖₁ / ‖x − x′‖₂ = 4 / √2, and 2 / 1 where the peak has left.
    expect((await metrics.continuity(steps, map)).values[0]).toBeCloseTo(4 / Math.SQRT2, 5);
    const table = await saliency(quadratic, x, { target: 0 });
    expect((await metrics.continuity(quadratic, table)).values).toEqual([undefined]);
  });

  it("refuses tokens, and ends when it is aborted", async () => {
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const map = await saliency(words, tf.tensor2d([[1, 2, 3]], [1, 3], "int32"));
    await expect(metrics.maxSensitivity(words, map)).rejects.toThrow("expected an input of floats");
    const controller = new AbortController();
    controller.abort();
    const plain = await saliency(linear, x, { target: 0 });
    await expect(metrics.maxSensitivity(linear, plain, { signal: controller.signal })).rejects.toThrow(
      /abort/,
    );
    words.dispose();
  });
});

describe("of examples beside each other", () => {
  const sign = (x: tf.Tensor2D): tf.Tensor =>
    tf.concat([x.slice([0, 0], [-1, 1]), x.slice([0, 0], [-1, 1]).neg()], 1);
  it("is consistent where what looks alike is predicted alike", async () => {
    const map = await saliency(
      sign,
      [
        [1, 0],
        [2, 5],
        [-1, 3],
        [-3, 1],
      ],
      { target: 0 },
    );
    // All have the same map; two of four are of each class.
    for (const metric of [metrics.consistency, metrics.sufficiency])
      expect((await metric(sign, map)).values).toEqual([1 / 3, 1 / 3, 1 / 3, 1 / 3]);
    const own = await saliency(sign, [
      [1, 0],
      [2, 5],
      [-1, 3],
      [-3, 1],
    ]);
    for (const metric of [metrics.consistency, metrics.sufficiency])
      expect((await metric(sign, own)).values).toEqual([1, 1, 1, 1]);
    expect((await metrics.consistency(sign, await saliency(sign, [[1, 0]]))).values).toEqual([undefined]);
  });
});

afterAll(() => tf.disposeVariables());
