/** Attention weights, found in nets of every form and equal to those computed by hand. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, attention, type NdArray, type Net } from "../../src";
import { type GraphNode, graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const [TOKENS, WIDTH, HEADS] = [5, 6, 2];
const DEPTH = WIDTH / HEADS;
const kernels = [1, 2, 3, 4].map((seed) => normals(seed, [WIDTH, WIDTH]));
const tensors = kernels.map(({ data }) => tf.keep(tf.tensor(data, [WIDTH, WIDTH])) as tf.Tensor2D);
afterAll(() => {
  for (const tensor of tensors) tensor.dispose();
});
const x = normals(9, [3, TOKENS, WIDTH]);

/** softmax(q kᵀ / √d) by loops in double precision: [examples, heads, query, key]. */
function byHand(
  { data, shape }: NdArray,
  masked: (query: number, key: number) => boolean = () => false,
): number[] {
  const [examples, tokens] = shape;
  const projected = (example: number, token: number, unit: number, kernel: NdArray): number => {
    let sum = 0;
    for (let i = 0; i < WIDTH; i++)
      sum += data[(example * tokens + token) * WIDTH + i] * kernel.data[i * WIDTH + unit];
    return sum;
  };
  const weights: number[] = [];
  for (let example = 0; example < examples; example++)
    for (let head = 0; head < HEADS; head++)
      for (let query = 0; query < tokens; query++) {
        const scores = Array.from({ length: tokens }, (_, key) => {
          if (masked(query, key)) return Number.NEGATIVE_INFINITY;
          let sum = 0;
          for (let d = 0; d < DEPTH; d++) {
            const unit = head * DEPTH + d;
            sum += projected(example, query, unit, kernels[0]) * projected(example, key, unit, kernels[1]);
          }
          return sum / Math.sqrt(DEPTH);
        });
        const exponentials = scores.map(Math.exp);
        const total = exponentials.reduce((a, b) => a + b, 0);
        weights.push(...exponentials.map((e) => e / total));
      }
  return weights;
}

const split = (t: tf.Tensor, kernel: tf.Tensor2D): tf.Tensor4D => {
  const [rows, tokens] = [t.shape[0] as number, t.shape[1] as number];
  const projected = t.reshape([rows * tokens, WIDTH]).matMul(kernel);
  return projected.reshape([rows, tokens, HEADS, DEPTH]).transpose([0, 2, 1, 3]) as tf.Tensor4D;
};

type Softmax = (scores: tf.Tensor) => tf.Tensor;
/** Attention as people write it, before the head. */
function attended(
  t: tf.Tensor,
  softmax: Softmax = (scores) => tf.softmax(scores),
  mask?: tf.Tensor,
): tf.Tensor {
  const [query, key, value] = tensors.map((kernel) => split(t, kernel));
  const scores = query.matMul(key, false, true).mul(1 / Math.sqrt(DEPTH));
  const mixed = softmax(mask ? scores.add(mask) : scores).matMul(value);
  return mixed.transpose([0, 2, 1, 3]).reshape([t.shape[0] as number, t.shape[1] as number, WIDTH]);
}
const scored = (t: tf.Tensor): tf.Tensor => t.mean(1).slice([0, 0], [-1, 2]);

/** A layer that says nothing of attention by its name. */
class Mixer extends tf.layers.Layer {
  static readonly className = "Mixer";
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => attended([inputs].flat()[0]));
  }
}

const layers = tf.sequential({
  layers: [
    new Mixer({ inputShape: [TOKENS, WIDTH], name: "stir" } as never),
    tf.layers.globalAveragePooling1d({}),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
});
afterAll(() => layers.dispose());

const causal = (query: number, key: number): boolean => key > query;
const mask = tf.keep(
  tf.tensor2d(
    Array.from({ length: TOKENS }, (_, query) =>
      Array.from({ length: TOKENS }, (_, key) => (causal(query, key) ? Number.NEGATIVE_INFINITY : 0)),
    ),
  ),
);
afterAll(() => mask.dispose());

describe("attention is found in", () => {
  const nets: Record<string, readonly [net: Net, layer: string, masked?: typeof causal]> = {
    "a layer of one's own with another name": [layers, "stir"],
    "a plain function": [(t: tf.Tensor) => scored(attended(t)), "function"],
    "a softmax that is written out": [
      (t: tf.Tensor) =>
        scored(
          attended(t, (scores) => {
            const exponentials = scores.sub(scores.max(-1, true)).exp();
            return exponentials.div(exponentials.sum(-1, true));
          }),
        ),
      "function",
    ],
    "Einstein sums, in the order of Keras": [
      (t: tf.Tensor) => {
        const [query, key, value] = tensors.map((kernel) => split(t, kernel).transpose([0, 2, 1, 3]));
        const scores = tf.einsum("aecd,abcd->acbe", key, query.mul(1 / Math.sqrt(DEPTH)));
        const mixed = tf.einsum("acbe,aecd->abcd", tf.softmax(scores), value);
        return scored(mixed.reshape([t.shape[0] as number, TOKENS, WIDTH]));
      },
      "function",
    ],
    "values that are weighed from the right": [
      (t: tf.Tensor) => {
        const [query, key, value] = tensors.map((kernel) => split(t, kernel));
        const weights = tf.softmax(query.matMul(key, false, true).mul(1 / Math.sqrt(DEPTH)));
        const mixed = value.matMul(weights, true, true).transpose([0, 3, 1, 2]);
        return scored(mixed.reshape([t.shape[0] as number, TOKENS, WIDTH]));
      },
      "function",
    ],
    "a causal net": [(t: tf.Tensor) => scored(attended(t, undefined, mask)), "function", causal],
  };

  it.each(Object.entries(nets))("%s", async (_, [net, layer, masked]) => {
    const found = await attention(net, x);
    expect(found.map((one) => one.layer)).toEqual([layer]);
    expect(found[0].weights.shape).toEqual([3, HEADS, TOKENS, TOKENS]);
    expect(relativeDifference(found[0].weights.data, byHand(x, masked))).toBeLessThan(1e-6);
  });

  it.each(["eager", "compiled", "auto"] as const)("a net on the %s engine", async (engine) => {
    const [{ weights }] = await attention(asModel(layers, { engine }), x);
    expect(relativeDifference(weights.data, byHand(x))).toBeLessThan(1e-6);
  });

  it("a GraphModel", async () => {
    const node = (name: string, op: string, input: readonly string[], attr: object = {}): GraphNode => ({
      name,
      op,
      input,
      attr: attr as never,
    });
    const turned = { adj_x: { b: false }, adj_y: { b: true } };
    const straight = { adj_x: { b: false }, adj_y: { b: false } };
    const graph = await graphModel(
      [
        placeholder("tokens", [-1, TOKENS, WIDTH]),
        node("scores", "BatchMatMulV2", ["tokens", "tokens"], turned),
        node("weights", "Softmax", ["scores"]),
        node("mixed", "BatchMatMulV2", ["weights", "tokens"], straight),
        node("mean", "Mean", ["mixed", "axis"], { keep_dims: { b: false } }),
      ],
      { axis: tf.tensor1d([1], "int32") },
    );
    const [{ layer, weights }] = await attention(graph, x);
    expect(layer).toBe("mixed");
    const expected = tf.tidy(() => {
      const t = tf.tensor3d(x.data, [3, TOKENS, WIDTH]);
      return tf.softmax(t.matMul(t, false, true)).dataSync();
    });
    expect(weights.shape).toEqual([3, 1, TOKENS, TOKENS]);
    expect(relativeDifference(weights.data, expected)).toBeLessThan(1e-6);
    graph.dispose();
  });

  it("each use, in order, and in the layers that are named", async () => {
    const model = tf.sequential({
      layers: [
        new Mixer({ inputShape: [TOKENS, WIDTH], name: "lower" } as never),
        new Mixer({ name: "upper" } as never),
        tf.layers.globalAveragePooling1d({}),
      ],
    });
    const found = await attention(model, x);
    expect(found.map(({ layer }) => layer)).toEqual(["lower", "upper"]);
    const below = tf.tidy(() => {
      const out = attended(tf.tensor3d(x.data, [3, TOKENS, WIDTH]));
      return { data: out.dataSync() as Float32Array, shape: out.shape };
    });
    expect(relativeDifference(found[1].weights.data, byHand(below))).toBeLessThan(1e-5);
    const [upper] = await attention(model, x, { layers: ["upper"] });
    expect(upper.weights.data).toEqual(found[1].weights.data);
    model.dispose();
  });
});

describe("attention refuses", () => {
  const dense = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [4], units: 3, activation: "softmax", name: "classes" }),
      tf.layers.dense({ units: 2, name: "after" }),
    ],
  });
  afterAll(() => dense.dispose());

  it("probabilities of classes, which ask nothing", async () => {
    await expect(attention(dense, normals(1, [2, 4]))).rejects.toThrow(
      "attention(): expected a net in which a softmax weighs the rows of a matrix, got none",
    );
  });

  it("a layer without any, and names those that have some", async () => {
    await expect(attention(layers, x, { layers: ["dense"] })).rejects.toThrow(
      'expected a layer "dense" in which a softmax weighs the rows of a matrix, got attention in "stir"',
    );
  });

  it("a black box", async () => {
    const box = asModel((() => [0]) as unknown as Net, { outputs: 1 });
    await expect(attention(box, [[1]])).rejects.toThrow("got a model that keeps its inside");
  });

  it("unknown options and names that are none", async () => {
    await expect(attention(layers, x, { layer: "stir" } as never)).rejects.toThrow("layer");
    await expect(attention(layers, x, { layers: [3] as never })).rejects.toThrow(
      "layers to be names of layers",
    );
  });
});

it("leaves no tensor behind", async () => {
  const before = tf.memory().numTensors;
  await attention(layers, x);
  expect(tf.memory().numTensors).toBe(before);
});
