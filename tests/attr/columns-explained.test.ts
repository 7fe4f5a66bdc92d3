/** Columns of a table that a net looks up beside numbers: explained at the look-up, and the whole map adds up. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  dataset,
  deepLift,
  featureAblation,
  gradientShap,
  inputXGradient,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
} from "../../src";
import { random } from "../../src/author";
import { type GraphNode, graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

/** Random nets; GRADLENS_COLUMNS=200 is the long run. */
const COUNT = Number(process.env["GRADLENS_COLUMNS"] ?? 6);
const [CATEGORIES, WIDTH] = [6, 3];
const ENGINES = ["eager", "compiled"] as const;

/** A layer of one's own made of a function of its input. */
class Own extends tf.layers.Layer {
  readonly #of: (x: tf.Tensor) => tf.Tensor;
  readonly #width: readonly number[];
  constructor(name: string, width: readonly number[], of: (x: tf.Tensor) => tf.Tensor) {
    super({ name });
    this.#of = of;
    this.#width = width;
  }
  override computeOutputShape([rows]: number[]): number[] {
    return [rows as number, ...this.#width];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => this.#of([inputs].flat()[0] as tf.Tensor));
  }
  static get className(): string {
    return "Own";
  }
}

/** A net of a row of numbers, and its twin of the same row and the vectors that it looks up. */
interface Example {
  readonly net: tf.LayersModel | tf.GraphModel;
  readonly x: NdArray;
  /** Columns in the order of their vectors, and the layer that looks them up. */
  readonly columns: readonly number[];
  readonly layer: string;
  readonly table: tf.Tensor2D;
  readonly twin: (row: tf.Tensor, vectors: tf.Tensor) => tf.Tensor;
}

const tableOf = (seed: number): tf.Tensor2D =>
  tf.tensor2d(normals(seed, [CATEGORIES, WIDTH]).data, [CATEGORIES, WIDTH]);
const embedding = (name: string, table: tf.Tensor2D): tf.layers.Layer =>
  tf.layers.embedding({ inputDim: CATEGORIES, outputDim: WIDTH, name, weights: [table] });
const hidden = (seed: number, inputs: number): tf.layers.Layer =>
  tf.layers.dense({
    units: 5,
    activation: "tanh",
    weights: [tf.tensor2d(normals(seed, [inputs, 5], 0.7).data, [inputs, 5]), tf.zeros([5])],
  });
const last = (seed: number): tf.layers.Layer =>
  tf.layers.dense({ units: 2, weights: [tf.tensor2d(normals(seed, [5, 2]).data, [5, 2]), tf.zeros([2])] });
const apply = (layer: tf.layers.Layer, x: unknown): tf.SymbolicTensor => layer.apply(x as any) as any;

/** ids → table, beside the numbers that `rest` takes from the row. */
function layersExample(
  seed: number,
  columns: readonly number[],
  ids: (x: tf.Tensor) => tf.Tensor,
  rest: (x: tf.Tensor) => tf.Tensor,
  restWidth: number,
  looked: (input: tf.SymbolicTensor, table: tf.Tensor2D) => readonly [tf.SymbolicTensor, string],
): Example {
  const table = tableOf(seed);
  const row = tf.input({ shape: [4], name: "row" });
  const [vectors, layer] = looked(apply(new Own("ids", [columns.length], ids), row), table);
  const flat = apply(tf.layers.flatten(), vectors);
  const others = apply(new Own("others", [restWidth], rest), row);
  const width = columns.length * WIDTH + restWidth;
  const [h, end] = [hidden(seed + 1, width), last(seed + 2)];
  const net = tf.model({
    inputs: row,
    outputs: apply(end, apply(h, apply(tf.layers.concatenate(), [flat, others]))),
  });
  const twin = (given: tf.Tensor, v: tf.Tensor): tf.Tensor =>
    end.apply(h.apply(tf.concat([v.reshape([v.shape[0]!, -1]), rest(given)], 1))) as tf.Tensor;
  const x = { data: Float32Array.from([2, 0.3, 4, 1, 5, -0.4, 1, 0.2]), shape: [2, 4] };
  return { net, x, columns, layer, table, twin };
}

const plain =
  (name: string) =>
  (ids: tf.SymbolicTensor, table: tf.Tensor2D): readonly [tf.SymbolicTensor, string] => [
    apply(embedding(name, table), ids),
    name,
  ];
const first = (x: tf.Tensor): tf.Tensor => x.slice([0, 0], [-1, 1]);
const others = (x: tf.Tensor): tf.Tensor => x.slice([0, 1], [-1, 3]);

const graphExample = async (): Promise<Example> => {
  const float = { T: { type: "DT_FLOAT" } };
  const nodes: GraphNode[] = [
    placeholder("x", [-1, 4]),
    { name: "columns", op: "GatherV2", input: ["x", "which", "one"] },
    { name: "near", op: "Round", input: ["columns"], attr: float },
    {
      name: "ids",
      op: "Cast",
      input: ["near"],
      attr: { SrcT: { type: "DT_FLOAT" }, DstT: { type: "DT_INT32" } },
    },
    { name: "rows", op: "GatherV2", input: ["table", "ids", "zero"] },
    { name: "flat", op: "Reshape", input: ["rows", "wide"], attr: float },
    { name: "all", op: "ConcatV2", input: ["flat", "x", "one"], attr: { ...float, N: { i: "2" } } },
    { name: "sum", op: "MatMul", input: ["all", "W"], attr: float },
    { name: "scores", op: "Tanh", input: ["sum"], attr: float },
  ];
  const table = tableOf(31);
  const W = tf.tensor2d(normals(32, [2 * WIDTH + 4, 2], 0.4).data, [2 * WIDTH + 4, 2]);
  const net = await graphModel(nodes, {
    table,
    W,
    which: tf.tensor1d([2, 0], "int32"),
    zero: tf.scalar(0, "int32"),
    one: tf.scalar(1, "int32"),
    wide: tf.tensor1d([-1, 2 * WIDTH], "int32"),
  });
  const twin = (row: tf.Tensor, v: tf.Tensor): tf.Tensor =>
    tf.matMul(tf.concat([v.reshape([v.shape[0]!, -1]), row], 1) as tf.Tensor2D, W).tanh();
  const x = { data: Float32Array.from([2, 0.3, 4, 1, 5, -0.4, 1, 0.2]), shape: [2, 4] };
  return { net, x, columns: [2, 0], layer: "rows", table, twin };
};

const EXAMPLES: Readonly<Record<string, () => Example | Promise<Example>>> = {
  "one column": () => layersExample(1, [0], first, others, 3, plain("looked")),
  "two columns of one table, the last first, rounded": () =>
    layersExample(
      4,
      [3, 0],
      (x) => x.gather([3, 0], 1).round(),
      (x) => x.slice([0, 1], [-1, 2]),
      2,
      plain("both"),
    ),
  "a column that counts as a number as well, shifted": () =>
    layersExample(
      7,
      [2],
      (x) => x.slice([0, 2], [-1, 1]).sub(1),
      (x) => x,
      4,
      plain("shifted"),
    ),
  "a table in a model inside": () =>
    layersExample(10, [0], first, others, 3, (ids, table) => {
      const inside = embedding("deep", table);
      inside.batchInputShape = [null, 1];
      return [apply(tf.sequential({ name: "inner", layers: [inside] }), ids), "inner/deep"];
    }),
  "a layer of one's own that gathers": () =>
    layersExample(13, [0], first, others, 3, (ids, table) => [
      apply(new Own("mine", [1, WIDTH], (x) => tf.gather(table, x.toInt())), ids),
      "mine",
    ]),
  "a row that is looked up as a whole": () =>
    layersExample(
      16,
      [0, 1, 2, 3],
      (x) => x.round(),
      (x) => x.mul(0),
      4,
      plain("whole"),
    ),
  "columns of a GraphModel": graphExample,
};

/** The vectors of the ids that a row holds, shifted as the net shifts them. */
function vectorsIn({ table, columns, layer }: Example, { data, shape }: NdArray): NdArray {
  const [rows, width] = shape as [number, number];
  const found = Array.from({ length: rows }, (_, row) =>
    columns.map((column) => {
      const id = Math.round(data[row * width + column]!) - (layer === "shifted" ? 1 : 0);
      return Array.from(table.dataSync().subarray(id * WIDTH, (id + 1) * WIDTH));
    }),
  );
  return { data: Float32Array.from(found.flat(2)), shape: [rows, columns.length, WIDTH] };
}

/** A map of the twin with the entries of vectors brought to their columns. */
function broughtTogether({ columns }: Example, map: Attribution, length: boolean): Float32Array {
  const [row, vectors] = map.parts.map(({ values }) => values);
  const result = Float32Array.from(row!.data);
  const width = row!.shape[1]!;
  for (let example = 0; example < row!.shape[0]!; example++)
    columns.forEach((column, i) => {
      const start = (example * columns.length + i) * WIDTH;
      const entries = Array.from(vectors!.data.subarray(start, start + WIDTH));
      const at = example * width + column;
      result[at] = length
        ? Math.hypot(result[at]!, ...entries)
        : result[at]! + entries.reduce((a, b) => a + b, 0);
    });
  return result;
}

describe.each(ENGINES)("on the %s engine", (engine) => {
  it.each(Object.entries(EXAMPLES))("%s: as the net that is fed its vectors", async (_, make) => {
    const example = await make();
    const { net, x, layer } = example;
    const twin = asModel(example.twin, { inputs: ["row", "vectors"] });
    const both = [x, vectorsIn(example, x)];
    const x0 = { data: x.data.map(() => 1), shape: x.shape };
    const baseline = [x0, vectorsIn(example, x0)];
    const options = { target: 1, steps: 40 };
    const right = await integratedGradients(twin, both, { ...options, baseline, engine: "eager" });
    const map = await integratedGradients(net, x, { ...options, baseline: x0, engine, keepPath: 3 });
    expect(relativeDifference(map.values.data, broughtTogether(example, right, false))).toBeLessThan(1e-4);
    const [accumulated] = map.path!.accumulated;
    const [, frames] = accumulated!.shape as [number, number];
    for (const row of [0, 1]) {
      const end = accumulated!.data.subarray((row * frames + frames - 1) * 4, (row + 1) * frames * 4);
      expect(relativeDifference(end, map.values.data.subarray(row * 4, row * 4 + 4))).toBeLessThan(1e-5);
    }
    const scores = (at: NdArray): Float32Array =>
      (net.predict(tf.tensor(at.data, [2, 4])) as tf.Tensor).dataSync() as Float32Array;
    for (const row of [0, 1]) {
      const moved = scores(x)[2 * row + 1]! - scores(x0)[2 * row + 1]!;
      const sum = map.values.data.subarray(4 * row, 4 * row + 4).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(moved, 3);
    }
    const said = map.warnings.filter((text) => text.includes("explained at the look-up"));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`layer "${layer}"`);
    expect(map.warnings.filter((text) => /no gradient|does not depend/.test(text))).toEqual([]);
    expect(map.options["reduce"]).toBe("sum");

    const slopes = await saliency(twin, both, { target: 1, engine: "eager" });
    const lengths = await saliency(net, x, { target: 1, engine });
    expect(relativeDifference(lengths.values.data, broughtTogether(example, slopes, true))).toBeLessThan(
      1e-4,
    );
    const products = await inputXGradient(twin, both, { target: 1, engine: "eager" });
    const product = await inputXGradient(net, x, { target: 1, engine });
    expect(relativeDifference(product.values.data, broughtTogether(example, products, false))).toBeLessThan(
      1e-4,
    );
  });

  it("noise moves vectors, and never takes a column out of its table", async () => {
    for (const make of [EXAMPLES["one column"]!, EXAMPLES["columns of a GraphModel"]!]) {
      const { net, x } = await make();
      const map = await smoothGrad(net, x, { target: 1, engine, noiseLevel: 1, samples: 20, seed: 2 });
      expect(map.values.shape).toEqual([2, 4]);
      expect(map.parts[0]!.standardError!.data.every((error) => error > 0)).toBe(true);
    }
  });

  it("a data set of baselines, and a rule, add up as well", async () => {
    const { net, x } = await EXAMPLES["one column"]!();
    const data = [0, 1, 3, 4].map((id) => [id, 0.1 * id, -0.2, 0.5]);
    const predicted = (rows: number[][]): Float32Array =>
      (net.predict(tf.tensor2d(rows)) as tf.Tensor).dataSync() as Float32Array;
    const scores = predicted([Array.from(x.data.subarray(0, 4))]);
    const mean = data.reduce((sum, row) => sum + predicted([row])[1]!, 0) / data.length;
    const one = { data: x.data.subarray(0, 4), shape: [1, 4] };
    const shap = await gradientShap(net, one, { target: 1, baseline: dataset(data), samples: 2000, engine });
    const total = (map: Attribution): number => map.values.data.reduce((a, b) => a + b, 0);
    expect(Math.abs(total(shap) - (scores[1]! - mean))).toBeLessThan(0.1);
    const lift = await deepLift(net, one, { target: 1, baseline: [data[0]!], engine });
    expect(total(lift)).toBeCloseTo(scores[1]! - predicted([data[0]!])[1]!, 3);
  });

  it("methods that ask for scores alone leave a column out as it is", async () => {
    const { net, x } = await EXAMPLES["one column"]!();
    const one = { data: x.data.subarray(0, 4), shape: [1, 4] };
    const map = await featureAblation(net, one, { target: 1, engine });
    const score = (row: number[]): number => (net.predict(tf.tensor2d([row])) as tf.Tensor).dataSync()[1]!;
    const row = Array.from(one.data);
    expect(map.values.data[0]).toBeCloseTo(score(row) - score([0, ...row.slice(1)]), 5);
    expect(map.warnings.filter((text) => text.includes("look-up"))).toEqual([]);
  });
});

it("adds up in random tables", async () => {
  const stream = random(5, 0xc01);
  for (let i = 0; i < COUNT; i++) {
    const width = 3 + stream.integer(4);
    const count = 1 + stream.integer(width - 1);
    const from = stream.integer(width - count + 1);
    const table = tableOf(100 + i);
    const row = tf.input({ shape: [width], name: "row" });
    const ids = apply(new Own("ids", [count], (x) => x.slice([0, from], [-1, count])), row);
    const flat = apply(tf.layers.flatten(), apply(embedding("table", table), ids));
    const rest = apply(new Own("rest", [width], (x) => x.mul(0.3)), row);
    const all = apply(tf.layers.concatenate(), [flat, rest]);
    const net = tf.model({
      inputs: row,
      outputs: apply(last(i), apply(hidden(i + 1, count * WIDTH + width), all)),
    });
    const x = Array.from({ length: width }, (_, column) =>
      column >= from && column < from + count ? stream.integer(CATEGORIES) : stream.normal(),
    );
    const x0 = x.map((value, column) =>
      column >= from && column < from + count ? (value + 1) % CATEGORIES : 0,
    );
    const engine = ENGINES[i % 2]!;
    const map = await integratedGradients(net, [x], { target: 0, baseline: [x0], steps: 60, engine });
    const [at, before] = [x, x0].map((one) => (net.predict(tf.tensor2d([one])) as tf.Tensor).dataSync()[0]!);
    const sum = map.values.data.reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(at! - before!, 3);
    expect(map.warnings.join()).toContain(`layer "table"`);
  }
});
