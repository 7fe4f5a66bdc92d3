/** The layer that Grad-CAM takes where none is named. */
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { compare, gradCam, neuron, saliency, tap } from "../../src";
import { ARCHITECTURES, inputOf, withSeededWeights } from "../architectures";
import { convolution, graphModel, placeholder } from "../graph-models";
import { normals } from "../models";

const made: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of made) model.dispose();
});

describe.each(ARCHITECTURES)("$name", ({ make, options = {}, layer, map: shape, bypassed = false }) => {
  it.each(["eager", "compiled"] as const)("%s", async (engine) => {
    const model = withSeededWeights(make());
    made.push(model);
    const x = inputOf(model);
    const map = await gradCam(model, x, { ...options, engine } as object);
    const [part] = map.parts;
    expect(part?.name).toBe(layer);
    expect(part?.values.shape).toEqual([1, ...shape]);
    expect(map.warnings.some((text) => text.includes("other ways lead around it"))).toBe(bypassed);
    const named = await gradCam(model, x, { ...options, engine, layer } as object);
    expect([...part!.values.data]).toEqual([...named.values.data]);
  });
});

/** A GraphModel of one convolution of 3×3, its means, and what is made of them; outputs in order. */
const float = { T: { type: "DT_FLOAT" } };
const weights = (seed: number, shape: number[]): tf.Tensor => tf.tensor(normals(seed, shape).data, shape);

describe("the default layer of a GraphModel", () => {
  const trunk = [
    placeholder("x", [-1, 6, 6, 2]),
    convolution("conv", "x", "filters"),
    { name: "relu", op: "Relu", input: ["conv"], attr: float },
  ];
  const constants = { filters: weights(1, [3, 3, 2, 3]), classifier: weights(2, [1, 1, 3, 4]) };
  const x = normals(3, [1, 6, 6, 2]);

  it("lies before a convolution on one cell", async () => {
    const model = await graphModel(
      [
        ...trunk,
        {
          name: "pool",
          op: "Mean",
          input: ["relu", "positions"],
          attr: { ...float, keep_dims: { b: true } },
        },
        convolution("logits", "pool", "classifier"),
        { name: "squeezed", op: "Reshape", input: ["logits", "flat"], attr: float },
        { name: "out", op: "Softmax", input: ["squeezed"], attr: float },
      ],
      {
        ...constants,
        positions: tf.tensor1d([1, 2], "int32"),
        flat: tf.tensor1d([-1, 4], "int32"),
      },
    );
    for (const engine of ["eager", "compiled"] as const) {
      const map = await gradCam(model, x, { engine });
      expect(map.parts[0]?.name).toBe("relu");
      expect(map.values.shape).toEqual([1, 6, 6, 1]);
      expect(map.warnings).toEqual([]);
    }
  });

  it("is that of the output which is explained", async () => {
    const model = await graphModel(
      [
        ...trunk,
        convolution("boxes", "relu", "classifier"),
        { name: "own", op: "Square", input: ["relu"], attr: float },
        convolution("scores", "own", "classifier"),
        { name: "boxes_out", op: "Reshape", input: ["boxes", "grid"], attr: float },
        { name: "scores_out", op: "Reshape", input: ["scores", "grid"], attr: float },
      ],
      { ...constants, grid: tf.tensor1d([-1, 36, 4], "int32") },
    );
    for (const [output, layer] of [
      ["boxes_out", "relu"],
      ["scores_out", "own"],
    ] as const)
      expect((await gradCam(model, x, { output, target: [7, 1] })).parts[0]?.name).toBe(layer);
  });
});

describe("the default layer", () => {
  const x = normals(3, [1, 6, 6, 2]);
  const filters = weights(1, [3, 3, 2, 3]) as tf.Tensor4D;
  const dense = weights(2, [3, 4]) as tf.Tensor2D;

  it("of a function is its last mark with positions, whatever it is called", async () => {
    const net = (v: tf.Tensor4D): tf.Tensor => {
      const seen = tap("features", tf.conv2d(v, filters, 1, "same").relu());
      return tf.matMul(tap("means", seen.mean<tf.Tensor2D>([1, 2])), dense);
    };
    const map = await gradCam(net, x);
    expect(map.parts[0]?.name).toBe("features");
    expect([...map.values.data]).toEqual([...(await gradCam(net, x, { layer: "features" })).values.data]);
    const unmarked = (v: tf.Tensor4D): tf.Tensor => tf.conv2d(v, filters, 1, "same").mean([1, 2]);
    await expect(gradCam(unmarked, x)).rejects.toThrow(/layer of more than one position.*mark one by tap/);
  });

  it("is refused where nothing has positions, and named layers of one position are said to be that", async () => {
    const flat = withSeededWeights(
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 4, inputShape: [3], name: "hidden" }),
          tf.layers.dense({ units: 2, name: "out" }),
        ],
      }),
    );
    made.push(flat);
    await expect(gradCam(flat, [1, 2, 3])).rejects.toThrow(
      'layer of more than one position, got none (candidates: "hidden", "out")',
    );
    const one = withSeededWeights(
      tf.sequential({
        layers: [
          tf.layers.conv2d({ filters: 3, kernelSize: 6, inputShape: [6, 6, 2], name: "whole" }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 2 }),
        ],
      }),
    );
    made.push(one);
    const map = await gradCam(one, x, { layer: "whole" });
    expect(map.warnings.join()).toContain("one position: its map is one number");
  });

  it("is read before a neuron that is explained", async () => {
    const deep = withSeededWeights(
      tf.sequential({
        layers: [
          tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 2], name: "first" }),
          tf.layers.conv2d({ filters: 3, kernelSize: 2, name: "second" }),
          tf.layers.globalAveragePooling2d({}),
          tf.layers.dense({ units: 2, name: "out" }),
        ],
      }),
    );
    made.push(deep);
    const map = await gradCam(deep, x, { target: neuron("second", [1, 1, 2]) });
    expect(map.parts[0]?.name).toBe("first");
    expect(Math.max(...map.values.data.map(Math.abs))).toBeGreaterThan(0);
    const compared = await compare(deep, x, [saliency, gradCam]);
    expect(compared.maps[1]?.parts[0]?.name).toBe("second");
  });
});

/** Steps of a random net: what each adds, and whether its value is newer than what it reads, or only a pool of it. */
const STEPS = ["conv", "relu", "norm", "pool", "residual", "excited", "transposed"] as const;
const HEADS = ["mean", "flatten", "two dense", "convolution on one cell", "convolution"] as const;

it("is the last value with positions before the head, in any net", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...HEADS),
      async (steps, head) => {
        const input = tf.input({ shape: [8, 8, 3] });
        let value = tf.layers
          .conv2d({ filters: 3, kernelSize: 1, name: "stem" })
          .apply(input) as tf.SymbolicTensor;
        let last = "stem";
        const apply = (layer: tf.layers.Layer, more: tf.SymbolicTensor[] = []): tf.SymbolicTensor =>
          layer.apply(more.length > 0 ? [value, ...more] : value) as tf.SymbolicTensor;
        steps.forEach((step, i) => {
          const name = `${step}${i}`;
          const conv = (own: string): tf.layers.Layer =>
            tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu", name: own });
          if (step === "pool" && (value.shape[1] as number) < 4) return;
          if (step === "conv") value = apply(conv(name));
          if (step === "relu") value = apply(tf.layers.leakyReLU({ name }));
          if (step === "norm") value = apply(tf.layers.batchNormalization({ name }));
          if (step === "pool") value = apply(tf.layers.averagePooling2d({ poolSize: 2, name }));
          if (step === "transposed") value = apply(tf.layers.permute({ dims: [2, 1, 3], name }));
          if (step === "residual") value = apply(tf.layers.add({ name }), [apply(conv(`${name}_inner`))]);
          if (step === "excited") {
            const squeezed = apply(tf.layers.globalMaxPooling2d({}));
            const factor = tf.layers
              .dense({ units: 3, activation: "sigmoid" })
              .apply(squeezed) as tf.SymbolicTensor;
            value = apply(tf.layers.multiply({ name }), [
              tf.layers.reshape({ targetShape: [1, 1, 3] }).apply(factor) as tf.SymbolicTensor,
            ]);
          }
          if (step !== "pool" && step !== "transposed") last = name;
        });
        if (head === "mean") value = apply(tf.layers.globalAveragePooling2d({}));
        if (head === "flatten" || head === "two dense") value = apply(tf.layers.flatten());
        if (head === "two dense") value = apply(tf.layers.dense({ units: 4, activation: "tanh" }));
        if (head === "convolution on one cell") {
          value = apply(tf.layers.globalAveragePooling2d({}));
          value = apply(tf.layers.reshape({ targetShape: [1, 1, 3] }));
          value = apply(tf.layers.conv2d({ filters: 4, kernelSize: 1, activation: "relu" }));
          value = apply(tf.layers.flatten());
        }
        value = apply(
          head === "convolution"
            ? tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: "softmax" })
            : tf.layers.dense({ units: 2, activation: "softmax" }),
        );
        const model = withSeededWeights(tf.model({ inputs: input, outputs: value }));
        made.push(model);
        const target = head === "convolution" ? [0, 0, 1] : 1;
        const map = await gradCam(model, normals(4, [1, 8, 8, 3]), { target, engine: "eager" });
        expect(map.parts[0]?.name).toBe(last);
        expect(map.parts[0]!.values.data.length).toBeGreaterThan(1);
      },
    ),
    { numRuns: Number(process.env["GRADLENS_FUZZ"] ?? 12), seed: 4 },
  );
});
