import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  asModel,
  inputXGradient,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
} from "../../../src";
import { type GraphNode, graphModel, placeholder } from "../../graph-models";
import { normals, relativeDifference } from "../../models";

const float = { T: { type: "DT_FLOAT" } };
const [CELLS, CHANNELS, CLASSES] = [4, 3, 2];
const W = normals(1, [CHANNELS, CLASSES]);

/** Cells of one example as rows of a matrix: their squares times W, summed over the cells. */
const nodes: GraphNode[] = [
  placeholder("x", [1, CELLS, CHANNELS]),
  { name: "flat", op: "Reshape", input: ["x", "cells"], attr: float },
  { name: "squared", op: "Square", input: ["flat"], attr: float },
  { name: "product", op: "MatMul", input: ["squared", "W"], attr: float },
  { name: "sum", op: "Sum", input: ["product", "zero"], attr: { ...float, keep_dims: { b: false } } },
  { name: "scores", op: "Reshape", input: ["sum", "row"], attr: float },
];
const model = (): Promise<tf.GraphModel> =>
  graphModel(nodes, {
    W: tf.tensor2d(W.data, [CHANNELS, CLASSES]),
    cells: tf.tensor1d([CELLS, CHANNELS], "int32"),
    zero: tf.tensor1d([0], "int32"),
    row: tf.tensor1d([1, CLASSES], "int32"),
  });

type Net = (x: tf.Tensor) => tf.Tensor;
const rowsOf = (x: tf.Tensor): tf.Tensor[] => tf.split(x, x.shape[0] as number);
const forms: Readonly<Record<string, (m: tf.GraphModel) => tf.GraphModel | Net>> = {
  "the model": (m) => m,
  "a function of one row": (m) => (x) => m.execute(x) as tf.Tensor,
  "a function row by row": (m) => (x) => tf.concat(rowsOf(x).map((row) => m.execute(row) as tf.Tensor)),
  "a function that unstacks its rows": () => (x) =>
    tf.stack(
      tf
        .unstack(x)
        .map((row) =>
          tf.matMul(row.square() as tf.Tensor2D, tf.tensor2d(W.data, [CHANNELS, CLASSES])).sum(0),
        ),
    ),
  "a function that names one row": () => (x) =>
    tf
      .matMul(x.reshape([CELLS, CHANNELS]).square() as tf.Tensor2D, tf.tensor2d(W.data, [CHANNELS, CLASSES]))
      .sum(0)
      .reshape([1, CLASSES]),
};

const ofClass = (x: NdArray, factor: number, power: number, target: number): number[] =>
  Array.from(x.data, (v, i) => factor * v ** power * (W.data[(i % CHANNELS) * CLASSES + target] as number));

describe.each(Object.entries(forms))("what flattens the rows of one example inside: %s", (name, form) => {
  const several = name === "a function of one row" || name === "a function that names one row" ? [1] : [1, 3];
  it.each(several)("is compiled, for %i examples", async (examples) => {
    const net = asModel(form(await model()), { engine: "compiled" });
    const x = normals(4 + examples, [examples, CELLS, CHANNELS]);
    const gradient = await saliency(net, x, { target: 1 });
    expect(gradient.engine).toBe("compiled");
    expect(relativeDifference(gradient.values.data, ofClass(x, 2, 1, 1))).toBeLessThan(1e-5);
    const path = await integratedGradients(net, x, { target: 0, baseline: 0, steps: 6 });
    expect(path.engine).toBe("compiled");
    expect(relativeDifference(path.values.data, ofClass(x, 1, 2, 0))).toBeLessThan(1e-5);
    const product = await inputXGradient(net, x, { target: 1 });
    expect(relativeDifference(product.values.data, ofClass(x, 2, 2, 1))).toBeLessThan(1e-5);
    const options = { target: 1, samples: 3, seed: 2 };
    const [noisy, right] = [
      await smoothGrad(net, x, options),
      await smoothGrad(net, x, { ...options, engine: "eager" }),
    ];
    expect(noisy.engine).toBe("compiled");
    expect(relativeDifference(noisy.values.data, right.values.data)).toBeLessThan(1e-5);
  });
});

it("says nothing of other forms of rows: a function whose rows meet is refused as before", async () => {
  const centred: Net = (x) => x.sub(x.mean(0, true)).square();
  const x = normals(3, [2, 3]);
  await expect(saliency(centred, x, { target: 0, engine: "compiled" })).rejects.toThrow(
    /do not influence each other/,
  );
  const numbered: Net = (x) => tf.concat(rowsOf(x).map((row, i) => row.mul(i + 1)));
  await expect(saliency(numbered, x, { target: 0, engine: "compiled" })).rejects.toThrow(
    /do not influence each other/,
  );
  const each: Net = (x) => tf.concat(rowsOf(x).map((row) => row.sub(x.mean(0, true)).square()));
  await expect(saliency(each, x, { target: 0, engine: "compiled" })).rejects.toThrow(
    /treats each example alike|influence/,
  );
});

it("leaves an error of a function of any rows to its writer", async () => {
  const broken: Net = () => {
    throw new TypeError("not at all");
  };
  await expect(saliency(broken, normals(3, [1, 3]), { target: 0, engine: "compiled" })).rejects.toThrow(
    /^not at all$/,
  );
});
