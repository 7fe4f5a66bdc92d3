import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { asModel, type NdArray, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";

/** Quarters on top of a thousand: their means are exact, and all digits of what is left are known. */
function offset(rows: number): NdArray {
  const { data, shape } = normals(1, [rows, 8]);
  return { data: data.map((v) => 1000 + Math.round(4 * v) / 4), shape };
}

it("a layer norm takes the mean from its input before it multiplies", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.layerNormalization({ inputShape: [8], axis: -1, epsilon: 1e-2 }),
      tf.layers.dense({ units: 6, activation: "tanh" }),
      tf.layers.dense({ units: 3 }),
    ],
  });
  model.setWeights(
    model.getWeights().map((weight, i) => tf.tensor(normals(2 + i, weight.shape, 0.5).data, weight.shape)),
  );
  const ask = (engine: "compiled" | "eager"): ReturnType<typeof saliency> =>
    saliency(asModel(model, { engine }), offset(5), { target: 1 });
  const [compiled, eager] = [await ask("compiled"), await ask("eager")];
  expect(compiled.engine).toBe("compiled");
  expect(relativeDifference(compiled.score, eager.score)).toBeLessThan(1e-6);
  const [a, b] = [compiled, eager].map(({ parts }) => (parts[0] as (typeof parts)[0]).values.data);
  expect(relativeDifference(a as ArrayLike<number>, b as ArrayLike<number>)).toBeLessThan(2e-6);
});
