import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  activations,
  asModel,
  dataset,
  display,
  type Input,
  integratedGradients,
  type NdArray,
  saliency,
  smoothGrad,
  tap,
  varGrad,
} from "../../src";
import { plus, sumLastAxis } from "../../src/author";
import { graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void =>
  expect(relativeDifference(a, b)).toBeLessThanOrEqual(tolerance);
const engines = ["eager", "compiled"] as const;

/** Four tokens that are looked up. */
let text: tf.LayersModel;
/** Tokens that are looked up twice, beside two numbers. */
let mixed: tf.LayersModel;
const ids = [
  [1, 2, 3, 4],
  [5, 0, 9, 2],
];
const given = { tok: ids, num: normals(2, [2, 2]) };

function withWeights(model: tf.LayersModel, seed: number): tf.LayersModel {
  model.setWeights(
    model.getWeights().map((w, i) => tf.tensor(normals(seed + i, w.shape, 0.7).data, w.shape)),
  );
  return model;
}

beforeAll(() => {
  text = withWeights(
    tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 10, outputDim: 3, inputLength: 4, name: "emb" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: "tanh", name: "hidden" }),
        tf.layers.dense({ units: 2, activation: "softmax", name: "out" }),
      ],
    }),
    10,
  );
  const tok = tf.input({ shape: [4], dtype: "int32", name: "tok" });
  const num = tf.input({ shape: [2], name: "num" });
  const looked = [3, 2].map((outputDim, i) => {
    const table = tf.layers.embedding({ inputDim: 10 + i, outputDim, name: `emb${i}` });
    return tf.layers.flatten().apply(table.apply(tok)) as tf.SymbolicTensor;
  });
  const joined = tf.layers.concatenate().apply([...looked, num]) as tf.SymbolicTensor;
  const hidden = tf.layers.dense({ units: 5, activation: "tanh", name: "hidden" }).apply(joined);
  const out = tf.layers.dense({ units: 2, name: "out" }).apply(hidden) as tf.SymbolicTensor;
  mixed = withWeights(tf.model({ inputs: [tok, num], outputs: out }), 20);
});
afterAll(() => {
  for (const model of [text, mixed]) model.dispose();
});

const valuesOf = (map: Attribution): number[] => map.parts.flatMap((part) => [...part.values.data]);

describe.each(engines)("baselines of tokens, %s", (engine) => {
  const explain = (baseline: unknown, padId?: number): Promise<Attribution> =>
    integratedGradients(padId === undefined ? mixed : asModel(mixed, { padId }), given, {
      target: 1,
      engine,
      baseline: baseline as never,
    });

  it("names mean the same in a record or an array as alone", async () => {
    const alone = await explain("zeros");
    for (const each of [{ tok: "zeros", num: "zeros" }, ["zeros", 0]]) {
      const map = await explain(each);
      expect(valuesOf(map)).toEqual(valuesOf(alone));
      expect(map.baselineScore).toEqual(alone.baselineScore);
    }
    const tokens = await explain({ tok: [0, 0, 0, 0], num: "zeros" });
    expect(relativeDifference(valuesOf(tokens), valuesOf(alone))).toBeGreaterThan(0.01);
    for (const map of [alone, tokens])
      expect(Math.max(...(map.convergenceDelta as number[]).map(Math.abs))).toBeLessThan(1e-4);
    const ones = await explain({ tok: "zeros", num: "ones" });
    expect(Array.from(ones.parts[1]?.baseline?.data as Float32Array)).toEqual([1, 1, 1, 1]);
    for (const name of ["ones", "max", "blur"]) {
      const refused = /baseline "zeros", "pad" or an array of tokens for input "tok"/;
      await expect(explain(name)).rejects.toThrow(refused);
      await expect(explain(name)).rejects.toThrow(`{ tok: "zeros", num: "${name}" }`);
      await expect(explain({ tok: name, num: 0 })).rejects.toThrow(refused);
    }
  });

  it("pad is the padding token, beside zeros of other inputs", async () => {
    const map = await explain("pad", 7);
    expect(map.options.baseline).toBe("pad, zeros");
    expect(valuesOf(map)).toEqual(valuesOf(await explain({ tok: "pad", num: "zeros" }, 7)));
    expect(valuesOf(map)).toEqual(valuesOf(await explain({ tok: [7, 7, 7, 7], num: 0 })));
    await expect(explain({ tok: "zeros", num: "pad" }, 7)).rejects.toThrow(/input of tokens.*"num"/);
  });

  it("are recorded as tokens where they are tokens", async () => {
    const of = async (baseline: unknown): Promise<NdArray | undefined> =>
      (await explain(baseline, 7)).parts[0]?.baseline;
    expect(await of("pad")).toEqual({ data: new Float32Array(8).fill(7), shape: [2, 4] });
    expect(Array.from((await of({ tok: [4, 3, 2, 1], num: 0 }))?.data ?? [])).toEqual([
      4, 3, 2, 1, 4, 3, 2, 1,
    ]);
    expect(await of(dataset({ tok: [[1, 1, 1, 1]], num: [[0, 1]] }))).toEqual({
      data: new Float32Array(8).fill(1),
      shape: [2, 4],
    });
    expect(await of("zeros")).toBeUndefined();
    expect(await of(dataset(given))).toBeUndefined();
  });

  it("are zero vectors also for a layer, with masks and other inputs as they are", async () => {
    const hidden = { target: 1, engine, layer: "hidden" };
    const [alone, record] = [
      await integratedGradients(mixed, given, hidden),
      await integratedGradients(mixed, given, { ...hidden, baseline: { tok: "zeros", num: 0 } }),
    ];
    expect(valuesOf(record)).toEqual(valuesOf(alone));
    near(alone.baselineScore as number[], (await explain("zeros")).baselineScore as number[]);
  });
});

describe.each(engines)("noise, %s", (engine) => {
  const own = { target: 1, engine };

  it("is added to the look-up when that is the layer explained", async () => {
    const at = { ...own, layer: "emb" };
    const [plain, noisy, variance, inputs] = [
      await saliency(text, ids, at),
      await smoothGrad(text, ids, { ...at, samples: 6 }),
      await varGrad(text, ids, { ...at, samples: 6 }),
      await smoothGrad(text, ids, { ...own, samples: 6, reduce: "sum" }),
    ];
    expect(noisy.values.shape).toEqual([2, 4, 3]);
    expect(relativeDifference(noisy.values.data, plain.values.data)).toBeGreaterThan(1e-3);
    expect(Math.max(...variance.values.data)).toBeGreaterThan(0);
    expect(variance.warnings).toEqual([]);
    // The look-up is where the tokens themselves are explained.
    near(sumLastAxis(noisy.values).data, inputs.values.data);
    const still = await smoothGrad(text, ids, { ...at, samples: 2, stdev: 0 });
    near(still.values.data, plain.values.data);
  });

  it("is added to all look-ups when one of them is the layer explained", async () => {
    const at = { ...own, layer: "emb1" };
    const plain = await saliency(mixed, given, at);
    const noisy = await smoothGrad(mixed, given, { ...at, samples: 6 });
    expect(relativeDifference(noisy.values.data, plain.values.data)).toBeGreaterThan(1e-3);
    const other = { ...own, layer: "emb0", samples: 6 };
    const every = await smoothGrad(mixed, given, { ...own, samples: 6, reduce: "sum" });
    near(
      plus(sumLastAxis(noisy.values), sumLastAxis((await smoothGrad(mixed, given, other)).values)).data,
      every.parts[0]?.values.data as Float32Array,
    );
  });

  it("tokens themselves are no layer to explain", async () => {
    const layer = { layer: "emb", side: "input" } as const;
    for (const method of [saliency, smoothGrad, integratedGradients])
      await expect(method(text, ids, { ...own, layer })).rejects.toThrow(
        /float numbers, got the tokens.*"emb"/,
      );
  });
});

describe.each(engines)("token ids, %s", (engine) => {
  const options = { target: 0, engine };

  it("are rows of the table, in inputs, baselines and data", async () => {
    const text10 = asModel(text, { padId: 12 });
    const name = text.inputs[0]?.name.replace(/^(.*_input).*$/, "$1");
    for (const method of [saliency, smoothGrad, integratedGradients]) {
      await expect(
        method(
          text,
          [
            [1, 2, 3, 4],
            [-1, 2, 3, 4],
          ],
          options,
        ),
      ).rejects.toThrow(
        `${method.meta.name}(): expected token ids from 0 to 9 (input "${name}", layer "emb"), got -1 at [1, 0]`,
      );
      await expect(method(text, [1, 2, 10, 4], options)).rejects.toThrow(/from 0 to 9.*got 10 at \[0, 2\]/);
      await expect(method(text, [1, 2.75, 3, 4], options)).rejects.toThrow(
        /from 0 to 9.*got 2.75 at \[0, 1\]/,
      );
    }
    await expect(activations(text, [1, 2, 10, 4], "emb")).rejects.toThrow(/activations\(\).*from 0 to 9/);
    const baselines: [unknown, RegExp][] = [
      ["pad", /from 0 to 9 in the baseline .*got 12/],
      [0.5, /in the baseline .*got 0.5/],
      [11, /got 11/],
      [[1, 2, -3, 4], /got -3 at \[0, 2\]/],
      [(x: NdArray) => ({ ...x, data: x.data.map((id) => id + 0.5) }), /got 1.5/],
      [dataset([[1, 2, 3, 40]]), /from 0 to 9 in the data set .*got 40/],
    ];
    for (const [baseline, message] of baselines) {
      const act = integratedGradients(text10, ids, { ...options, baseline: baseline as never });
      await expect(act).rejects.toThrow(message);
    }
    // The table of the second look-up has one row more.
    await expect(
      saliency(
        mixed,
        {
          ...given,
          tok: [
            [1, 2, 3, 4],
            [10, 0, 0, 0],
          ],
        },
        options,
      ),
    ).rejects.toThrow(/from 0 to 9 \(input "tok", layer "emb0"\)/);
  });

  it("are known through nested models and shared tables, and in the tables of a GraphModel", async () => {
    const inner = tf.sequential({
      name: "encoder",
      layers: [
        tf.layers.embedding({ inputDim: 6, outputDim: 2, inputLength: 3, name: "table" }),
        tf.layers.flatten(),
      ],
    });
    const input = tf.input({ shape: [3], dtype: "int32", name: "ids" });
    const out = tf.layers.dense({ units: 2 }).apply(inner.apply(input)) as tf.SymbolicTensor;
    const nested = tf.model({ inputs: input, outputs: out });
    await expect(saliency(nested, [1, 2, 6], options)).rejects.toThrow(
      '(): expected token ids from 0 to 5 (input "ids", layer "encoder/table"), got 6 at [0, 2]',
    );

    const shared = tf.layers.embedding({ inputDim: 5, outputDim: 2, name: "shared" });
    const two = ["left", "right"].map((name) => tf.input({ shape: [3], dtype: "int32", name }));
    const both = two.map((one) => shared.apply(one) as tf.SymbolicTensor);
    const joined = tf.layers.add({ name: "joined" }).apply(both) as tf.SymbolicTensor;
    const twins = tf.model({
      inputs: two,
      outputs: tf.layers.globalAveragePooling1d({}).apply(joined) as tf.SymbolicTensor,
    });
    await expect(
      saliency(twins, { left: [1, 2, 3], right: [1, 5, 0] }, { ...options, layer: "joined" }),
    ).rejects.toThrow(/from 0 to 4 \(input "right", layer "shared"\), got 5/);

    const float = { T: { type: "DT_FLOAT" } };
    const graph = await graphModel(
      [
        placeholder("ids", [-1, 3], "int32"),
        { name: "looked", op: "GatherV2", input: ["table", "ids", "axis"], attr: {} },
        { name: "mean", op: "Mean", input: ["looked", "axes"], attr: { ...float, keep_dims: { b: false } } },
      ],
      {
        table: tf.tensor2d(normals(3, [7, 2]).data, [7, 2]),
        axis: tf.scalar(0, "int32"),
        axes: tf.tensor1d([1], "int32"),
      },
    );
    expect((await saliency(graph, [1, 2, 6], options)).values.shape).toEqual([3]);
    await expect(saliency(graph, [1, 2, 7], options)).rejects.toThrow(
      /from 0 to 6 \(input "ids", layer "looked"\), got 7 at \[0, 2\]/,
    );
  });

  it("other integers are whole", async () => {
    const counted = asModel((a: tf.Tensor2D) => tap("floats", a.toFloat()).square(), {
      inputs: [{ name: "count", dtype: "int32" }],
    });
    const act = saliency(counted, [[1, 2.5]], { ...options, layer: "floats" });
    await expect(act).rejects.toThrow('expected whole numbers (input "count"), got 2.5 at [0, 1]');
    expect((await saliency(counted, [[1, -2]], { ...options, layer: "floats" })).values.data[0]).toBe(2);
  });
});

describe.each(engines)("the path of tokens, %s", (engine) => {
  it("is kept for each part: its last frame is the map, its sums are the running sum", async () => {
    const nets: [tf.LayersModel, Input][] = [
      [text, ids],
      [mixed, given],
    ];
    for (const [net, x] of nets) {
      const model = asModel(net, { padId: 0 });
      for (const baseline of ["zeros", "pad"] as const) {
        const map = await integratedGradients(model, x, { target: 0, engine, keepPath: 3, baseline });
        const { accumulated, frames, runningSum } = map.path as NonNullable<typeof map.path>;
        expect(accumulated.map(({ shape }) => shape)).toEqual(
          map.parts.map(({ values }) => [2, 3, ...values.shape.slice(1)]),
        );
        const last = accumulated.flatMap(({ data }) => [...data.subarray(data.length - data.length / 6)]);
        near(
          last,
          map.parts.flatMap(({ values }) => [...values.data.subarray(values.data.length / 2)]),
        );
        for (const [f, node] of frames.entries()) {
          const sum = accumulated.reduce((total, { data }) => {
            const size = data.length / 6;
            return data.subarray(f * size, (f + 1) * size).reduce((a, b) => a + b, total);
          }, 0);
          expect(sum).toBeCloseTo(runningSum[0]?.[node] as number, 5);
        }
        const { rows } = display.accumulation(map).description;
        // One panel for each part, and interpolated inputs only where numbers lie between two inputs.
        const titles = rows.flat().map(({ title }) => title);
        const floats = map.parts.length - 1;
        expect(titles.filter((title) => title === "Attribution so far")).toHaveLength(1 + floats);
        expect(titles.filter((title) => title.startsWith("Interpolated"))).toHaveLength(floats);
      }
    }
  });
});
