import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, type NdArray, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";

/** Zeros around an image of which all cells are negative: at its border they are the largest. */
function padded(padding: number, poolSize: number, border: "same" | "valid"): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, padding: "same" }),
      tf.layers.zeroPadding2d({ padding }),
      tf.layers.maxPooling2d({ poolSize, strides: 1, padding: border }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const shapes = [[3, 3, 2, 4], [4], [4, 3], [3]];
  const weights = shapes.map((shape, i) => tf.tensor(normals(i, shape, 0.3).data, shape));
  weights[1] = (weights[1] as tf.Tensor).sub(5);
  model.setWeights(weights);
  return model;
}

describe("zeros in front of a maximum pooling are cells like others", () => {
  it.each([
    [1, 3, "same"],
    [2, 3, "same"],
    [1, 3, "valid"],
    [2, 2, "same"],
    [1, 2, "valid"],
    [2, 2, "valid"],
  ] as const)("%i around, windows of %i, %s", async (padding, poolSize, border) => {
    const model = padded(padding, poolSize, border);
    const x = normals(7, [2, 6, 6, 2]);
    const [a, b] = [
      await saliency(asModel(model, { engine: "compiled" }), x, { target: 1 }),
      await saliency(asModel(model, { engine: "eager" }), x, { target: 1 }),
    ];
    const valuesOf = ({ parts }: typeof a): NdArray => (parts[0] as (typeof parts)[0]).values;
    expect(relativeDifference(valuesOf(a).data, valuesOf(b).data)).toBeLessThan(1e-5);
    expect(relativeDifference(a.score, b.score)).toBeLessThan(1e-5);
    model.dispose();
  });
});
