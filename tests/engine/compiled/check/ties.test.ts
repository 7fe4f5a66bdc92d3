import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type NdArray, saliency } from "../../../../src";
import { normals } from "../../../models";

const SIDE = 9;
/** Shares of red, green and blue: their sums over a blank image cancel out but for rounding, another with each engine. */
const CHANNELS = [0.299, 0.587, 0.114];

type Filter = readonly (readonly number[])[];
const turned = (filter: Filter): Filter =>
  (filter[0] as readonly number[]).map((_, j) => filter.map((row) => row[j] as number));
const mirrored = (filter: Filter): Filter => filter.map((row) => [...row].reverse());

class LargestChannel extends tf.layers.Layer {
  override computeOutputShape([rows, height, width]: number[]): (number | null)[] {
    return [rows as number, height as number, width as number];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return ([inputs].flat()[0] as tf.Tensor).max(3);
  }
  static get className(): string {
    return "LargestChannel";
  }
}

/** Fixed filters over the grey of an image, what is made of them, and a dense layer. */
function filtered(filters: readonly Filter[], behind: tf.layers.Layer): tf.LayersModel {
  const [height, width] = [filters[0]!.length, filters[0]![0]!.length];
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [SIDE, SIDE, 3],
        filters: filters.length,
        kernelSize: [height, width],
        useBias: false,
      }),
      behind,
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, useBias: false }),
    ],
  });
  const kernel = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      CHANNELS.map((share) => filters.map((filter) => share * filter[y]![x]!)),
    ),
  );
  const dense = model.weights[1]!.shape as number[];
  model.setWeights([tf.tensor4d(kernel), tf.tensor(normals(3, dense).data, dense)]);
  return model;
}

const relu = (): tf.layers.Layer => tf.layers.reLU();
const sobel = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];
const scharr = [
  [-0.3, 0, 0.3],
  [-1, 0, 1],
  [-0.3, 0, 0.3],
];
const uneven = [
  [0.1, 0.7, 0.3],
  [0.2, 0.9, 0.4],
  [0.6, 0.33, 0.15],
];

const nets: Readonly<Record<string, () => tf.LayersModel>> = {
  "edges of Sobel before ReLU": () => filtered([sobel, turned(sobel)], relu()),
  "edges of Scharr before ReLU": () => filtered([scharr, mirrored(scharr)], relu()),
  "differences of far neighbours before ReLU": () =>
    filtered([[[-0.7, 0, 0.4, 0, 0.3]], [[1, 0, 0, 0, -1]]], relu()),
  "the larger of a filter and its mirror image": () =>
    filtered([uneven, mirrored(uneven)], new LargestChannel({})),
};

const blank = (value: number): NdArray => ({
  data: new Float32Array(SIDE * SIDE * 3).fill(value),
  shape: [1, SIDE, SIDE, 3],
});

describe("a blank image, where many values tie, is explained by the compiled engine", () => {
  it.each(Object.entries(nets))("%s", async (_, make) => {
    const net = make();
    const model = asModel(net, { engine: "compiled" });
    for (const value of [0.1, 0.37, 0.5, 1, 200]) {
      const x = blank(value);
      const scoreOf = ({ data, shape }: NdArray): number =>
        (net.predict(tf.tensor(data, [...shape])) as tf.Tensor).dataSync()[1] as number;
      for (const baseline of [0, 1]) {
        const map = await integratedGradients(model, x, { target: 1, baseline, steps: 8 });
        expect(map.engine).toBe("compiled");
        const sum = map.values.data.reduce((total, part) => total + part, 0);
        const rise = scoreOf(x) - scoreOf(blank(baseline));
        const size = map.values.data.reduce((total, part) => total + Math.abs(part), 1);
        expect(Math.abs(sum - rise)).toBeLessThan(1e-4 * size);
      }
      const { engine, values } = await saliency(model, x, { target: 1 });
      expect(engine).toBe("compiled");
      expect(values.data.every(Number.isFinite)).toBe(true);
    }
    net.dispose();
  });
});

/** A layer that is another where one row runs alone, and its first entry is above zero. */
class OneIsSpecial extends tf.layers.Layer {
  override computeOutputShape(shape: number[]): number[] {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0] as tf.Tensor;
    if (x.shape[0] !== 1) return x.mul(3);
    return x.mul(x.slice([0, 0], [-1, 1]).step().add(3));
  }
  static get className(): string {
    return "OneIsSpecial";
  }
}

it("compares a graph anew at another row than the one that it was refused at, three times", async () => {
  const net = tf.sequential({ layers: [new OneIsSpecial({ inputShape: [2] })] });
  const model = asModel(net, { engine: "compiled" });
  const ask = (first: number): ReturnType<typeof saliency> => saliency(model, [[first, 2]], { target: 0 });
  const refusal = async (first: number): Promise<unknown> => ask(first).catch((error: unknown) => error);
  const refused = await refusal(1);
  expect(String(refused)).toMatch(/expected the numbers of the eager engine/);
  expect(await refusal(1)).toBe(refused);
  const map = await ask(-1);
  expect(map.engine).toBe("compiled");
  expect(Array.from(map.values.data)).toEqual([3, 0]);

  const other = asModel(tf.sequential({ layers: [new OneIsSpecial({ inputShape: [2] })] }), {
    engine: "compiled",
  });
  for (const first of [1, 2, 3])
    await expect(saliency(other, [[first, 2]], { target: 0 })).rejects.toThrow(/numbers of the eager/);
  await expect(saliency(other, [[-1, 2]], { target: 0 })).rejects.toThrow(/numbers of the eager/);
});
