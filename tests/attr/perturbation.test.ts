import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  asModel,
  dataset,
  featureAblation,
  gradientShap,
  integratedGradients,
  kernelShap,
  type NdArray,
  noiseTunnel,
  occlusion,
  shapleySampling,
  shapleyValues,
} from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Methods that perturb features: groups, tokens, several inputs, black boxes, error bars. */
const named = <M extends AnyMethod>(...methods: M[]): [string, M][] =>
  methods.map((method) => [method.meta.name, method]);
const perturbations = named<typeof featureAblation>(
  featureAblation,
  shapleyValues as never,
  shapleySampling as never,
  kernelShap as never,
);

/** F = x₀ x₁ + 3 x₂ of three features: the product is shared, the third has its own. */
const product = asModel(
  ({ data, shape }: NdArray) =>
    Array.from({ length: shape[0]! }, (_, row) => {
      const [a, b, c] = [data[3 * row]!, data[3 * row + 1]!, data[3 * row + 2]!];
      return [a * b + 3 * c];
    }),
  { outputs: 1 },
);

describe("on a black box whose values are known", () => {
  it("featureAblation counts what two do together for both", async () => {
    const map = await featureAblation(product, [[2, 5, 1]]);
    expect(Array.from(map.values.data)).toEqual([10, 10, 3]);
    expect(map.passes).toEqual({ forward: 6, backward: 0 });
  });
  it.each(named<AnyMethod>(shapleyValues, shapleySampling.with({ samples: 400 }), kernelShap))(
    "%s shares it",
    async (_, method) => {
      const map = await method(product, [
        [2, 5, 1],
        [1, 4, -1],
      ]);
      const exact = [5, 5, 3, 2, 2, -3];
      if (method.meta.name === "shapleySampling") {
        const error = map.parts[0]!.standardError!.data;
        exact.forEach((value, i) => {
          expect(Math.abs(map.values.data[i]! - value)).toBeLessThanOrEqual(4 * error[i]! + 1e-6);
        });
        // Half of all orders give the whole product to each: σ = 5, of 400 samples 0.25.
        expect(error[0]).toBeCloseTo(0.25, 2);
        expect(error[2]).toBeCloseTo(0, 6);
      } else expect(relativeDifference(map.values.data, exact)).toBeLessThan(1e-6);
      for (const delta of map.convergenceDelta as number[]) expect(delta).toBeCloseTo(0, 5);
    },
  );
});

describe("groups", () => {
  const model = smallCnn(4);
  const x = normals(4, [2, 4, 4, 2]);
  const halves = Array.from({ length: 4 }, () => [[0], [0], [1], [1]]);

  it.each(named<AnyMethod>(shapleyValues, shapleySampling, kernelShap))(
    "%s shares a group's value among its entries",
    async (_, method) => {
      const map = await method(model, x, { groups: halves, target: 1 });
      for (let row = 0; row < 2; row++) {
        const entries = map.values.data.subarray(32 * row, 32 * row + 32);
        const [left, right] = [entries[0]!, entries[4]!];
        expect(new Set(entries)).toEqual(new Set([left, right]));
        expect(16 * (left + right)).toBeCloseTo(map.score[row]! - map.baselineScore![row]!, 4);
      }
    },
  );

  it("featureAblation repeats it, or shares it when asked to", async () => {
    const whole = await featureAblation(model, x, { groups: halves });
    const shared = await featureAblation(model, x, { groups: halves, spread: "share" });
    expect(
      relativeDifference(
        shared.values.data.map((v) => 16 * v),
        whole.values.data,
      ),
    ).toBeLessThan(1e-6);
  });

  it('"position" covers the channels together', async () => {
    const map = await featureAblation(model, x, { groups: "position" });
    for (let i = 0; i < map.values.data.length; i += 2)
      expect(map.values.data[i]).toBe(map.values.data[i + 1]);
    const window = await occlusion(model, x, { window: 1 });
    expect(relativeDifference(window.values.data, map.values.data)).toBeLessThan(1e-6);
  });

  it.each(perturbations)("of another shape, with gaps or negative are refused by %s", async (_, method) => {
    const given = async (groups: unknown): Promise<string> => {
      const error = await method(model, x, { groups: groups as never }).catch((e) => e);
      return (error as Error).message;
    };
    const { name } = method.meta;
    expect(await given([[0, 1]])).toMatch(
      `${name}(): expected groups of shape [4, 4, 2], or 1 along some axes`,
    );
    expect(await given([[[0]], [[1]], [[3]], [[1]]])).toMatch(
      /numbered from 0 to 3 with none empty, got no entry of group 2/,
    );
    expect(await given([[[0]], [[-1]], [[3]], [[1]]])).toMatch(/whole numbers from 0, got -1/);
    expect(await given("pixels")).toMatch(/groups to be "entry", "position" or an array/);
  });

  it("are at most 20 for exact values", async () => {
    await expect(shapleyValues(model, x)).rejects.toThrow(
      "shapleyValues(): expected at most 20 features (see option groups), got 32",
    );
    await expect(shapleyValues(model, x, { layer: "conv" })).rejects.toThrow(/at most 20 features.*got 27/);
  });
});

describe("occlusion", () => {
  const model = smallCnn(5);
  const x = normals(5, [2, 4, 4, 2]);
  it("averages over the windows that an entry lies in", async () => {
    const whole = await occlusion(model, x, { window: 4 });
    whole.score.forEach((score, row) => {
      const entries = whole.values.data.subarray(32 * row, 32 * row + 32);
      for (const value of entries) expect(value).toBeCloseTo(score - whole.baselineScore[row]!, 5);
    });
  });
  it.each([
    [{ window: 5 }, /window of at most 4 along axis 0/],
    [{ window: [2, 2] }, /window with 3 extents, one per axis/],
    [{ window: 2, stride: 3 }, /stride of at most the window's 2 along axis 0/],
    [{ window: 0 }, /window to be a whole number of at least 1/],
  ])("refuses %o", async (options, message) => {
    await expect(occlusion(model, x, options)).rejects.toThrow(message);
  });
});

describe("several inputs, tokens and layers", () => {
  const a = tf.input({ shape: [2], name: "a" });
  const b = tf.input({ shape: [3], name: "b" });
  const joined = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
  const two = tf.model({
    inputs: [a, b],
    outputs: tf.layers.dense({ units: 1, kernelInitializer: "ones" }).apply(joined) as tf.SymbolicTensor,
  });
  const x = { a: [1, 2], b: [3, 4, 5] };

  it.each(perturbations)("%s explains two inputs, and leaves one that is fixed", async (_, method) => {
    const map = await method(two, x, { target: 0 });
    expect(map.parts.map((part) => part.name)).toEqual(["a", "b"]);
    const all = map.parts.flatMap((part) => [...part.values.data]);
    expect(relativeDifference(all, [1, 2, 3, 4, 5])).toBeLessThan(1e-5);
    const held = await method(two, x, { target: 0, fixed: "a", groups: "entry" });
    expect(relativeDifference(held.values.data, [3, 4, 5])).toBeLessThan(1e-5);
    // One group over both inputs.
    const grouped = await method(two, x, {
      target: 0,
      groups: [
        { data: [0, 1], shape: [2] },
        { data: [1, 1, 0], shape: [3] },
      ],
    });
    const values = grouped.parts.flatMap((part) => [...part.values.data]);
    expect(values[0]).toBeCloseTo(values[4]!, 4);
    expect(values[1]).toBeCloseTo(values[2]!, 4);
  });

  const words = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 4 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  it.each(perturbations)("%s gives a token one number: its share of a linear score", async (_, method) => {
    const ids = { data: [1, 4, 0, 2], shape: [1, 4] };
    const map = await method(words, ids, { target: 0 });
    expect(map.values.shape).toEqual([1, 4]);
    const path = await integratedGradients(words, ids, { target: 0 });
    expect(relativeDifference(map.values.data, path.values.data)).toBeLessThan(1e-4);
    const window = await occlusion(words, ids, { target: 0 });
    expect(relativeDifference(window.values.data, path.values.data)).toBeLessThan(1e-4);
  });

  it.each(perturbations)("%s explains a layer", async (_, method) => {
    const model = smallMlp(3, 4, "tanh");
    const map = await method(model, normals(3, [2, 4]), { layer: "hidden", target: 1 });
    const path = await integratedGradients(model, normals(3, [2, 4]), { layer: "hidden", target: 1 });
    expect(relativeDifference(map.values.data, path.values.data)).toBeLessThan(1e-4);
  });
});

describe("error bars", () => {
  const model = smallMlp(8, 6, "tanh");
  const x = normals(8, [2, 6]);
  it.each(named<AnyMethod>(shapleySampling, gradientShap))(
    "of %s cover the value of many samples in at least 90 % of seeds",
    async (_, method) => {
      const exact =
        method === (shapleySampling as AnyMethod)
          ? (await shapleyValues(model, x, { target: 0 })).values
          : (await integratedGradients(model, x, { target: 0, steps: 200 })).values;
      let covered = 0;
      for (let seed = 0; seed < 40; seed++) {
        const map = await method(model, x, {
          target: 0,
          seed,
          samples: 60,
          engine: "eager",
        });
        const error = map.parts[0]!.standardError!.data;
        covered += map.values.data.filter(
          (v, i) => Math.abs(v - exact.data[i]!) <= 2 * error[i]! + 1e-7,
        ).length;
      }
      expect(covered / (40 * exact.data.length)).toBeGreaterThanOrEqual(0.9);
    },
  );

  it.each(named<AnyMethod>(shapleySampling, gradientShap, kernelShap.with({ samples: 2000 })))(
    "stop %s once they are small, each example for itself",
    async (_, method) => {
      const wide = smallMlp(9, 14, "tanh");
      const inputs = normals(9, [3, 14]);
      const until = { standardError: 0.1 };
      const most = { samples: 2000 };
      const map = await method(wide, inputs, { until, target: 0, ...most });
      expect(map.passes.forward).toBeLessThan(3 * 2000);
      const { standardError, values } = map.parts[0]!;
      for (let row = 0; row < 3; row++) {
        const [error, value] = [standardError!.data, values.data].map((data) =>
          Math.max(...data.subarray(14 * row, 14 * row + 14).map(Math.abs)),
        ) as [number, number];
        expect(error).toBeLessThanOrEqual(0.1 * value);
        const one = await method(
          wide,
          { data: inputs.data.slice(14 * row, 14 * row + 14), shape: [14] },
          { until, target: 0, ...most },
        );
        expect(
          relativeDifference(one.values.data, values.data.subarray(14 * row, 14 * row + 14)),
        ).toBeLessThan(1e-5);
      }
    },
  );

  it("that are not reached are said", async () => {
    const map = await shapleySampling(model, x, { samples: 12, until: { standardError: 1e-4 } });
    expect(map.warnings.join()).toMatch(
      /standard error of 0.0001 was not reached for example 0, 1 within 12 samples: it is/,
    );
    await expect(shapleySampling(model, x, { until: { standardError: 0 } })).rejects.toThrow(/above 0/);
    await expect(shapleySampling(model, x, { until: { error: 1 } as never })).rejects.toThrow(
      /nearest|known/,
    );
  });

  it("survive JSON, and a noise tunnel keeps the samples of the method inside", async () => {
    const tunnel = noiseTunnel(shapleySampling.with({ samples: 7 }), { samples: 3 });
    const map = await tunnel(model, x, { target: 0 });
    expect(map.options).toMatchObject({ samples: 3, inside: { samples: 7 } });
    const plain = await shapleySampling(model, x, { target: 0, samples: 7 });
    const back = JSON.parse(JSON.stringify(plain)) as { parts: { standardError: unknown }[] };
    expect(back.parts[0]!.standardError).toBeDefined();
  });
});

describe("gradientShap", () => {
  it("draws from a data set, and tends to the mean of integrated gradients over it", async () => {
    const model = smallMlp(11, 4, "tanh");
    const x = normals(11, [2, 4]);
    const xs = normals(12, [5, 4]);
    const map = await gradientShap(model, x, { baseline: dataset(xs), samples: 3000, target: 0 });
    const path = await integratedGradients(model, x, { baseline: dataset(xs), target: 0 });
    const error = map.parts[0]!.standardError!.data;
    path.values.data.forEach((value, i) => {
      expect(Math.abs(map.values.data[i]! - value)).toBeLessThanOrEqual(4.5 * error[i]! + 1e-6);
    });
    expect(map.baselineScore.map((v, i) => v - path.baselineScore[i]!)).toEqual([0, 0]);
    expect(map.passes.backward).toBe(6000);
    const noisy = await gradientShap(model, x, { stdev: 0.1, samples: 3000, target: 0, seed: 3 });
    const quiet = await integratedGradients(model, x, { target: 0 });
    expect(relativeDifference(noisy.values.data, quiet.values.data)).toBeLessThan(0.2);
  });
});
