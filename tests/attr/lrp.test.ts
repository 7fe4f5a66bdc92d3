import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, type LayersModelLike, type LrpOptions, lrp, type NdArray, type Net, tap } from "../../src";
import { residual } from "../engine/rules/nets";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Layer-wise relevance propagation: conservation, composites by layer, kind and place, norms folded in, refusals. */
const engines = ["eager", "compiled"] as const;
const L = tf.layers;
const made: tf.LayersModel[] = [];
const keep = (model: tf.LayersModel): tf.LayersModel => {
  made.push(model);
  return model;
};
afterAll(() => {
  for (const model of made) model.dispose();
});

/** Convolutions and dense layers without biases, so that all relevance arrives. */
const unbiased = keep(
  tf.sequential({
    layers: [
      L.conv2d({
        name: "c1",
        inputShape: [6, 6, 2],
        filters: 4,
        kernelSize: 3,
        useBias: false,
        activation: "relu",
      }),
      L.depthwiseConv2d({
        name: "c2",
        kernelSize: 2,
        depthMultiplier: 2,
        useBias: false,
        activation: "relu",
      }),
      L.maxPooling2d({ poolSize: 2, strides: 1, name: "pool" }),
      L.flatten(),
      L.dense({ name: "d1", units: 5, useBias: false, activation: "relu" }),
      L.dense({ name: "d2", units: 3, useBias: false }),
    ],
  }),
);
for (const [i, layer] of unbiased.layers.entries())
  layer.setWeights(layer.getWeights().map((w) => tf.tensor(normals(50 + i, w.shape, 0.6).data, w.shape)));
const images = normals(51, [3, 6, 6, 2]);
const sums = ({ data }: NdArray, rows: number): number[] =>
  Array.from({ length: rows }, (_, row) => {
    const width = data.length / rows;
    return data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0);
  });

/** A product and a batch norm behind it, with the rest of a net, and the same net whose product has the norm's numbers. */
function normedNet(
  shape: number[],
  product: (name: string) => tf.layers.Layer,
  /** One factor per output, in a shape that multiplies the kernel. */
  factor: (scale: tf.Tensor) => tf.Tensor,
): () => { net: tf.LayersModel; folded: tf.LayersModel; x: NdArray } {
  return () => {
    const rest = (): tf.layers.Layer[] => [
      L.reLU(),
      ...(shape.length > 1 ? [L.globalAveragePooling2d({})] : []),
      L.dense({ units: 2, name: "head" }),
    ];
    const input = L.inputLayer({ inputShape: shape });
    const norm = L.batchNormalization({ name: "norm", epsilon: 0.01 });
    const net = keep(tf.sequential({ layers: [input, product("product"), norm, ...rest()] }));
    const folded = keep(tf.sequential({ layers: [input, product("folded"), ...rest()] }));
    for (const [i, layer] of net.layers.entries())
      layer.setWeights(
        layer.getWeights().map((w, k) => {
          const { data } = normals(90 + 7 * i + k, w.shape, 0.5);
          const isVariance = layer.name === "norm" && k === 3;
          return tf.tensor(isVariance ? data.map((v) => 0.5 + v * v) : data, w.shape);
        }),
      );
    const [kernel, bias] = net.getLayer("product").getWeights() as [tf.Tensor, tf.Tensor];
    const [gamma, beta, mean, variance] = norm.getWeights() as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const scale = gamma.div(variance.add(0.01).sqrt());
    folded.getLayer("folded").setWeights([kernel.mul(factor(scale)), bias.sub(mean).mul(scale).add(beta)]);
    folded.getLayer("head").setWeights(net.getLayer("head").getWeights());
    return { net, folded, x: normals(60, [2, ...shape]) };
  };
}

const normed = {
  "a dense layer": normedNet(
    [5],
    (name) => L.dense({ units: 4, name }),
    (scale) => scale,
  ),
  "a convolution": normedNet(
    [5, 5, 2],
    (name) => L.conv2d({ filters: 4, kernelSize: 2, name }),
    (scale) => scale,
  ),
  "a depthwise convolution": normedNet(
    [5, 5, 2],
    (name) => L.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, name }),
    (scale) => scale.reshape([2, 2]),
  ),
  "a transposed convolution": normedNet(
    [5, 5, 2],
    (name) => L.conv2dTranspose({ filters: 3, kernelSize: 2, name }),
    (scale) => scale.reshape([-1, 1]),
  ),
};

/** What conserves whatever the signs are. */
const CONSERVING: readonly Partial<LrpOptions>[] = [
  { preset: "epsilon" },
  { preset: "epsilon-plus" },
  { preset: "epsilon-plus-flat" },
  { preset: "epsilon-gamma-box", low: -4, high: 4 },
  { rules: [[{}, "w-square"]] },
  { rules: [[{}, "flat"]] },
  // Each unit of the first convolution has contributions of both signs.
  { rules: [["c1", "alpha-beta"]] },
  { rules: [["c1", { rule: "alpha-beta", alpha: 3, beta: 2 }]] },
];
/** What conserves evidence in favour, and has no place for a score that speaks against. */
const POSITIVE: readonly Partial<LrpOptions>[] = [
  { preset: "deep-taylor" },
  { preset: "deep-taylor", low: -4, high: 4 },
  { preset: "excitation-backprop" },
];

describe.each(engines)("on the %s engine", (engine) => {
  it.each(CONSERVING)("nothing is lost without biases: %o", async (options) => {
    const map = await lrp(unbiased, images, { ...options, epsilon: 1e-9, target: [0, 1, 2], engine });
    expect(relativeDifference(sums(map.values, 3), map.score)).toBeLessThan(2e-4);
    expect(map.warnings).toEqual([]);
  });

  it.each(POSITIVE)("nothing of a positive score is lost: %o", async (options) => {
    const map = await lrp(unbiased, images, { ...options, epsilon: 1e-9, engine });
    const found = sums(map.values, 3);
    const rows = map.score.flatMap((score, row) => (score > 0 ? [row] : []));
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) expect(Math.abs(found[row]! / map.score[row]! - 1)).toBeLessThan(2e-4);
  });

  it("at every layer the relevance is the score", async () => {
    for (const layer of ["c1", "c2", "pool", "d1"]) {
      const map = await lrp(unbiased, images, {
        preset: "epsilon-plus",
        epsilon: 1e-9,
        target: 1,
        layer,
        engine,
      });
      expect(relativeDifference(sums(map.values, 3), map.score)).toBeLessThan(2e-4);
    }
  });

  it("residuals and means conserve, too", async () => {
    const { net, inputs } = residual("relu", false);
    const map = await lrp(net as Net, inputs[0]!, {
      epsilon: 1e-9,
      target: 0,
      preset: "epsilon-plus",
      engine,
    });
    expect(relativeDifference(sums(map.values, 3), map.score)).toBeLessThan(1e-3);
    (net as LayersModelLike & { dispose(): void }).dispose();
  });

  it("z-plus is alpha-beta with β = 0, and gamma leads from epsilon to z-plus", async () => {
    const at = async (rule: LrpOptions["rules"][number][1]): Promise<Float32Array> =>
      (await lrp(unbiased, images, { rules: [[{}, rule]], target: 1, engine })).values.data;
    const plus = await at("z-plus");
    expect(relativeDifference(await at({ rule: "alpha-beta", alpha: 1, beta: 0 }), plus)).toBeLessThan(1e-5);
    expect(
      relativeDifference(await at({ rule: "epsilon" }), await at({ rule: "gamma", gamma: 0 })),
    ).toBeLessThan(2e-3);
  });

  it("rules are chosen by layer, kind, operation and place; the first that fits is taken", async () => {
    const map = (rules: LrpOptions["rules"]): Promise<Float32Array> =>
      lrp(unbiased, images, { rules, target: 1, engine }).then(({ values }) => values.data);
    const flat = await map([["c1", "flat"]]);
    for (const match of [{ place: "first" }, { kind: "Conv2D" }, { layer: "c1", place: "first" }] as const)
      expect(
        await map([
          [match, "flat"],
          ["c1", "z-plus"],
        ]),
      ).toEqual(flat);
    const convolutions = await map([[{ operation: "convolution" }, "z-plus"]]);
    expect(
      await map([
        ["c1", "z-plus"],
        ["c2", "z-plus"],
      ]),
    ).toEqual(convolutions);
    expect(relativeDifference(convolutions, flat)).toBeGreaterThan(0.01);
    const dense = await map([[{ operation: "dense" }, "z-plus"]]);
    expect(await map([[{ kind: "Dense" }, "z-plus"]])).toEqual(dense);
    expect(
      await map([
        ["d2", "z-plus"],
        ["d1", "z-plus"],
      ]),
    ).toEqual(dense);
    expect(
      relativeDifference(await map([[{ place: "last" }, "z-plus"]]), await map([["d2", "z-plus"]])),
    ).toBe(0);
  });

  it.each(Object.entries(normed))("a norm is a part of the product in front of it: %s", async (_, make) => {
    const { net, folded, x } = make();
    for (const rule of ["z-plus", "gamma", "w-square", "flat", "epsilon"] as const) {
      const options = { rules: [[{ place: "first" }, rule]] as const, target: 1, engine };
      const [canonical, byHand] = [await lrp(net, x, options), await lrp(folded, x, options)];
      expect(relativeDifference(canonical.score, byHand.score)).toBeLessThan(1e-5);
      expect(relativeDifference(canonical.values.data, byHand.values.data)).toBeLessThan(2e-5);
    }
    const rules = [[{ place: "first" }, "z-plus"]] as const;
    const apart = await lrp(net, x, { rules, target: 1, canonise: false, engine });
    const together = await lrp(net, x, { rules, target: 1, engine });
    expect(relativeDifference(apart.values.data, together.values.data)).toBeGreaterThan(1e-3);
  });

  it("z-box takes the range of the facts", async () => {
    const facts = { range: [-4, 4], engine } as const;
    const told = await lrp(asModel(unbiased, facts), images, { preset: "epsilon-gamma-box", target: 1 });
    const given = await lrp(unbiased, images, {
      preset: "epsilon-gamma-box",
      low: -4,
      high: 4,
      target: 1,
      engine,
    });
    expect(told.values).toEqual(given.values);
  });

  it("explains plain functions, and refuses an operation without a rule before any map", async () => {
    const w = tf.tensor2d(normals(3, [4, 3]).data, [4, 3]);
    const x = normals(4, [2, 4]);
    const map = await lrp((t: tf.Tensor2D) => tap("h", t.matMul(w)).relu().sum(1, true), x, {
      target: 0,
      engine,
    });
    const expected = tf.tidy(() => {
      const inputs = tf.tensor2d(x.data, [2, 4]);
      const open = inputs.matMul(w).greater(0).cast("float32") as tf.Tensor2D;
      return inputs.mul(open.matMul(w, false, true)).dataSync();
    });
    expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-4);
    for (const [net, operation] of [
      [(t: tf.Tensor2D) => t.matMul(w).square(), /the rule relevance covers, got Square \(activation\)/],
      [(t: tf.Tensor2D) => t.matMul(w).softmax().matMul(w, false, true), /got Softmax \(softmax\)/],
      [(t: tf.Tensor2D) => t.matMul(w).mul(t.matMul(w)), /got Multiply \(product\)/],
    ] as const)
      await expect(lrp(net, x, { target: 0, engine })).rejects.toThrow(operation);
  });
});

it("what changes with the implementation: one product, or two that make it", async () => {
  const [a, b] = [tf.tensor2d(normals(5, [4, 3]).data, [4, 3]), tf.tensor2d(normals(6, [3, 2]).data, [3, 2])];
  const ab = a.matMul(b);
  const x = normals(7, [1, 4]);
  const options = { target: 0, preset: "excitation-backprop" } as const;
  const one = await lrp((t: tf.Tensor2D) => t.matMul(ab), x, options);
  const two = await lrp((t: tf.Tensor2D) => t.matMul(a).matMul(b), x, options);
  expect(one.score[0]).toBeCloseTo(two.score[0]!, 4);
  expect(relativeDifference(one.values.data, two.values.data)).toBeGreaterThan(0.01);
  expect(lrp.meta.axioms).not.toContain("implementation invariance");
});

it("is named and recorded with its rules", async () => {
  const map = await lrp(unbiased, images, { rules: [["c1", { rule: "gamma", gamma: 0.1 }]], target: 1 });
  expect(map.options).toMatchObject({
    preset: "epsilon",
    rules: [[{ layer: "c1" }, { rule: "gamma", gamma: 0.1 }]],
    canonise: true,
  });
  expect((await map.again()).values).toEqual(map.values);
});

describe("lrp refuses", () => {
  const mlp = keep(smallMlp(1));
  const cnn = keep(smallCnn(1));
  const row = [[1, 2, 3, 4]];
  it.each<[string, object, RegExp]>([
    ["an unknown preset", { preset: "epsilon-plu" }, /preset to be a known name.*nearest: "epsilon-plus"/],
    ["a rule of no name", { rules: [[{}, "zplus"]] }, /rule to be a known name.*"z-plus"/],
    ["rules that are no list", { rules: "z-plus" }, /rules to be a list of \[match, rule\]/],
    ["a rule without a match", { rules: ["z-plus"] }, /rules to be a list of \[match, rule\]/],
    ["a match with an unknown key", { rules: [[{ name: "hidden" }, "flat"]] }, /known option, got "name"/],
    ["a number of another rule", { rules: [[{}, { rule: "flat", gamma: 1 }]] }, /known option, got "gamma"/],
    [
      "a number that is none",
      { rules: [[{}, { rule: "gamma", gamma: "much" }]] },
      /gamma of rule gamma to be a finite number/,
    ],
    ["an unknown layer", { rules: [["hiden", "flat"]] }, /nearest: "hidden"/],
    ["an unknown kind", { rules: [[{ kind: "Dens" }, "flat"]] }, /nearest: "Dense"/],
    ["an unknown place", { rules: [[{ place: "middle" }, "flat"]] }, /place to be a known name/],
    [
      "z-box without bounds",
      { rules: [[{}, "z-box"]] },
      /low and high of the input for the rule z-box.*got none/,
    ],
    ["bounds in the wrong order", { rules: [[{}, "z-box"]], low: 1, high: 0 }, /low below high, got 1 and 0/],
    [
      "α and β that do not go together",
      { rules: [[{}, { rule: "alpha-beta", alpha: 2, beta: 2 }]] },
      /α − β = 1/,
    ],
    [
      "identity where shapes differ",
      { rules: [[{}, "identity"]] },
      /the rule relevance covers, got \w+ \(linear\)/,
    ],
    ["a negative stabiliser", { epsilon: -1 }, /epsilon to be a finite number of at least 0/],
  ])("%s", async (_, options, message) => {
    await expect(lrp(mlp, row, options)).rejects.toThrow(message);
  });

  it("a preset with z-box where a net has no range", async () => {
    const asked = lrp(cnn, normals(1, [1, 4, 4, 2]), { preset: "epsilon-gamma-box" });
    await expect(asked).rejects.toThrow(/low and high of the input for the rule z-box/);
  });
});
