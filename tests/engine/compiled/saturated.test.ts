import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { integratedGradients, saliency } from "../../../src";
import { relativeDifference } from "../../models";

const made: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of made) model.dispose();
});

/** A net that ends in a sigmoid, or has one inside, with the logit that an input asks for. */
function net(inside: boolean): tf.LayersModel {
  const weights = (shape: number[], value: number): tf.Tensor => tf.fill(shape, value);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [2], units: 1, activation: "sigmoid" }),
      ...(inside ? [tf.layers.dense({ units: 1 })] : []),
    ],
  });
  const values = [
    weights([2, 1], 0.5),
    weights([1], 0),
    ...(inside ? [weights([1, 1], 2), weights([1], 0)] : []),
  ];
  model.setWeights(values);
  tf.dispose(values);
  made.push(model);
  return model;
}

describe.each([
  ["at the end", false],
  ["inside", true],
] as const)("a sigmoid %s", (_, inside) => {
  it.each([0, 4, -4, 8, -8, 14, -14, 20, -20, 40, -40, 80])(
    "has the gradient of a confident output to a share of itself: logit %d",
    async (logit) => {
      const model = net(inside);
      // The first row is the one that is compared: it is not confident.
      const x = [
        [0.1, 0.2],
        [logit, logit],
      ];
      for (const method of [saliency, integratedGradients]) {
        const [compiled, eager] = await Promise.all(
          (["compiled", "eager"] as const).map((engine) =>
            method(model, x, { target: 0, explain: "probability", engine }),
          ),
        );
        const [ours, right] = [compiled, eager].map((map) => map?.values.data.slice(2) as Float32Array);
        expect(relativeDifference(ours as Float32Array, right as Float32Array)).toBeLessThan(1e-5);
      }
    },
  );
});
