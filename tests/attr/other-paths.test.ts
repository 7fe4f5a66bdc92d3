import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  asModel,
  blurIg,
  featureAblation,
  guidedIg,
  integratedGradients,
  ndarray,
  sequentialIntegratedGradients,
} from "../../src";
import { gaussianBlur } from "../../src/attribution/gaussian-blur";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Paths that bend, that are exact, or that run one after the other. */

const ENGINES = ["eager", "compiled"] as const;
const nets: tf.LayersModel[] = [];
const kept = (net: tf.LayersModel): tf.LayersModel => {
  nets.push(net);
  return net;
};
afterAll(() => {
  for (const net of nets) net.dispose();
});
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** A net of ReLUs with so many layers, maxima among them where it has pictures. */
function reluNet(seed: number): { net: tf.LayersModel; shape: number[] } {
  if (seed % 2 === 0) return { net: kept(smallMlp(seed, 6)), shape: [6] };
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 3, kernelSize: 3, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: "relu" }),
      tf.layers.dense({ units: 3 }),
    ],
  });
  net.setWeights(
    net.getWeights().map((w, i) => tf.tensor(normals(31 * seed + i, w.shape, 0.7).data, w.shape)),
  );
  return { net: kept(net), shape: [6, 6, 2] };
}

describe("exact integrated gradients", () => {
  it("is |x| and max(x, y) by hand, with kinks on the path", async () => {
    const net = (x: tf.Tensor2D): tf.Tensor => {
      const at = (i: number): tf.Tensor => x.slice([0, i], [-1, 1]);
      return at(0)
        .abs()
        .mul(2)
        .add(tf.maximum(at(1), at(2)));
    };
    // From (−1, 0, 1) to (3, 4, 2): |x| turns at ¼, the maximum changes hands at ⅓.
    const map = await integratedGradients(net, [[3, 4, 2]], { baseline: [-1, 0, 1], target: 0, exact: true });
    expect([...map.values.data]).toEqual([4, (2 / 3) * 4, 1 / 3].map((v) => expect.closeTo(v, 5)));
    expect(map.options).toMatchObject({ exact: true });
    expect(map.options).not.toHaveProperty("steps");
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "leaves no more than 1e-6, and is what 10,000 nodes come to (net %i)",
    async (seed) => {
      const { net, shape } = reluNet(seed);
      const model = asModel(net, { engine: ENGINES[seed % 2] });
      const x = normals(seed, [2, ...shape]);
      const options = { baseline: normals(seed + 100, shape), target: [0, 2] };
      const map = await integratedGradients(model, x, { ...options, exact: true });
      map.convergenceDelta.forEach((delta, row) => {
        const scale = Math.max(Math.abs(map.score[row]!), Math.abs(map.baselineScore[row]!), 1);
        expect(Math.abs(delta)).toBeLessThan(1e-6 * scale);
      });
      const many = await integratedGradients(model, x, { ...options, steps: 10_000 });
      expect(relativeDifference(map.values.data, many.values.data)).toBeLessThan(3e-4);
    },
  );

  it("begins at zeros on a kink, at a layer as well", async () => {
    const net = kept(smallMlp(12, 6));
    const x = normals(12, [3, 6]);
    const input = await integratedGradients(net, x, { target: 1, exact: true });
    const layer = await integratedGradients(net, x, { target: 1, exact: true, layer: "hidden" });
    for (const map of [input, layer])
      for (const delta of map.convergenceDelta) expect(Math.abs(delta)).toBeLessThan(2e-6);
  });

  it("refuses nets that are curved, and options of a quadrature", async () => {
    const x = normals(1, [1, 4]);
    for (const engine of ENGINES) {
      const curved = asModel(kept(smallMlp(1, 4, "tanh")), { engine });
      await expect(integratedGradients(curved, x, { exact: true })).rejects.toThrow(
        /^integratedGradients\(\): expected a net that is linear piece by piece for exact: true .*, got one whose gradient changes along the path, by .* at α = /,
      );
    }
    const net = kept(smallMlp(1));
    await expect(
      integratedGradients(kept(smallCnn(1)), normals(1, [1, 4, 4, 2]), {
        exact: true,
        explain: "probability",
      }),
    ).rejects.toThrow("linear piece by piece");
    for (const [name, value] of Object.entries({ tolerance: 0.1, keepPath: true, path: [x, x] }))
      await expect(integratedGradients(net, x, { exact: true, [name]: value } as never)).rejects.toThrow(
        `expected no ${name} beside exact`,
      );
    await expect(integratedGradients(net, x, { exact: 1 as never })).rejects.toThrow("exact");
  });
});

describe("guidedIg", () => {
  it("is integrated gradients where nothing may leave the straight path, and sums up in the limit", async () => {
    const net = kept(smallMlp(3, 4, "tanh"));
    const x = normals(3, [2, 4]);
    const options = { baseline: normals(4, [4]), target: 1 };
    const straight = await guidedIg(net, x, { ...options, steps: 50, maxDistance: 0 });
    const map = await integratedGradients(net, x, { ...options, steps: 50, rule: "left" });
    expect(relativeDifference(straight.values.data, map.values.data)).toBeLessThan(1e-4);
    const free = await guidedIg(net, x, { ...options, steps: 200, maxDistance: 0.2 });
    free.score.forEach((score, row) => {
      const total = sum(free.values.data.slice(4 * row, 4 * row + 4));
      expect(Math.abs(total - (score - free.baselineScore[row]!))).toBeLessThan(0.04);
    });
    expect(relativeDifference(free.values.data, map.values.data)).toBeGreaterThan(0.01);
  });

  it("refuses shares outside of 0 to 1", async () => {
    const net = kept(smallMlp(1));
    for (const name of ["fraction", "maxDistance"])
      await expect(guidedIg(net, normals(1, [4]), { [name]: 1.5 } as never)).rejects.toThrow(
        `guidedIg(): expected ${name} from 0 to 1, got 1.5`,
      );
  });
});

describe("blurIg", () => {
  it("blurs by a kernel of sum 1, with nothing beyond the border", () => {
    const line = Float64Array.from({ length: 21 }, (_, i) => Number(i === 10));
    const blurred = gaussianBlur(line, [1, 21, 1], [1], 1.5);
    expect(sum(blurred)).toBeCloseTo(1, 10);
    expect(blurred[11]! / blurred[10]!).toBeCloseTo(Math.exp(-1 / 4.5), 10);
    expect(gaussianBlur(Float64Array.of(1, 1, 1), [3], [0], 50)[1]).toBeLessThan(0.03);
  });

  it("sums to F(x) − F(x blurred) in the limit, of pictures and of sequences", async () => {
    const cases = [
      { net: kept(smallCnn(2, "tanh")), x: normals(2, [1, 4, 4, 2]) },
      { net: asModel((x: tf.Tensor3D) => x.tanh().sum([1, 2]).expandDims(1)), x: normals(3, [1, 9, 2]) },
    ];
    for (const { net, x } of cases) {
      const map = await blurIg(net, x, { target: 0, maxSigma: 2, steps: 200, sigmaStep: 1e-3 });
      const axes = x.shape.length === 4 ? [1, 2] : [1];
      const far = gaussianBlur(Float64Array.from(x.data), x.shape, axes, 2);
      const there = await blurIg(net, ndarray(far, x.shape), { target: 0, steps: 1 });
      expect(sum(map.values.data)).toBeCloseTo(map.score[0]! - there.score[0]!, 1);
    }
  });

  it("refuses what has no positions", async () => {
    await expect(blurIg(kept(smallMlp(1)), normals(1, [4]))).rejects.toThrow(
      "blurIg(): expected an input with axes height and width, or time (fact axes; option fixed holds others), got [feature]",
    );
    await expect(blurIg(kept(smallCnn(1)), normals(1, [4, 4, 2]), { maxSigma: 0 })).rejects.toThrow(
      "maxSigma",
    );
  });
});

describe("sequentialIntegratedGradients", () => {
  it.each(ENGINES)("has parts that are what each position's ablation costs (%s)", async (engine) => {
    const net = asModel(kept(smallCnn(4, "tanh")), { engine });
    const x = normals(4, [2, 4, 4, 2]);
    const map = await sequentialIntegratedGradients(net, x, { target: 1, steps: 20 });
    const cost = await featureAblation(net, x, { target: 1, groups: "position" });
    const positions = (values: Float32Array): number[] =>
      Array.from({ length: 32 }, (_, i) => values[2 * i]! + values[2 * i + 1]!);
    // Feature ablation draws the cost of a position on each of its channels.
    const costs = Array.from({ length: 32 }, (_, i) => cost.values.data[2 * i]!);
    expect(relativeDifference(positions(map.values.data), costs)).toBeLessThan(1e-4);
  });

  it("is integrated gradients of a score without interactions, and takes tokens", async () => {
    const additive = (x: tf.Tensor2D): tf.Tensor => x.pow(3).sum(1, true);
    const map = await sequentialIntegratedGradients(additive, [[1, -2, 3]], { target: 0 });
    expect([...map.values.data]).toEqual([1, -8, 27].map((v) => expect.closeTo(v, 4)));
    const tokens = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 7, outputDim: 3, inputLength: 4 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, activation: "tanh" }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    tokens.setWeights(tokens.getWeights().map((w, i) => tf.tensor(normals(i, w.shape).data, w.shape)));
    const net = asModel(kept(tokens), { padId: 0 });
    const words = await sequentialIntegratedGradients(net, [[1, 2, 0, 5]], { target: 0, baseline: "pad" });
    const cost = await featureAblation(net, [[1, 2, 0, 5]], { target: 0, baseline: "pad" });
    expect(relativeDifference(words.values.data, cost.values.data)).toBeLessThan(1e-4);
    expect(words.values.data[2]).toBe(0);
  });
});
