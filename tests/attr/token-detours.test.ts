/** Tokens that reach their table by a detour: a shared encoder, each step by itself, other shapes, a number added. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  featureAblation,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
} from "../../src";
import { graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const engines = ["eager", "compiled"] as const;
const WIDTH = 3;
const table = tf.tensor2d(normals(1, [12, WIDTH]).data, [12, WIDTH]);
const models: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of models) model.dispose();
});

const kept = (model: tf.LayersModel): tf.LayersModel => {
  models.push(model);
  return model;
};
const ids = (shape: number[], seed = 0): NdArray => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 5 + seed * 3 + 1) % 9),
  shape,
});
const symbolic = (name: string, shape: (number | null)[]): tf.SymbolicTensor =>
  tf.input({ shape, dtype: "int32", name });
const embedding = (name = "emb"): tf.layers.Layer =>
  tf.layers.embedding({ inputDim: 12, outputDim: WIDTH, weights: [table], name });
const dense = (seed: number, inputs: number): tf.layers.Layer =>
  tf.layers.dense({
    units: 2,
    weights: [tf.tensor2d(normals(seed, [inputs, 2]).data, [inputs, 2]), tf.zeros([2])],
  });
/** The vectors of tokens, to be fed in their place. */
const looked = ({ data, shape }: NdArray, shift = 0): NdArray => {
  const rows = Array.from(data, (id) =>
    Array.from(table.dataSync().subarray((id + shift) * WIDTH, (id + shift + 1) * WIDTH)),
  );
  return { data: Float32Array.from(rows.flat()), shape: [...shape, WIDTH] };
};
/** Signed sums, and lengths, of the vectors of a map of those. */
const perToken = (map: Attribution, part: number, of: (vector: Float32Array) => number): number[] => {
  const { data } = map.parts[part]!.values;
  return Array.from({ length: data.length / WIDTH }, (_, k) => of(data.subarray(k * WIDTH, (k + 1) * WIDTH)));
};
const sum = (vector: Float32Array): number => vector.reduce((a, b) => a + b, 0);

/** Compares maps of tokens with those of the net that is fed their vectors. */
async function check(
  model: tf.LayersModel | tf.GraphModel,
  x: Record<string, NdArray>,
  twin: (...vectors: any[]) => tf.Tensor,
  engine: "eager" | "compiled",
  shift = 0,
): Promise<void> {
  const given = Object.values(x);
  const names = given.map((_, i) => `v${i}`);
  const net = asModel(twin, { inputs: names });
  const vectors = given.map((array) => looked(array, shift));
  const options = { target: 1, steps: 60 };
  const right = await integratedGradients(net, vectors, { ...options, engine: "eager" });
  const map = await integratedGradients(model, x, { ...options, engine });
  const slopes = await saliency(net, vectors, { target: 1, engine: "eager" });
  const lengths = await saliency(model, x, { target: 1, engine });
  given.forEach(({ shape }, i) => {
    expect(map.parts[i]!.values.shape).toEqual(shape);
    expect(relativeDifference(map.parts[i]!.values.data, perToken(right, i, sum))).toBeLessThan(1e-4);
    expect(
      relativeDifference(
        lengths.parts[i]!.values.data,
        perToken(slopes, i, (v) => Math.hypot(...v)),
      ),
    ).toBeLessThan(1e-4);
  });
}

describe.each(engines)("%s", (engine) => {
  it("a shared encoder, called twice", async () => {
    const inside = symbolic("tokens", [null]);
    const gru = tf.layers.globalAveragePooling1d({});
    const encoder = tf.model({
      inputs: inside,
      outputs: gru.apply(embedding().apply(inside)) as tf.SymbolicTensor,
      name: "encoder",
    });
    const [a, b] = [symbolic("query", [null]), symbolic("document", [null])];
    const both = tf.layers
      .multiply()
      .apply([encoder.apply(a) as tf.SymbolicTensor, encoder.apply(b) as tf.SymbolicTensor]);
    const last = dense(3, WIDTH);
    const model = kept(tf.model({ inputs: [a, b], outputs: last.apply(both) as tf.SymbolicTensor }));
    const twin = (u: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor =>
      last.apply(u.mean(1).mul(v.mean(1))) as tf.Tensor;
    await check(model, { query: ids([2, 4]), document: ids([2, 6], 1) }, twin, engine);
  });

  it("one table for two inputs, and a nested encoder for one of them", async () => {
    const shared = embedding();
    const [a, b] = [symbolic("left", [4]), symbolic("right", [4])];
    const joined = tf.layers
      .add()
      .apply([shared.apply(a) as tf.SymbolicTensor, shared.apply(b) as tf.SymbolicTensor]);
    const pooled = tf.layers
      .globalAveragePooling1d({})
      .apply(tf.layers.activation({ activation: "tanh" }).apply(joined));
    const last = dense(4, WIDTH);
    const model = kept(tf.model({ inputs: [a, b], outputs: last.apply(pooled) as tf.SymbolicTensor }));
    const twin = (u: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor =>
      last.apply(u.add(v).tanh().mean(1)) as tf.Tensor;
    await check(model, { left: ids([2, 4]), right: ids([2, 4], 2) }, twin, engine);
  });

  it("each sentence of a text by itself", async () => {
    const text = symbolic("text", [2, 4]);
    const vectors = tf.layers.timeDistributed({ layer: embedding("inner"), name: "each" }).apply(text);
    const flat = tf.layers.flatten().apply(tf.layers.activation({ activation: "tanh" }).apply(vectors));
    const last = dense(5, 8 * WIDTH);
    const model = tf.model({ inputs: text, outputs: last.apply(flat) as tf.SymbolicTensor });
    model.getLayer("each").setWeights([table]);
    kept(model);
    const twin = (v: tf.Tensor4D): tf.Tensor => last.apply(v.tanh().reshape([-1, 8 * WIDTH])) as tf.Tensor;
    await check(model, { text: ids([2, 2, 4]) }, twin, engine);
  });

  it.each(["Reshape", "Flatten"])("%s before the look-up", async (kind) => {
    const text = symbolic("text", [2, 3]);
    const shaping = kind === "Flatten" ? tf.layers.flatten() : tf.layers.reshape({ targetShape: [6] });
    const vectors = embedding().apply(shaping.apply(text));
    const flat = tf.layers.flatten().apply(tf.layers.activation({ activation: "tanh" }).apply(vectors));
    const last = dense(6, 6 * WIDTH);
    const model = kept(tf.model({ inputs: text, outputs: last.apply(flat) as tf.SymbolicTensor }));
    const twin = (v: tf.Tensor4D): tf.Tensor => last.apply(v.tanh().reshape([-1, 6 * WIDTH])) as tf.Tensor;
    await check(model, { text: ids([2, 2, 3]) }, twin, engine);
    await expect(
      saliency(
        model,
        [
          [1, 2, 3],
          [4, 5, 99],
        ],
        { target: 0 },
      ),
    ).rejects.toThrow(/token ids from 0 to 11/);
    const path = await integratedGradients(model, ids([2, 2, 3]), { target: 0, engine, keepPath: 3 });
    expect(path.path!.accumulated[0]!.shape).toEqual([2, 3, 2, 3]);
  });

  it("a graph that shapes tokens and adds a number to them", async () => {
    const float = { T: { type: "DT_FLOAT" } };
    const int = { T: { type: "DT_INT32" } };
    const weights = tf.tensor2d(normals(7, [WIDTH, 2]).data, [WIDTH, 2]);
    const model = await graphModel(
      [
        placeholder("text", [-1, 2, 3], "int32"),
        { name: "flat", op: "Reshape", input: ["text", "row"], attr: int },
        { name: "shifted", op: "AddV2", input: ["flat", "three"], attr: int },
        { name: "looked", op: "GatherV2", input: ["table", "shifted", "axis"], attr: {} },
        { name: "bent", op: "Tanh", input: ["looked"], attr: float },
        { name: "mean", op: "Mean", input: ["bent", "steps"], attr: { keep_dims: { b: false } } },
        { name: "out", op: "MatMul", input: ["mean", "weights"], attr: float },
      ],
      {
        row: tf.tensor1d([-1, 6], "int32"),
        three: tf.scalar(3, "int32"),
        axis: tf.scalar(0, "int32"),
        steps: tf.tensor1d([1], "int32"),
        table,
        weights,
      },
    );
    const twin = (v: tf.Tensor4D): tf.Tensor =>
      tf.matMul(v.tanh().reshape([-1, 6, WIDTH]).mean<tf.Tensor2D>(1), weights);
    await check(model, { text: ids([2, 2, 3]) }, twin, engine, 3);
  });

  /** A net of tokens that are joined, looked up and pooled with a bend. */
  const joining = (
    axis: number,
    inputs: tf.SymbolicTensor[],
    entries: tf.SymbolicTensor[],
  ): tf.LayersModel => {
    const vectors = embedding().apply(tf.layers.concatenate({ axis }).apply(entries));
    const bent = tf.layers.activation({ activation: "tanh" }).apply(vectors) as tf.SymbolicTensor;
    const width = bent.shape.slice(1).reduce<number>((a, b) => a * (b ?? Number.NaN), 1);
    const flat = tf.layers.flatten().apply(bent);
    return kept(tf.model({ inputs, outputs: dense(8, width).apply(flat) as tf.SymbolicTensor }));
  };
  /** The same of vectors. */
  const joiningTwin =
    (model: tf.LayersModel, axis: number, order: readonly number[]) =>
    (...vectors: tf.Tensor[]): tf.Tensor => {
      const joined = tf.concat(
        order.map((i) => vectors[i]!),
        axis,
      );
      const flat = joined.tanh().reshape([joined.shape[0]!, -1]);
      return model.layers[model.layers.length - 1]!.apply(flat) as tf.Tensor;
    };

  it("two inputs that are joined in front of one table", async () => {
    const [a, b] = [symbolic("title", [2]), symbolic("text", [4])];
    const model = joining(-1, [a, b], [b, a]);
    await check(model, { title: ids([2, 2]), text: ids([2, 4], 1) }, joiningTwin(model, 1, [1, 0]), engine);
    await expect(saliency(model, [ids([2]), [1, 2, 3, 77]], { target: 0 })).rejects.toThrow(
      /token ids from 0 to 11/,
    );
  });

  it("an input that stands twice in a join", async () => {
    const [a, b] = [symbolic("frame", [1]), symbolic("text", [3])];
    const model = joining(1, [a, b], [a, b, a]);
    const x = { frame: ids([2, 1]), text: ids([2, 3], 1) };
    // Both looks at a token count as one: the twin is fed its vector at both.
    const twin = joiningTwin(model, 1, [0, 1, 0]);
    const net = asModel(twin, { inputs: ["u", "v"] });
    const options = { target: 1, steps: 60 };
    const right = await integratedGradients(net, [looked(x.frame), looked(x.text)], options);
    const map = await integratedGradients(model, x, { ...options, engine });
    for (const i of [0, 1])
      expect(relativeDifference(map.parts[i]!.values.data, perToken(right, i, sum))).toBeLessThan(1e-4);
  });

  it("a join along another axis", async () => {
    const [a, b] = [symbolic("first", [1, 3]), symbolic("others", [2, 3])];
    const model = joining(1, [a, b], [a, b]);
    const x = { first: ids([2, 1, 3]), others: ids([2, 2, 3], 1) };
    await check(model, x, joiningTwin(model, 1, [0, 1]), engine);
  });

  it("a join inside a nested model", async () => {
    const [u, v] = [symbolic("u", [3]), symbolic("v", [2])];
    const inner = tf.model({
      inputs: [u, v],
      outputs: embedding().apply(tf.layers.concatenate().apply([u, v])) as tf.SymbolicTensor,
      name: "inner",
    });
    const [a, b] = [symbolic("left", [2]), symbolic("right", [3])];
    const vectors = inner.apply([b, a]) as tf.SymbolicTensor;
    const flat = tf.layers.flatten().apply(tf.layers.activation({ activation: "tanh" }).apply(vectors));
    const model = kept(tf.model({ inputs: [a, b], outputs: dense(8, 5 * WIDTH).apply(flat) as any }));
    const x = { left: ids([2, 2]), right: ids([2, 3], 1) };
    await check(model, x, joiningTwin(model, 1, [1, 0]), engine);
  });

  it("one of two joined inputs, the other held", async () => {
    const [a, b] = [symbolic("title", [2]), symbolic("text", [4])];
    const model = joining(1, [a, b], [a, b]);
    const x = { title: ids([2, 2]), text: ids([2, 4], 1) };
    const net = asModel(joiningTwin(model, 1, [0, 1]), { inputs: ["u", "v"] });
    const vectors = [looked(x.title), looked(x.text)];
    const options = { target: 1, steps: 60 };
    const right = await integratedGradients(net, vectors, { ...options, fixed: ["v"] });
    const map = await integratedGradients(model, x, { ...options, fixed: ["text"], engine });
    expect(map.parts.map(({ name }) => name)).toEqual(["title"]);
    expect(relativeDifference(map.parts[0]!.values.data, perToken(right, 0, sum))).toBeLessThan(1e-4);
    const other = asModel(model, { padId: 0 });
    const padded = await integratedGradients(other, x, { ...options, baseline: "pad", engine });
    const pad = (array: NdArray): NdArray => looked({ ...array, data: array.data.map(() => 0) });
    const against = vectors.map((_, i) => pad([x.title, x.text][i]!));
    const twin = await integratedGradients(net, vectors, { ...options, baseline: against });
    for (const i of [0, 1])
      expect(relativeDifference(padded.parts[i]!.values.data, perToken(twin, i, sum))).toBeLessThan(1e-4);
  });

  it("joined tokens are left out, and take noise, one input beside the other", async () => {
    const [a, b] = [symbolic("title", [2]), symbolic("text", [4])];
    const model = joining(1, [a, b], [a, b]);
    const x = { title: ids([1, 2]), text: ids([1, 4], 1) };
    const map = await featureAblation(model, x, { target: 1, engine });
    const score = (vectors: tf.Tensor[]): number => joiningTwin(model, 1, [0, 1])(...vectors).dataSync()[1]!;
    const [u, v] = [looked(x.title), looked(x.text)].map(({ data, shape }) => tf.tensor(data, [...shape]));
    const full = score([u!, v!]);
    const hidden = tf.tensor1d([1, 0, 1, 1]).reshape([1, 4, 1]);
    expect(map.parts[1]!.values.data[1]).toBeCloseTo(full - score([u!, v!.mul(hidden)]), 5);
    const noisy = await smoothGrad(model, x, { target: 1, samples: 4, seed: 3, engine });
    expect(noisy.parts.map(({ values }) => values.shape)).toEqual([
      [1, 2],
      [1, 4],
    ]);
  });

  it("a graph that joins two inputs", async () => {
    const int = { T: { type: "DT_INT32" } };
    const float = { T: { type: "DT_FLOAT" } };
    const weights = tf.tensor2d(normals(9, [WIDTH, 2]).data, [WIDTH, 2]);
    const model = await graphModel(
      [
        placeholder("title", [-1, 2], "int32"),
        placeholder("text", [-1, 3], "int32"),
        { name: "same", op: "Identity", input: ["text"], attr: int },
        { name: "later", op: "AddV2", input: ["same", "two"], attr: int },
        { name: "both", op: "ConcatV2", input: ["title", "later", "last"], attr: { ...int, N: { i: "2" } } },
        { name: "looked", op: "GatherV2", input: ["table", "both", "axis"], attr: {} },
        { name: "bent", op: "Tanh", input: ["looked"], attr: float },
        { name: "mean", op: "Mean", input: ["bent", "steps"], attr: { keep_dims: { b: false } } },
        { name: "out", op: "MatMul", input: ["mean", "weights"], attr: float },
      ],
      {
        two: tf.scalar(2, "int32"),
        last: tf.scalar(-1, "int32"),
        axis: tf.scalar(0, "int32"),
        steps: tf.tensor1d([1], "int32"),
        table,
        weights,
      },
    );
    const twin = (u: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor =>
      tf.matMul(tf.concat([u, v], 1).tanh().mean<tf.Tensor2D>(1), weights);
    const x = { title: ids([2, 2]), text: ids([2, 3], 1) };
    const net = asModel(twin, { inputs: ["u", "v"] });
    const options = { target: 1, steps: 60 };
    const right = await integratedGradients(net, [looked(x.title), looked(x.text, 2)], options);
    const map = await integratedGradients(model, x, { ...options, engine });
    for (const i of [0, 1])
      expect(relativeDifference(map.parts[i]!.values.data, perToken(right, i, sum))).toBeLessThan(1e-4);
  });

  it("tokens in another shape behind a join are refused by name", async () => {
    const [a, b] = [symbolic("title", [2]), symbolic("text", [4])];
    const joined = tf.layers.reshape({ targetShape: [2, 3] }).apply(tf.layers.concatenate().apply([a, b]));
    const flat = tf.layers.flatten().apply(embedding("table").apply(joined));
    const model = kept(tf.model({ inputs: [a, b], outputs: dense(8, 6 * WIDTH).apply(flat) as any }));
    const x = { title: ids([1, 2]), text: ids([1, 4], 1) };
    await expect(saliency(model, x, { target: 1, engine })).rejects.toThrow(/"title".*option "layer"/);
  });
});
