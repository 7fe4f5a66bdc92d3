import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { installCorrections } from "../../../src/engine/tfjs/corrections";
import { backends, useBackend } from "./backends";
import { fill } from "./inputs";
import { buildModel, layerCases, lonelyLayers } from "./layer-models";

const batch = 2;

/** Layers with a test of their own below. */
const elsewhere = ["embedding", "categoryEncoding", "randomWidth", "resizing"];

/** The sum of y times the mask, added up in float64. */
function weighted(y: ArrayLike<number>, mask: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += y[i] * mask[i];
  return sum;
}

/**
 * The largest disagreement between a gradient and central differences of f along four directions, relative to the
 * sum of |gradient · direction|. Of three step sizes the best counts: a large one may cross a kink, a small one
 * drowns in float32 noise; a wrong gradient fails all three.
 */
function disagreement(
  f: (shift: number, direction: Float32Array) => number,
  gradient: Float32Array,
  name: string,
): number {
  const errors = [0, 1, 2, 3].map((d) => {
    const direction = fill(`${name}:direction ${d}`, [gradient.length]);
    const slope = weighted(gradient, direction);
    const scale = gradient.reduce((sum, value, i) => sum + Math.abs(value * direction[i]), 1e-6);
    const attempts = [2e-2, 5e-3, 1e-3].map((step) => {
      const difference = (f(step, direction) - f(-step, direction)) / (2 * step);
      return Math.abs(difference - slope) / scale;
    });
    return Math.min(...attempts);
  });
  return Math.max(...errors);
}

it("covers every layer that tfjs has", () => {
  const covered = new Set([...layerCases.flatMap(({ kinds }) => kinds), ...elsewhere]);
  expect(Object.keys(tf.layers).filter((kind) => !covered.has(kind))).toEqual([]);
});

describe.each(backends)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installCorrections(tf);
  });

  it.each(layerCases.map((layerCase) => [layerCase.name, layerCase] as const))("%s", (name, layerCase) => {
    const tensorsBefore = tf.memory().numTensors;
    const model = buildModel(layerCase);
    const shapes = layerCase.inputs.map((shape) => [batch, ...shape]);
    const values = shapes.map((shape, i) => fill(`${name}:input ${i}`, shape, -1, 1));
    const run = (...x: tf.Tensor[]): tf.Tensor =>
      model.apply(x.length === 1 ? x[0] : x, { training: false }) as tf.Tensor;

    const inputs = values.map((data, i) => tf.tensor(data, shapes[i]));
    const output = tf.tidy(() => run(...inputs));
    const mask = fill(`${name}:mask`, output.shape);
    const maskTensor = tf.tensor(mask, output.shape);
    const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(run(...x), maskTensor)))(inputs);

    gradients.forEach((gradient, changed) => {
      const moved = (shift: number, direction: Float32Array): number => {
        const y = tf.tidy(() => {
          const data = values[changed].map((value, i) => value + shift * direction[i]);
          return run(
            ...inputs.map((input, i) => (i === changed ? tf.tensor(data, shapes[i]) : input)),
          ).dataSync();
        });
        return weighted(y, mask);
      };
      const slopes = Float32Array.from(gradient.dataSync());
      expect(gradient.shape).toEqual(shapes[changed]);
      expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(0);
      expect(disagreement(moved, slopes, `${name}:${changed}`)).toBeLessThan(1e-3);
    });
    tf.dispose([...inputs, ...gradients, output, maskTensor]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });

  it.each(lonelyLayers.map(({ name, layer }) => [name, layer] as const))("%s on a tensor", (name, layer) => {
    const shape = [batch, 5, 6, 2];
    const data = fill(`${name}:input`, shape);
    const run = (x: tf.Tensor): tf.Tensor => layer().apply(x) as tf.Tensor;
    tf.tidy(() => {
      const x = tf.tensor(data, shape);
      const mask = fill(`${name}:mask`, run(x).shape);
      const loss = (t: tf.Tensor): tf.Tensor =>
        run(t)
          .mul(tf.tensor(mask, run(x).shape))
          .sum();
      const slopes = Float32Array.from(tf.grad(loss)(x).dataSync());
      const moved = (shift: number, direction: Float32Array): number =>
        weighted(
          run(
            tf.tensor(
              data.map((value, i) => value + shift * direction[i]),
              shape,
            ),
          ).dataSync(),
          mask,
        );
      expect(disagreement(moved, slopes, name)).toBeLessThan(1e-3);
    });
  });

  it("randomWidth, which draws a new width at each call, passes on the gradient of its resizing", () => {
    const layer = tf.layers.randomWidth({ factor: [0.2, 0.5], seed: 1 } as Parameters<
      typeof tf.layers.randomWidth
    >[0]);
    tf.tidy(() => {
      const gradient = tf.grad((x: tf.Tensor) => tf.mean(layer.apply(x) as tf.Tensor))(
        tf.ones([batch, 5, 6, 2]),
      );
      expect(gradient.sum().dataSync()[0]).toBeCloseTo(1, 5);
    });
  });

  it("embedding, with respect to its table", () => {
    const tensorsBefore = tf.memory().numTensors;
    const ids = tf.input({ shape: [3], dtype: "int32" });
    const model = tf.model({
      inputs: ids,
      outputs: tf.layers.embedding({ inputDim: 5, outputDim: 2 }).apply(ids) as tf.SymbolicTensor,
    });
    const table = model.layers[1].getWeights()[0];
    const tokens = tf.tensor2d(
      [
        [0, 3, 3],
        [4, 0, 0],
      ],
      [2, 3],
      "int32",
    );
    const mask = fill("embedding:mask", [2, 3, 2]);
    const maskTensor = tf.tensor(mask, [2, 3, 2]);
    const loss = (): tf.Scalar => tf.sum(tf.mul(model.apply(tokens) as tf.Tensor, maskTensor));
    const { value, grads } = tf.variableGrads(loss);
    const [gradient] = Object.values(grads);

    const expected = new Float32Array(10);
    [0, 3, 3, 4, 0, 0].forEach((token, i) => {
      expected[2 * token] += mask[2 * i];
      expected[2 * token + 1] += mask[2 * i + 1];
    });
    expect(gradient.shape).toEqual(table.shape);
    gradient.dataSync().forEach((slope, i) => {
      expect(slope).toBeCloseTo(expected[i], 5);
    });
    tf.dispose([value, gradient, tokens, maskTensor]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });

  it("categoryEncoding has no gradient and says so", () => {
    const encoding = tf.layers.categoryEncoding({ numTokens: 4, outputMode: "count" });
    const run = (x: tf.Tensor): tf.Tensor => tf.sum(encoding.apply(x) as tf.Tensor);
    expect(() => tf.grad(run)(tf.tensor2d([[1, 2, 2]]))).toThrow(/DenseBincount/);
  });
});
