import * as tf from "@tensorflow/tfjs";
import { type NdArray, ndarray } from "../../../src";
import { fill } from "../audit/inputs";

/** A net and what goes in. */
export interface Case {
  readonly net: unknown;
  readonly inputs: readonly NdArray[];
  readonly classes: number;
}

const numbers = (name: string, shape: number[], scale = 0.6): tf.Tensor =>
  tf.tensor(
    fill(name, shape).map((value) => scale * value),
    shape,
  );

/** Weights that are the same in every run. */
function weigh<M extends tf.LayersModel>(model: M): M {
  for (const layer of model.layers) {
    layer.setWeights(
      layer.getWeights().map((weight, i) => {
        const name = layer.weights[i]?.originalName ?? "";
        const values = numbers(`${layer.name}:${i}`, weight.shape);
        return /variance|gamma/.test(name) ? tf.add(tf.abs(values), 0.5) : values;
      }),
    );
  }
  return model;
}

const input = (name: string, shape: number[]): NdArray => ndarray(fill(name, shape), shape);

/** Convolution, overlapping maximum pool and average pool, a residual, a shared layer. */
export function residual(activation: "relu" | "softplus", useBias = true): Case {
  const x = tf.input({ shape: [7, 7, 2] });
  const shared = tf.layers.conv2d({
    name: `${activation}-shared`,
    filters: 2,
    kernelSize: 3,
    padding: "same",
    useBias,
    activation,
  });
  const [once, twice] = [shared.apply(x), shared.apply(shared.apply(x))] as tf.SymbolicTensor[];
  const sum = tf.layers
    .add({ name: `${activation}-sum` })
    .apply([once as tf.SymbolicTensor, twice as tf.SymbolicTensor, x]);
  const pooled = tf.layers
    .maxPooling2d({ name: `${activation}-largest`, poolSize: 3, strides: 2 })
    .apply(sum);
  const averaged = tf.layers
    .averagePooling2d({ name: `${activation}-mean`, poolSize: 2, strides: 1, padding: "same" })
    .apply(pooled);
  const flat = tf.layers.flatten().apply(averaged);
  const y = tf.layers
    .dense({ name: `${activation}-out`, units: 3, useBias, activation: "softmax" })
    .apply(flat);
  return {
    net: weigh(tf.model({ inputs: x, outputs: y as tf.SymbolicTensor })),
    inputs: [input(`${activation}:x`, [3, 7, 7, 2])],
    classes: 3,
  };
}

/** Two recurrent layers. */
export function recurrent(): Case {
  return {
    net: weigh(
      tf.sequential({
        layers: [
          tf.layers.lstm({ name: "lstm", inputShape: [4, 3], units: 5, returnSequences: true }),
          tf.layers.gru({ name: "gru", units: 4 }),
          tf.layers.dense({ name: "recurrent-out", units: 3, activation: "softmax" }),
        ],
      }),
    ),
    inputs: [input("recurrent:x", [3, 4, 3])],
    classes: 3,
  };
}

/** Attention: products of explained values and softmax inside, a gated unit behind. */
export function attention(): Case {
  const [q, k, v, out] = ["q", "k", "v", "out"].map((name) => numbers(`attention:${name}`, [4, 4]));
  const head = numbers("attention:head", [4, 3]);
  return {
    net: (x: tf.Tensor3D): tf.Tensor => {
      const by = (t: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.reshape(tf.matMul(tf.reshape(t, [-1, 4]), w as tf.Tensor2D), t.shape);
      const scores = tf.matMul(by(x, q as tf.Tensor), by(x, k as tf.Tensor), false, true);
      const mixed = tf.matMul(tf.softmax(tf.div(scores, 2)), by(x, v as tf.Tensor));
      const gated = tf.mul(mixed, tf.sigmoid(by(mixed, out as tf.Tensor)));
      return tf.matMul(tf.mean(tf.add(gated, x), 1) as tf.Tensor2D, head as tf.Tensor2D);
    },
    inputs: [input("attention:x", [3, 5, 4])],
    classes: 3,
  };
}

/** Layer normalisation between dense layers. */
export function normalised(): Case {
  return {
    net: weigh(
      tf.sequential({
        layers: [
          tf.layers.dense({ name: "in", inputShape: [5], units: 6, activation: "tanh" }),
          tf.layers.layerNormalization({ name: "norm" }),
          tf.layers.dense({ name: "normalised-out", units: 3, activation: "sigmoid" }),
        ],
      }),
    ),
    inputs: [input("normalised:x", [3, 5])],
    classes: 3,
  };
}

/** Two inputs that meet in a product. */
export function twoInputs(): Case {
  const [a, b] = [tf.input({ shape: [4] }), tf.input({ shape: [3] })];
  const left = tf.layers.dense({ name: "left", units: 4, activation: "tanh" }).apply(a);
  const right = tf.layers.dense({ name: "right", units: 4, activation: "elu" }).apply(b);
  const product = tf.layers.multiply().apply([left as tf.SymbolicTensor, right as tf.SymbolicTensor]);
  const y = tf.layers.dense({ name: "two-out", units: 2 }).apply(product);
  return {
    net: weigh(tf.model({ inputs: [a, b], outputs: y as tf.SymbolicTensor })),
    inputs: [input("two:a", [3, 4]), input("two:b", [3, 3])],
    classes: 2,
  };
}
