import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type Explain, integratedGradients, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";

const made: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of made) model.dispose();
});

type Activation = "sigmoid" | "tanh" | "elu" | "softplus" | "softmax";

/** A net whose units are given half the sum of their two inputs, and the last of several 0; perhaps with a layer behind them. */
function net(activation: Activation, inside: boolean): tf.LayersModel {
  const units = activation === "softmax" ? 2 : 1;
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [2], units, activation }),
      ...(inside ? [tf.layers.dense({ units: 1 })] : []),
    ],
  });
  const kernel = units === 1 ? tf.fill([2, 1], 0.5) : tf.tensor2d([0.5, 0, 0.5, 0], [2, 2]);
  const behind = units === 1 ? tf.fill([1, 1], 2) : tf.tensor2d([2, 0], [2, 1]);
  const values = [kernel, tf.zeros([units]), ...(inside ? [behind, tf.zeros([1])] : [])];
  model.setWeights(values);
  tf.dispose(values);
  made.push(model);
  return model;
}

async function expectDigits(
  model: tf.LayersModel,
  at: number | readonly [number, number],
  explain?: Explain,
): Promise<void> {
  // The first row is the one that is compared: it is not saturated.
  const x = [[0.1, 0.2], typeof at === "number" ? [at, at] : [...at]];
  for (const method of [saliency, integratedGradients]) {
    const [compiled, eager] = await Promise.all(
      (["compiled", "eager"] as const).map((engine) =>
        method(model, x, { target: 0, ...(explain ? { explain } : {}), engine }),
      ),
    );
    const [ours, right] = [compiled, eager].map((map) => map?.values.data.slice(2) as Float32Array);
    expect(relativeDifference(ours as Float32Array, right as Float32Array)).toBeLessThan(1e-5);
  }
}

const PLACES = [0, 4, -4, 8, -8, 14, -14, 20, -20, 40, -40, 80];

describe.each(["sigmoid", "softmax"] as const)("%s at the end", (activation) => {
  it.each(PLACES)("has the gradient of a confident output to a share of itself: logit %d", async (logit) => {
    await expectDigits(net(activation, false), logit, "probability");
  });
});

describe.each(["sigmoid", "softmax", "tanh", "elu", "softplus"] as const)("%s inside", (activation) => {
  it.each(PLACES)("has the gradient of a saturated unit to a share of itself: %d", async (at) => {
    await expectDigits(net(activation, true), at);
  });
});

describe("a tangent behind a gate, σ(p) · tanh(q)", () => {
  const input = tf.input({ shape: [2] });
  const unit = (activation: "sigmoid" | "tanh", column: readonly [number, number]): tf.SymbolicTensor => {
    const weights = [tf.tensor2d([...column], [2, 1]), tf.zeros([1])];
    return tf.layers.dense({ units: 1, activation, weights }).apply(input) as tf.SymbolicTensor;
  };
  const product = tf.layers.multiply().apply([unit("sigmoid", [1, 0]), unit("tanh", [0, 1])]);
  const outputs = tf.layers.dense({ units: 1, weights: [tf.ones([1, 1]), tf.zeros([1])] }).apply(product);
  const model = tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor });
  made.push(model);

  it.each([
    [4, 4],
    [8, 8],
    [-8, 8],
    [20, 4],
    [20, 9],
    [15, 20],
    [-20, -6],
  ] as const)("has the gradient to a share of its largest entry: p = %d, q = %d", async (p, q) => {
    await expectDigits(model, [p, q]);
  });
});

describe.each(["lstm", "gru"] as const)("%s of few steps", (kind) => {
  // Beyond, the gates themselves are rounded by more than 1e-5.
  it.each([1, 30, 100])(
    "has its gradient to a share of its largest entry: inputs times %d",
    async (scale) => {
      const seeded = (seed: number): ReturnType<typeof tf.initializers.glorotUniform> =>
        tf.initializers.glorotUniform({ seed });
      const options = {
        inputShape: [6, 3],
        units: 5,
        recurrentActivation: "sigmoid" as const,
        kernelInitializer: seeded(1),
        recurrentInitializer: seeded(2),
      };
      const model = tf.sequential({
        layers: [tf.layers[kind](options), tf.layers.dense({ units: 1, kernelInitializer: seeded(3) })],
      });
      made.push(model);
      const { data: noise, shape } = normals(4, [4, 6, 3]);
      const data = noise.map((value, i) => (i < 18 ? 1 : scale) * value);
      const [compiled, eager] = await Promise.all(
        (["compiled", "eager"] as const).map((engine) =>
          saliency(model, { data, shape }, { target: 0, engine }),
        ),
      );
      for (let row = 0; row < 4; row++) {
        const [ours, right] = [compiled, eager].map(
          (map) => map?.values.data.slice(18 * row, 18 * (row + 1)) as Float32Array,
        );
        expect(relativeDifference(ours as Float32Array, right as Float32Array)).toBeLessThan(1e-5);
      }
    },
  );
});
