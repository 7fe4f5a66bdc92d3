import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, mask, type NdArray, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";
import { buildModel, layerCases, lonelyLayers } from "../audit/layer-models";

async function compare(
  net: tf.LayersModel | ((x: tf.Tensor) => tf.Tensor),
  shapes: readonly (readonly number[])[],
  outputShape: readonly number[],
): Promise<void> {
  const target = mask({ data: normals(5, outputShape).data, shape: [...outputShape] });
  const [compiled, eager] = [asModel(net, { engine: "compiled" }), asModel(net, { engine: "eager" })];
  for (const rows of [1, 2, 7]) {
    const x = shapes.map((shape, i) => normals(rows * 10 + i, [rows, ...shape]));
    const given = x.length === 1 ? (x[0] as NdArray) : x;
    const [a, b] = [await saliency(compiled, given, { target }), await saliency(eager, given, { target })];
    expect([a.engine, b.engine]).toEqual(["compiled", "eager"]);
    b.parts.forEach((part, i) => {
      expect(
        relativeDifference(a.parts[i]?.values.data as Float32Array, part.values.data),
        `${rows} rows`,
      ).toBeLessThan(1e-5);
    });
    expect(relativeDifference(a.score, b.score)).toBeLessThan(1e-5);
  }
}

/** tfjs writes the size of the crop into the input shape of the model itself: run on a tensor instead. */
const CROPS = { name: "centerCrop", layer: () => tf.layers.centerCrop({ height: 3, width: 4 }) };

describe("each layer of tfjs for 1, 2 and 7 examples: compiled = eager", () => {
  const whole = layerCases.filter(({ name }) => name !== CROPS.name);

  it.each(whole.map((layerCase) => [layerCase.name, layerCase] as const))("%s", async (_, layerCase) => {
    const model = buildModel(layerCase);
    await compare(
      model,
      layerCase.inputs,
      (model.outputs[0] as tf.SymbolicTensor).shape.slice(1) as number[],
    );
    model.dispose();
  });

  it.each([...lonelyLayers, CROPS].map(({ name, layer }) => [name, layer] as const))(
    "%s",
    async (_, layer) => {
      const run = (x: tf.Tensor): tf.Tensor => layer().apply(x) as tf.Tensor;
      const [, ...outputShape] = tf.tidy(() => run(tf.zeros([1, 5, 6, 2]))).shape as [number, ...number[]];
      await compare(run, [[5, 6, 2]], outputShape);
    },
  );
});
