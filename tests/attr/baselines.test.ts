import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, dataset, integratedGradients, type NdArray, ndarray } from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void =>
  expect(relativeDifference(a, b)).toBeLessThanOrEqual(tolerance);

describe("baselines", () => {
  const model = smallMlp(31, 4, "tanh");
  const x = normals(31, [2, 4]);
  const bars = asModel(model, {
    range: [-1, 2],
    data: [
      [0, 0, 2, 2],
      [2, 4, 0, 0],
    ],
  });
  const resolved = async (baseline: unknown): Promise<number[]> =>
    Array.from(
      (await integratedGradients(bars, x, { baseline: baseline as never, target: 0 })).baseline
        ?.data as Float32Array,
    );

  it("presets, numbers, arrays and functions", async () => {
    expect(await resolved("zeros")).toEqual(new Array(8).fill(0));
    expect(await resolved("ones")).toEqual(new Array(8).fill(1));
    expect(await resolved("min")).toEqual(new Array(8).fill(-1));
    expect(await resolved("max")).toEqual(new Array(8).fill(2));
    expect(await resolved(0.5)).toEqual(new Array(8).fill(0.5));
    expect(await resolved([1, 2, 3, 4])).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(await resolved("mean")).toEqual([1, 2, 1, 1, 1, 2, 1, 1]);
    expect(
      await resolved((input: NdArray) => ({ data: input.data.map((v) => v / 2), shape: input.shape })),
    ).toEqual(Array.from(x.data, (v) => v / 2));
    expect(await resolved("max-distance")).toEqual(Array.from(x.data, (v) => (v > 0.5 ? -1 : 2)));
    const noise = await resolved("noise");
    expect(noise.slice(0, 4)).toEqual(noise.slice(4));
    expect(noise.every((v) => v >= -1 && v <= 2)).toBe(true);
    const image = smallCnn(1);
    const blurred = (await integratedGradients(image, normals(1, [4, 4, 2]), { baseline: "blur" }))
      .baseline as NdArray;
    const spread = (v: Float32Array): number => Math.max(...v) - Math.min(...v);
    expect(spread(blurred.data)).toBeLessThan(spread(normals(1, [4, 4, 2]).data));
  });

  it("a data set gives the mean over its baselines", async () => {
    const rows = [
      [0, 0, 0, 0],
      [1, -1, 0.5, 2],
    ];
    const both = await integratedGradients(model, x, { baseline: dataset(rows), target: 1 });
    const each = await Promise.all(
      rows.map((baseline) => integratedGradients(model, x, { baseline, target: 1 })),
    );
    near(
      both.values.data,
      (each[0] as typeof both).values.data.map(
        (v, i) => (v + ((each[1] as typeof both).values.data[i] as number)) / 2,
      ),
    );
    expect(Math.max(...(both.convergenceDelta as number[]).map(Math.abs))).toBeLessThan(1e-4);
    expect(both.options.baseline).toMatch(/^dataset\(2 of 2/);
  });

  it("in the user's own units when the model wants others: black is black", async () => {
    const scaled = asModel(model, { preprocess: (t: tf.Tensor) => t.div(127.5).sub(1), range: [0, 255] });
    const pixels = ndarray(
      Array.from({ length: 8 }, (_, i) => 30 * i),
      [2, 4],
    );
    const map = await integratedGradients(scaled, pixels, { target: 0, baseline: "min" });
    const inner = { data: pixels.data.map((v) => v / 127.5 - 1), shape: [2, 4] };
    const expected = await integratedGradients(model, inner, { target: 0, baseline: -1 });
    near(map.values.data, expected.values.data);
    expect(Array.from(map.baseline?.data as Float32Array)).toEqual(new Array(8).fill(0));
  });

  it("a function that works in place leaves the input as it is", async () => {
    const black = (input: NdArray): NdArray => {
      input.data.fill(0);
      return input;
    };
    for (const engine of ["eager", "compiled"] as const) {
      const map = await integratedGradients(model, x, { baseline: black, target: 0, engine });
      expect(map.input).toEqual(x);
      const zeros = await integratedGradients(model, x, { target: 0, engine });
      expect(map.values).toEqual(zeros.values);
    }
  });
});
