/** The nets of maps.py with the same weights, and what goes in. */
import * as tf from "@tensorflow/tfjs";
import { type NdArray, ndarray, tap } from "../../../src";
import { fill } from "../../engine/audit/inputs";

/** A net, its inputs, the layer that maps.py asks at, and the unit there. */
export interface Golden {
  readonly net: unknown;
  readonly inputs: readonly NdArray[];
  readonly layer: string;
  readonly unit: readonly number[];
  /** Rows of data to compare with, one array per input. */
  readonly data: readonly NdArray[];
}

const numbers = (name: string, shape: number[], low = -1, high = 1): tf.Tensor =>
  tf.tensor(fill(name, shape, low, high), shape);
const input = (name: string, shape: number[]): NdArray => ndarray(fill(name, shape), shape);
const L = tf.layers;

/** Names that maps.py gives weights, by those of tfjs. */
const WEIGHTS: Record<string, [string, number, number]> = {
  kernel: ["w", -1, 1],
  recurrent_kernel: ["u", -1, 1],
  bias: ["b", -1, 1],
  gamma: ["gamma", 0.5, 1.5],
  beta: ["beta", -1, 1],
  moving_mean: ["mean", -1, 1],
  moving_variance: ["variance", 0.5, 1.5],
};

function weighed(model: tf.LayersModel): tf.LayersModel {
  for (const layer of model.layers)
    layer.setWeights(
      layer.weights.map((weight) => {
        const [name, low, high] = WEIGHTS[weight.originalName.split("/").pop()!]!;
        return numbers(`${layer.name}:${name}`, weight.shape as number[], low, high);
      }),
    );
  return model;
}

const relu = (name: string): tf.layers.Layer => L.activation({ activation: "relu", name });
const conv = (name: string, filters: number, kernelSize: number, options: object = {}): tf.layers.Layer =>
  L.conv2d({ name, filters, kernelSize, ...options });
const dense = (name: string, units: number, options: object = {}): tf.layers.Layer =>
  L.dense({ name, units, ...options });

const sequence = (...layers: tf.layers.Layer[]): tf.LayersModel => weighed(tf.sequential({ layers }));

function residual(): tf.LayersModel {
  const x = tf.input({ shape: [5, 5, 2] });
  const chain = (from: tf.SymbolicTensor, ...layers: tf.layers.Layer[]): tf.SymbolicTensor =>
    layers.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, from);
  const same = { padding: "same" };
  const start = chain(x, conv("r1", 3, 3, same), relu("relu1"));
  const block = chain(start, conv("r2", 3, 3, same), relu("relu2"), conv("r3", 3, 3, same));
  const sum = L.add().apply([start, block]) as tf.SymbolicTensor;
  const outputs = chain(sum, relu("relu3"), L.globalAveragePooling2d({ name: "mean" }), dense("r4", 3));
  return weighed(tf.model({ inputs: x, outputs }));
}

function twoInputs(): tf.LayersModel {
  const [a, b] = [tf.input({ shape: [4], name: "a" }), tf.input({ shape: [3], name: "b" })];
  const left = dense("w1", 5, { activation: "relu" }).apply(a) as tf.SymbolicTensor;
  const right = dense("w2", 5, { activation: "relu" }).apply(b) as tf.SymbolicTensor;
  const both = L.concatenate().apply([left, right]) as tf.SymbolicTensor;
  const hidden = relu("relu").apply(dense("w3", 6).apply(both)) as tf.SymbolicTensor;
  return weighed(tf.model({ inputs: [a, b], outputs: dense("w4", 3).apply(hidden) as tf.SymbolicTensor }));
}

/** One block: attention of a head, two dense layers, layer norms, ways around both; the mean over tokens. */
function transformer(): (x: tf.Tensor3D) => tf.Tensor {
  const layer = (name: string, inputs: number, outputs: number): ((x: tf.Tensor) => tf.Tensor) => {
    const [w, b] = [numbers(`${name}:w`, [inputs, outputs]), numbers(`${name}:b`, [outputs])];
    return (x) =>
      tf
        .matMul(x.reshape([-1, inputs]), w as tf.Tensor2D)
        .add(b)
        .reshape([...x.shape.slice(0, -1), outputs]);
  };
  const [q, k, v] = ["tq", "tk", "tv"].map((name) => layer(name, 4, 4));
  const [wide, back, out] = [layer("t1", 4, 6), layer("t2", 6, 4), layer("t3", 4, 3)];
  const norm = (x: tf.Tensor): tf.Tensor => {
    const centred = x.sub(x.mean(-1, true));
    return centred.div(centred.square().mean(-1, true).add(1e-3).sqrt());
  };
  return (x) => {
    const weights = tf.softmax(tf.matMul(q!(x), k!(x), false, true).div(2));
    const attended = norm(x.add(tf.matMul(weights, v!(x))));
    const mixed = norm(attended.add(back(tap("relu", wide(attended).relu()))));
    return out(mixed.mean(1));
  };
}

const ALL: Record<string, Omit<Golden, "data">> = {
  mlp: {
    net: sequence(dense("m1", 8, { inputShape: [6] }), relu("relu1"), dense("m2", 7), relu("relu2"), dense("m3", 3)),
    inputs: [input("mlp:x", [2, 6])],
    layer: "relu1",
    unit: [1],
  },
  cnn: {
    net: sequence(
      conv("c1", 4, 3, { inputShape: [8, 8, 2] }),
      relu("relu1"),
      L.maxPooling2d({ poolSize: 2 }),
      conv("c2", 5, 2),
      relu("relu2"),
      L.flatten(),
      dense("c3", 3),
    ),
    inputs: [input("cnn:x", [2, 8, 8, 2])],
    layer: "relu2",
    unit: [1, 0, 1],
  },
  cnnNorm: {
    net: sequence(
      conv("n1", 4, 3, { inputShape: [8, 8, 2] }),
      L.batchNormalization({ name: "n2" }),
      relu("relu1"),
      L.averagePooling2d({ poolSize: 2 }),
      conv("n3", 5, 2),
      L.batchNormalization({ name: "n4" }),
      relu("relu2"),
      L.flatten(),
      dense("n5", 3),
    ),
    inputs: [input("cnnNorm:x", [2, 8, 8, 2])],
    layer: "relu2",
    unit: [1, 0, 1],
  },
  residual: { net: residual(), inputs: [input("residual:x", [2, 5, 5, 2])], layer: "relu2", unit: [1, 0, 1] },
  lstm: {
    net: sequence(
      L.lstm({ name: "l1", units: 4, inputShape: [5, 3], recurrentActivation: "sigmoid" }),
      dense("l2", 5),
      relu("relu"),
      dense("l3", 3),
    ),
    inputs: [input("lstm:x", [2, 5, 3])],
    layer: "relu",
    unit: [1],
  },
  transformer: {
    net: transformer(),
    inputs: [input("transformer:x", [2, 4, 4])],
    layer: "relu",
    unit: [1, 0],
  },
  two: {
    net: twoInputs(),
    inputs: [input("two:a", [2, 4]), input("two:b", [2, 3])],
    layer: "relu",
    unit: [1],
  },
};

/** Names of the inputs of a net with several; of others it is x. */
const INPUTS: Record<string, readonly string[]> = { two: ["a", "b"] };

export const NETS: Record<string, Golden> = Object.fromEntries(
  Object.entries(ALL).map(([name, golden]): [string, Golden] => {
    const data = golden.inputs.map(({ shape }, i) =>
      input(`${name}:${INPUTS[name]?.[i] ?? "x"}:data`, [3, ...shape.slice(1)]),
    );
    return [name, { ...golden, data }];
  }),
);
