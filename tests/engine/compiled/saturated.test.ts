import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type Explain, integratedGradients, saliency } from "../../../src";
import { relativeDifference } from "../../models";

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

async function expectDigits(model: tf.LayersModel, at: number, explain?: Explain): Promise<void> {
  // The first row is the one that is compared: it is not saturated.
  const x = [
    [0.1, 0.2],
    [at, at],
  ];
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
