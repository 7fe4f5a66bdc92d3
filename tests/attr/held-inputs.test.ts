/** Masks, lengths and segments beside tokens or floats: held at x without being asked for. */
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyMethod,
  type Attribution,
  asModel,
  compare,
  inputXGradient,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
} from "../../src";
import { graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const engines = ["eager", "compiled"] as const;
const models: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of models) model.dispose();
});

const methods: readonly AnyMethod[] = [
  saliency,
  inputXGradient,
  integratedGradients.with({ steps: 100 }),
  smoothGrad.with({ samples: 4 }),
];

/** Mean over the steps that a mask of 0 and 1 leaves. */
class MaskedMean extends tf.layers.Layer {
  static readonly className = "MaskedMean";
  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
    const [[rows, , width]] = shapes as [[number, number, number]];
    return [rows, width];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x, mask] = inputs as [tf.Tensor3D, tf.Tensor2D];
    const weights = mask.cast("float32").expandDims(-1);
    return x.mul(weights).sum(1).div(weights.sum(1));
  }
}

describe.each(engines)("an encoder of token ids, segments and a mask, %s", (engine) => {
  const inputs = ["ids", "segment", "mask"].map((name) => tf.input({ shape: [5], dtype: "int32", name }));
  const [ids, segment, mask] = inputs as [tf.SymbolicTensor, tf.SymbolicTensor, tf.SymbolicTensor];
  const table = (name: string, inputDim: number, at: tf.SymbolicTensor): tf.SymbolicTensor =>
    tf.layers.embedding({ inputDim, outputDim: 4, name }).apply(at) as tf.SymbolicTensor;
  const both = tf.layers.add().apply([table("tokens", 10, ids), table("segments", 2, segment)]);
  const hidden = tf.layers.dense({ units: 4, activation: "tanh" }).apply(both) as tf.SymbolicTensor;
  const mean = new MaskedMean({ name: "mean" }).apply([hidden, mask]) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs: tf.layers.dense({ units: 2 }).apply(mean) as tf.SymbolicTensor });
  model.setWeights(
    model.getWeights().map(({ shape }, i) => tf.tensor(normals(40 + i, shape, 0.8).data, shape)),
  );
  models.push(model);
  const x = {
    ids: [[1, 4, 7, 2, 0]],
    segment: [[0, 0, 1, 1, 1]],
    mask: [[1, 1, 1, 0, 1]],
  };

  it.each(methods)("$meta.name", async (method) => {
    const map: Attribution = await method(model, x, { target: 1, engine });
    const asked: Attribution = await method(model, x, { target: 1, engine, fixed: "mask" });
    expect(map.parts.map(({ name }) => name)).toEqual(["ids", "segment"]);
    expect(map.parts).toEqual(asked.parts);
    expect(map.options["fixed"]).toEqual(["mask"]);
    expect(map.warnings.filter((text) => text.includes('"mask" is held at x'))).toHaveLength(1);
    expect(asked.warnings.join()).not.toContain("is held at x");
    // The fourth token is masked.
    expect(map.parts[0]!.values.data[3]).toBe(0);
    if (map.convergenceDelta) expect(Math.abs(map.convergenceDelta[0]!)).toBeLessThan(1e-3);
  });

  it("in a comparison", async () => {
    const { maps } = await compare(model, x, [saliency, integratedGradients], { target: 1, engine });
    for (const map of maps) expect(map.options["fixed"]).toEqual(["mask"]);
  });
});

describe("whole numbers that are explained", () => {
  it("are pixels: of image axes, by rank or as told, or with a range", async () => {
    const graph = await graphModel(
      [
        placeholder("image", [-1, 2, 2, 3], "int32"),
        placeholder("x", [-1, 1]),
        {
          name: "pixels",
          op: "Cast",
          input: ["image"],
          attr: { SrcT: { type: "DT_INT32" }, DstT: { type: "DT_FLOAT" } },
        },
        { name: "means", op: "Mean", input: ["pixels", "all"], attr: { keep_dims: { b: false } } },
        { name: "flat", op: "Reshape", input: ["means", "column"], attr: {} },
        { name: "out", op: "Mul", input: ["flat", "x"], attr: { T: { type: "DT_FLOAT" } } },
      ],
      { all: tf.tensor1d([1, 2, 3], "int32"), column: tf.tensor1d([-1, 1], "int32") },
    );
    const image = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [1, 2, 2, 3] };
    const map = await saliency(graph, { image, x: [[2]] }, { target: 0 });
    expect(map.parts.map(({ name }) => name)).toEqual(["image", "x"]);
    expect(map.parts[0]!.values.data[0]).toBeCloseTo(2 / 12, 6);
    expect(map.warnings).toEqual([]);
  });

  it("are a column of whole numbers beside floats where a range is told, else held", async () => {
    const graph = await graphModel(
      [
        placeholder("age", [-1, 2], "int32"),
        placeholder("x", [-1, 2]),
        {
          name: "floats",
          op: "Cast",
          input: ["age"],
          attr: { SrcT: { type: "DT_INT32" }, DstT: { type: "DT_FLOAT" } },
        },
        { name: "out", op: "Mul", input: ["floats", "x"], attr: { T: { type: "DT_FLOAT" } } },
      ],
      {},
    );
    const x = { age: [[3, 4]], x: [[5, 6]] };
    const held = await saliency(graph, x, { target: 0 });
    expect(held.parts.map(({ name, values }) => [name, ...values.data])).toEqual([["x", 3, 0]]);
    expect(held.options["fixed"]).toEqual(["age"]);
    const told = await saliency(asModel(graph, { range: [0, 100] }), x, { target: 0 });
    expect(told.parts.map(({ name, values }) => [name, ...values.data])).toEqual([
      ["age", 5, 0],
      ["x", 3, 0],
    ]);
  });
});

/** Uses of whole numbers that a net may make: what x becomes beside them. */
const USES = {
  mask: (x: tf.Tensor2D, whole: tf.Tensor2D) => x.mul(whole.cast("float32")),
  far: (x: tf.Tensor2D, whole: tf.Tensor2D) => tf.softmax(x.add(whole.cast("float32").sub(1).mul(1e9))),
  where: (x: tf.Tensor2D, whole: tf.Tensor2D) => tf.where(whole.cast("bool"), x.square(), x.mul(0.1)),
  length: (x: tf.Tensor2D, whole: tf.Tensor2D) =>
    x.mul(tf.less(tf.range(0, x.shape[1]).expandDims(0), whole.sum(1, true).cast("float32")).cast("float32")),
  segment: (x: tf.Tensor2D, whole: tf.Tensor2D) =>
    x.mul(tf.gather(tf.tensor1d([0.5, -2]), whole.cast("int32"))),
} as const;
type Use = keyof typeof USES;

it("random nets of floats and masks explain the floats as with the masks written into them", async () => {
  const uses = Object.keys(USES) as Use[];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.array(fc.record({ use: fc.constantFrom(...uses), dtype: fc.constantFrom("int32", "bool") }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom(...methods),
      fc.constantFrom(...engines),
      async (seed, steps, method, engine) => {
        const width = 4;
        const x = normals(seed, [2, width]);
        const whole = steps.map(
          (_, i): NdArray => ({
            data: normals(seed + i + 1, [2, width]).data.map((v) => (v > -0.3 ? 1 : 0)),
            shape: [2, width],
          }),
        );
        const weights = tf.tensor2d(normals(seed + 9, [width, 3]).data, [width, 3]);
        const net = (v: tf.Tensor2D, masks: readonly tf.Tensor2D[]): tf.Tensor =>
          tf.matMul(
            steps.reduce((value, { use }, i) => USES[use](value, masks[i]!) as tf.Tensor2D, v).tanh(),
            weights,
          );
        const names = steps.map(({ dtype }, i) => ({ name: `whole${i}`, dtype: dtype as "int32" | "bool" }));
        const several = asModel((v: tf.Tensor2D, ...masks: tf.Tensor2D[]) => net(v, masks), {
          inputs: ["x", ...names],
        });
        const map: Attribution = await method(several, [x, ...whole], { target: 1, engine });
        expect(map.parts.map(({ name }) => name)).toEqual(["x"]);
        expect(map.options["fixed"]).toEqual(names.map(({ name }) => name));
        // One row at a time, since the masks are written into the twin.
        for (const row of [0, 1]) {
          const closed = whole.map(({ data }) => Array.from(data.subarray(row * width, (row + 1) * width)));
          const twin = (v: tf.Tensor2D): tf.Tensor =>
            net(
              v,
              closed.map((mask, i) =>
                tf.tile(tf.tensor2d([mask], [1, width], names[i]!.dtype), [v.shape[0], 1]),
              ),
            );
          const one = { data: x.data.slice(row * width, (row + 1) * width), shape: [1, width] };
          const right: Attribution = await method(twin, one, { target: 1, engine: "eager" });
          const own = map.values.data.subarray(row * width, (row + 1) * width);
          expect(relativeDifference(own, right.values.data)).toBeLessThan(1e-4);
        }
      },
    ),
    { numRuns: Number(process.env["GRADLENS_FUZZ"] ?? 10), seed: 5 },
  );
});
