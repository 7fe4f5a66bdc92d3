/** Bad input by family of methods: refused before the net runs once, in the same words whichever engine is asked. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyMethod,
  ablationCam,
  gradCam,
  integratedGradients,
  lrp,
  neuron,
  occlusion,
  owen,
  scoreCam,
  shapleyValues,
} from "../../src";
import { normals, registry } from "../models";

let runs = 0;
class Counted extends tf.layers.Layer {
  static readonly className = "Counted";
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    runs++;
    return ([inputs].flat() as [tf.Tensor])[0].mul(1);
  }
}

const made: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of made) model.dispose();
});
function counted(shape: number[], ...layers: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape });
  const all = [new Counted({ name: "counted" }), ...layers];
  const output = all.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, input);
  const model = tf.model({ inputs: input, outputs: output });
  made.push(model);
  return model;
}
const head = (): tf.layers.Layer => tf.layers.dense({ units: 3, name: "head" });
const image = counted(
  [4, 4, 2],
  tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv" }),
  tf.layers.flatten({ name: "flat" }),
  head(),
);
const table = counted([25], tf.layers.dense({ units: 4, activation: "relu", name: "hidden" }), head());
const squared = tf.input({ shape: [4] });
const product = tf.model({
  inputs: squared,
  outputs: tf.layers.multiply({ name: "product" }).apply([squared, squared]) as tf.SymbolicTensor,
});
made.push(product);
const pixels = normals(1, [2, 4, 4, 2]);
const columns = normals(2, [2, 25]);

/** The words of an error, the same on both engines, before the net ran. */
async function refusal(
  method: AnyMethod,
  net: tf.LayersModel,
  x: typeof pixels,
  options: Record<string, unknown>,
): Promise<string> {
  const said = [];
  for (const engine of ["eager", "compiled", "auto"] as const) {
    runs = 0;
    const call = method(net, x, { target: 0, ...options, engine });
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error ?? new Error("no error");
    expect(runs).toBe(0);
    said.push(error.message);
  }
  expect(new Set(said).size).toBe(1);
  const [message] = said as [string];
  expect(message).toMatch(new RegExp(`^${method.meta.name}\\(\\): expected .+, got .+`, "s"));
  return message;
}

/** Registered methods that have an option. */
const having = (option: string): [string, AnyMethod][] =>
  registry.filter(([, method]) => option in method.meta.options);

describe.each(having("groups"))("%s refuses groups", (_, method) => {
  it.each<[string, unknown, RegExp]>([
    ["of another shape", { data: new Array(18).fill(0), shape: [3, 3, 2] }, /groups of shape \[4, 4, 2\]/],
    ["of another rank", [0, 1, 2], /groups of shape \[4, 4, 2\]/],
    [
      "one of which is empty",
      { data: Array.from({ length: 32 }, (_, i) => (i < 16 ? 0 : 2)), shape: [4, 4, 2] },
      /none empty, got no entry of group 1/,
    ],
    [
      "below zero",
      { data: new Array(32).fill(-1), shape: [4, 4, 2] },
      /groups to be whole numbers from 0, got -1/,
    ],
    ["by an unknown name", "pixels", /groups/],
  ])("%s", async (_, groups, words) => {
    expect(await refusal(method, image, pixels, { groups })).toMatch(words);
  });
});

describe.each(having("samples"))("%s refuses", (_, method) => {
  it.each([0, -1, 1.5, Number.NaN, "ten"])("%s samples", async (samples) => {
    expect(await refusal(method, image, pixels, { samples })).toMatch(
      /samples to be a whole number of at least \d+/,
    );
  });
});

describe.each(having("steps"))("%s refuses", (_, method) => {
  it.each([0, -3, 2.5])("%s steps", async (steps) => {
    expect(await refusal(method, image, pixels, { steps })).toMatch(
      /steps to be a whole number (of at least|from) \d/,
    );
  });
});

describe.each(having("until"))("%s refuses to stop", (_, method) => {
  it.each([0, { standardError: 0 }, { standardError: -1 }, { error: 0.1 }])("%j", async (until) => {
    expect(await refusal(method, image, pixels, { until })).toMatch(/until|option|standardError/);
  });
});

describe.each(registry)("%s refuses a neuron", (_, method) => {
  it.each<[string, number[], RegExp]>([
    ["outside its layer", [3, 0, 0], /index within shape \[3, 3, 2\], got \[3, 0, 0\]|\[3, 3, 2\]/],
    ["by too few numbers", [1, 1], /\[3, 3, 2\]/],
  ])("%s", async (_, index, words) => {
    expect(await refusal(method, image, pixels, { target: neuron("conv", index) })).toMatch(words);
  });
});

it.each<[string, AnyMethod, tf.LayersModel, typeof pixels, Record<string, unknown>, RegExp]>([
  [
    "a window larger than the input",
    occlusion,
    image,
    pixels,
    { window: 5 },
    /window of at most 4 along axis 0/,
  ],
  ["a window longer than a table", occlusion, table, columns, { window: 26 }, /window of at most 25/],
  ["25 players", shapleyValues, table, columns, {}, /at most 20 features .*, got 25/],
  [
    "a hierarchy of other features",
    owen,
    table,
    columns,
    {
      hierarchy: [
        [0, 1],
        [2, 30],
      ],
    },
    /hierarchy/,
  ],
])("%s", async (_, method, net, x, options, words) => {
  expect(await refusal(method, net, x, options)).toMatch(words);
});

/** What is known once the way to the score, or its ends, were looked at: refused before any gradient. */
it.each<[string, AnyMethod, Record<string, unknown>, RegExp]>([
  [
    "a path that starts elsewhere",
    integratedGradients,
    { path: [normals(3, [2, 25]), columns] },
    /path to start at the baseline/,
  ],
  ...[gradCam, ablationCam, scoreCam].map((method): [string, AnyMethod, Record<string, unknown>, RegExp] => [
    `a net without positions, ${method.meta.name}`,
    method,
    {},
    /layer of more than one position/,
  ]),
  [
    "an operation without a rule",
    lrp,
    { target: neuron("product", [1]) },
    /operations that the rule relevance covers, got Multiply/,
  ],
])("%s, in the same words on both engines", async (_, method, options, words) => {
  const said = [];
  for (const engine of ["eager", "compiled"] as const) {
    const call = method(
      options.target === undefined ? table : product,
      options.target === undefined ? columns : normals(5, [2, 4]),
      { target: 0, ...options, engine },
    );
    said.push(
      await call.then(
        () => "nothing",
        (error: Error) => error.message,
      ),
    );
  }
  expect(said[0]).toMatch(words);
  expect(said[1]).toBe(said[0]);
});
