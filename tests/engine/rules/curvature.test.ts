import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type NdArray,
  ndarray,
  type Place,
  type ResolvedTarget,
  UnsupportedOperationError,
} from "../../../src";
import { sliceRows } from "../../../src/tensor";
import { relativeDifference } from "../../models";
import { fill } from "../audit/inputs";
import { classOf, difference, engines, on, rowProducts } from "./asked";
import { attention, type Case, normalised, recurrent, residual, twoInputs } from "./nets";

const nets: Record<string, Case> = {
  residual: residual("softplus"),
  recurrent: recurrent(),
  attention: attention(),
  "two inputs": twoInputs(),
  normalised: normalised(),
};
const at = (inputs: readonly NdArray[]): { input: number }[] => inputs.map((_, input) => ({ input }));
const directions = (name: string, arrays: readonly NdArray[]): NdArray[] =>
  arrays.map(({ shape }, i) => ndarray(fill(`${name}:${i}`, [...shape]), shape));

/** A target whose second derivative is not zero: the probability of a class, or the score of a net without one. */
const target = (classes: number, rows: number): ResolvedTarget => classOf(1, classes, rows, "probability");

function moved(inputs: readonly NdArray[], along: readonly NdArray[], step: number): NdArray[] {
  return inputs.map(({ data, shape }, i) => ({
    data: data.map((value, k) => value + step * (along[i]?.data[k] as number)),
    shape,
  }));
}

describe.each(engines)("Hessian products on the %s engine", (engine) => {
  it("of a quadratic form are its matrix", async () => {
    const matrix = tf.tensor2d([
      [2, -1, 0.5],
      [-1, 3, 1],
      [0.5, 1, -4],
    ]);
    const net = (x: tf.Tensor2D): tf.Tensor => tf.sum(tf.mul(tf.matMul(x, matrix), x), 1, true);
    const x = ndarray([1, 2, 3, -1, 0, 5], [2, 3]);
    const v = ndarray([1, 0, 0, 0.5, 1, -1], [2, 3]);
    const { scores, products } = await on(engine, net).curvature([x], [v], {
      of: classOf(0, 1, 2),
      at: [{ input: 0 }],
    });
    expect(relativeDifference(scores, [2 + 12 - 36 - 4 + 3 + 12, 2 - 100 - 5])).toBeLessThan(1e-6);
    expect(relativeDifference(products[0]?.data ?? [], [4, -2, 1, -1, 3, 10.5])).toBeLessThan(1e-6);
  });

  it.each(Object.entries(nets))(
    "are differences of gradients, symmetric, row by row: %s",
    async (_, { net, inputs, classes }) => {
      const model = on(engine, net);
      const [u, v] = [directions("u", inputs), directions("v", inputs)];
      const ask = { of: target(classes, 3), at: at(inputs) };
      const along = await model.curvature(inputs, v, ask);
      const across = await model.curvature(inputs, u, ask);
      const dot = (a: readonly NdArray[], b: readonly NdArray[]): number[] =>
        a
          .map((array, i) => rowProducts(array, b[i] as NdArray))
          .reduce((x, y) => x.map((s, k) => s + (y[k] as number)));
      expect(relativeDifference(dot(u, along.products), dot(v, across.products))).toBeLessThan(1e-4);

      // u · H v against central differences of u · gradient; the best of three steps, as in the audit of gradients.
      const slopes = async (step: number): Promise<number[]> =>
        dot(u, (await model.gradient(moved(inputs, v, step), ask)).gradients);
      const scale = Math.max(...dot(u, along.products).map(Math.abs));
      const errors: number[] = [];
      for (const step of [3e-2, 1e-2, 3e-3]) {
        const [ahead, behind] = [await slopes(step), await slopes(-step)];
        const quotients = ahead.map((s, k) => (s - (behind[k] as number)) / (2 * step));
        errors.push(
          Math.max(...quotients.map((q, k) => Math.abs(q - (dot(u, along.products)[k] as number)))),
        );
      }
      expect(Math.min(...errors) / scale).toBeLessThan(3e-3);

      const alone = await model.curvature(
        inputs.map((x) => sliceRows(x, 2, 3)),
        v.map((x) => sliceRows(x, 2, 3)),
        { ...ask, of: target(classes, 1) },
      );
      along.products.forEach((product, i) => {
        const row = sliceRows(product, 2, 3);
        expect(relativeDifference(alone.products[i]?.data ?? [], row.data)).toBeLessThan(2e-5);
      });
    },
  );

  it("are those of the values at a layer", async () => {
    const { net, inputs, classes } = nets["recurrent"] as Case;
    const places: Place[] = [{ layer: "lstm", side: "output" }];
    const model = on(engine, net);
    const { activations } = await model.forward(inputs, { at: places as never });
    const [v] = directions("layer", activations) as [NdArray];
    const ask = { of: target(classes, 3), at: places };
    const { products } = await model.curvature(inputs, [v], ask);
    const gradient = async (step: number): Promise<NdArray> => {
      const [values] = moved(activations, [v], step) as [NdArray];
      const replace = [{ place: places[0] as never, values }];
      return (await model.gradient(inputs, { ...ask, replace })).gradients[0] as NdArray;
    };
    const change = difference(await gradient(1e-2), await gradient(-1e-2));
    const quotient = change.data.map((value) => value / 2e-2);
    expect(relativeDifference(quotient, products[0]?.data ?? [])).toBeLessThan(3e-3);
  });

  it("are zero for the logit of a net of rectifiers", async () => {
    const { net, inputs, classes } = residual("relu");
    const of = classOf(0, classes, 3);
    const { products } = await on(engine, net).curvature(inputs, directions("v", inputs), {
      of,
      at: at(inputs),
    });
    expect(products[0]?.data.every((value) => value === 0)).toBe(true);
  });

  it("name an operation without a second derivative, and a direction of another shape", async () => {
    const turned = tf.customGrad((x) => ({
      value: tf.square(x as tf.Tensor),
      gradFunc: (dy) =>
        tf.reshape(
          tf.image.transform(tf.reshape(dy as tf.Tensor, [-1, 1, 3, 1]) as tf.Tensor4D, tf.ones([1, 8])),
          [-1, 3],
        ),
    }));
    const x = ndarray([1, 2, 3], [1, 3]);
    const ask = { of: classOf(0, 3, 1), at: [{ input: 0 }] };
    const asked = on("eager", (t: tf.Tensor) => tf.square(turned(t))).curvature([x], [x], ask);
    await expect(asked).rejects.toThrow(UnsupportedOperationError);
    await expect(asked).rejects.toThrow(/curvature\(\): expected operations with a gradient, got Transform/);
    const model = on(engine, (t: tf.Tensor) => tf.square(t));
    await expect(model.curvature([x], [ndarray([1], [1, 1])], ask)).rejects.toThrow(
      "curvature(): expected a direction of shape [1, 3], got shape [1, 1]",
    );
  });
});

it.each(Object.entries(nets))(
  "both engines give the same Hessian products: %s",
  async (_, { net, inputs, classes }) => {
    const ask = { of: target(classes, 3), at: at(inputs) };
    const v = directions("v", inputs);
    const before = tf.memory().numTensors;
    const eager = await on("eager", net).curvature(inputs, v, ask);
    const compiled = await on("compiled", net).curvature(inputs, v, ask);
    expect(tf.memory().numTensors).toBe(before);
    eager.products.forEach((product, i) => {
      expect(relativeDifference(compiled.products[i]?.data ?? [], product.data)).toBeLessThan(1e-5);
    });
  },
);
