/** Small nets of every kind of input, several of each: what the matrix of methods is run on. */
import * as tf from "@tensorflow/tfjs";
import {
  type AnyMethod,
  asModel,
  type Input,
  type LayerName,
  type NdArray,
  type Net,
  ndarray,
  tap,
} from "../../src";
import { random } from "../../src/author";
import { normals } from "../models";

export const MODALITIES = ["image", "tabular", "tokens", "sequence", "volume", "two inputs"] as const;
export type Modality = (typeof MODALITIES)[number];

/** A net, with an input for so many rows, a layer and a neuron of it. */
export interface Subject {
  readonly name: string;
  readonly net: Net;
  readonly input: (rows: number) => Input;
  /** Shapes of one example of each part of a map at the input. */
  readonly shapes: readonly (readonly number[])[];
  /** A layer with the shape of one example of each of its parts. */
  readonly layer: LayerName;
  readonly layerShape: readonly number[];
  readonly neuron: { readonly layer: string; readonly index: number | readonly number[] };
  readonly dispose: () => void;
}

type Symbolic = tf.SymbolicTensor;
type Layer = tf.layers.Layer;
const L = tf.layers;
const chain = (from: Symbolic, ...layers: Layer[]): Symbolic =>
  layers.reduce((value, layer) => layer.apply(value) as Symbolic, from);

/** What a variant says of itself: its net, the extents of its inputs, and where it is asked. */
interface Variant {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  /** Sizes of the tables that inputs look up in; undefined for numbers. */
  readonly ids?: readonly (number | undefined)[];
  readonly layer: LayerName;
  readonly layerShape: readonly number[];
  readonly neuron: Subject["neuron"];
  readonly make: () => tf.LayersModel | ((...inputs: tf.Tensor[]) => tf.Tensor);
}

const layers = (inputs: Symbolic | Symbolic[], outputs: Symbolic): tf.LayersModel =>
  tf.model({ inputs, outputs });
const head = (activation?: "softmax" | "sigmoid", units = 3): Layer =>
  L.dense({ units, name: "head", ...(activation ? { activation } : {}) });
const kernel = (seed: number, ...shape: number[]): tf.Tensor =>
  tf.tensor(normals(seed, shape, 0.6).data, shape);

/** The variants of each kind of input. */
const VARIANTS: Readonly<Record<Modality, readonly Variant[]>> = {
  image: [
    {
      name: "convolution",
      inputs: [[4, 4, 2]],
      layer: "conv",
      layerShape: [3, 3, 2],
      neuron: { layer: "conv", index: [1, 0, 1] },
      make: () => {
        const x = tf.input({ shape: [4, 4, 2] });
        return layers(
          x,
          chain(
            x,
            L.conv2d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv" }),
            L.averagePooling2d({ poolSize: 2, strides: 1, name: "pool" }),
            L.flatten(),
            head("softmax"),
          ),
        );
      },
    },
    {
      name: "batch norm, largest of a pool, mean over positions",
      inputs: [[6, 6, 1]],
      layer: "norm",
      layerShape: [6, 6, 2],
      neuron: { layer: "pool", index: [2, 1, 0] },
      make: () => {
        const x = tf.input({ shape: [6, 6, 1] });
        return layers(
          x,
          chain(
            x,
            L.conv2d({ filters: 2, kernelSize: 3, padding: "same", name: "conv" }),
            L.batchNormalization({ name: "norm" }),
            L.activation({ activation: "relu" }),
            L.maxPooling2d({ poolSize: 2, name: "pool" }),
            L.conv2d({ filters: 3, kernelSize: 2, activation: "relu", name: "deep" }),
            L.globalAveragePooling2d({ name: "mean" }),
            head(),
          ),
        );
      },
    },
    {
      name: "a plain function",
      inputs: [[4, 4, 2]],
      layer: "h",
      layerShape: [4, 4, 3],
      neuron: { layer: "h", index: [3, 2, 1] },
      make: () => {
        const [w, v] = [kernel(1, 2, 2, 2, 3) as tf.Tensor4D, kernel(2, 3, 3) as tf.Tensor2D];
        return (x) => {
          const h = tap("h", tf.conv2d(x as tf.Tensor4D, w, 1, "same").relu());
          return h.mean<tf.Tensor2D>([1, 2]).matMul(v).softmax();
        };
      },
    },
    {
      name: "depthwise and a residual way",
      inputs: [[4, 4, 2]],
      layer: "sum",
      layerShape: [4, 4, 2],
      neuron: { layer: "depth", index: [0, 3, 1] },
      make: () => {
        const x = tf.input({ shape: [4, 4, 2] });
        const depth = chain(
          x,
          L.depthwiseConv2d({ kernelSize: 3, padding: "same", activation: "tanh", name: "depth" }),
          L.conv2d({ filters: 2, kernelSize: 1, activation: "sigmoid", name: "point" }),
        );
        const sum = L.add({ name: "sum" }).apply([depth, x]) as Symbolic;
        return layers(x, chain(sum, L.globalMaxPooling2d({ name: "largest" }), head("sigmoid", 1)));
      },
    },
  ],
  tabular: [
    {
      name: "ReLU",
      inputs: [[4]],
      layer: "hidden",
      layerShape: [5],
      neuron: { layer: "hidden", index: 2 },
      make: () => {
        const x = tf.input({ shape: [4] });
        return layers(x, chain(x, L.dense({ units: 5, activation: "relu", name: "hidden" }), head()));
      },
    },
    {
      name: "tanh, batch norm and one sigmoid",
      inputs: [[3]],
      layer: "norm",
      layerShape: [4],
      neuron: { layer: "hidden", index: 0 },
      make: () => {
        const x = tf.input({ shape: [3] });
        return layers(
          x,
          chain(
            x,
            L.dense({ units: 4, activation: "tanh", name: "hidden" }),
            L.batchNormalization({ name: "norm" }),
            L.dense({ units: 3, activation: "elu", name: "second" }),
            head("sigmoid", 1),
          ),
        );
      },
    },
    {
      name: "a gate of a layer norm, a plain function",
      inputs: [[4]],
      layer: "gated",
      layerShape: [5],
      neuron: { layer: "gated", index: 4 },
      make: () => {
        const [w, u, v] = [kernel(3, 4, 5), kernel(4, 4, 5), kernel(5, 5, 3)] as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D,
        ];
        return (x) => {
          const a = (x as tf.Tensor2D).matMul(w);
          const gated = tap("gated", a.mul((x as tf.Tensor2D).matMul(u).sigmoid()));
          return gated.relu().matMul(v);
        };
      },
    },
  ],
  tokens: [
    {
      name: "a table and a product",
      inputs: [[4]],
      ids: [7],
      layer: "hidden",
      layerShape: [5],
      neuron: { layer: "hidden", index: 3 },
      make: () => {
        const x = tf.input({ shape: [4] });
        return layers(
          x,
          chain(
            x,
            L.embedding({ inputDim: 7, outputDim: 3, name: "table" }),
            L.flatten(),
            L.dense({ units: 5, activation: "tanh", name: "hidden" }),
            head("softmax"),
          ),
        );
      },
    },
    {
      name: "a table and a convolution",
      inputs: [[5]],
      ids: [6],
      layer: "conv",
      layerShape: [4, 3],
      neuron: { layer: "conv", index: [2, 1] },
      make: () => {
        const x = tf.input({ shape: [5] });
        return layers(
          x,
          chain(
            x,
            L.embedding({ inputDim: 6, outputDim: 2, name: "table" }),
            L.conv1d({ filters: 3, kernelSize: 2, activation: "relu", name: "conv" }),
            L.globalMaxPooling1d({ name: "largest" }),
            head("softmax"),
          ),
        );
      },
    },
    {
      name: "attention",
      inputs: [[4]],
      ids: [6],
      layer: "norm",
      layerShape: [4, 4],
      neuron: { layer: "seen", index: [1, 2] },
      make: () => {
        const x = tf.input({ shape: [4] });
        const table = chain(x, L.embedding({ inputDim: 6, outputDim: 4, name: "table" }));
        const part = (name: string): Symbolic => chain(table, L.dense({ units: 4, name }));
        const scores = L.dot({ axes: 2, name: "scores" }).apply([part("query"), part("key")]) as Symbolic;
        const weights = chain(scores, L.softmax({ axis: -1, name: "weights" }));
        const seen = L.dot({ axes: [2, 1], name: "seen" }).apply([weights, part("value")]) as Symbolic;
        const sum = L.add({ name: "sum" }).apply([seen, table]) as Symbolic;
        return layers(
          x,
          chain(
            sum,
            L.layerNormalization({ name: "norm" }),
            L.globalAveragePooling1d({ name: "mean" }),
            head(),
          ),
        );
      },
    },
    {
      name: "a table and an LSTM",
      inputs: [[4]],
      ids: [6],
      layer: "steps",
      layerShape: [4, 3],
      neuron: { layer: "steps", index: [3, 0] },
      make: () => {
        const x = tf.input({ shape: [4] });
        return layers(
          x,
          chain(
            x,
            L.embedding({ inputDim: 6, outputDim: 2, name: "table" }),
            L.lstm({ units: 3, returnSequences: true, name: "steps" }),
            L.flatten(),
            head("sigmoid", 1),
          ),
        );
      },
    },
  ],
  sequence: [
    {
      name: "LSTM",
      inputs: [[4, 2]],
      layer: "steps",
      layerShape: [4, 3],
      neuron: { layer: "steps", index: [2, 1] },
      make: () => {
        const x = tf.input({ shape: [4, 2] });
        return layers(
          x,
          chain(x, L.lstm({ units: 3, returnSequences: true, name: "steps" }), L.flatten(), head("softmax")),
        );
      },
    },
    {
      name: "GRU, its last state",
      inputs: [[4, 2]],
      layer: "last",
      layerShape: [3],
      neuron: { layer: "last", index: 1 },
      make: () => {
        const x = tf.input({ shape: [4, 2] });
        return layers(x, chain(x, L.gru({ units: 3, name: "last" }), head()));
      },
    },
    {
      name: "masked steps and a simple recurrence",
      inputs: [[4, 2]],
      layer: "steps",
      layerShape: [4, 3],
      neuron: { layer: "steps", index: [3, 2] },
      make: () => {
        const x = tf.input({ shape: [4, 2] });
        return layers(
          x,
          chain(
            x,
            L.masking({ maskValue: 9 }),
            L.simpleRNN({ units: 3, returnSequences: true, name: "steps" }),
            L.simpleRNN({ units: 2, name: "last" }),
            head("softmax"),
          ),
        );
      },
    },
    {
      name: "convolution in time",
      inputs: [[6, 2]],
      layer: "conv",
      layerShape: [5, 2],
      neuron: { layer: "conv", index: [4, 0] },
      make: () => {
        const x = tf.input({ shape: [6, 2] });
        return layers(
          x,
          chain(
            x,
            L.conv1d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv" }),
            L.maxPooling1d({ poolSize: 2, name: "pool" }),
            L.flatten(),
            head(),
          ),
        );
      },
    },
  ],
  volume: [
    {
      name: "convolution",
      inputs: [[3, 3, 3, 1]],
      layer: "conv",
      layerShape: [2, 2, 2, 2],
      neuron: { layer: "conv", index: [1, 0, 1, 0] },
      make: () => {
        const x = tf.input({ shape: [3, 3, 3, 1] });
        return layers(
          x,
          chain(
            x,
            L.conv3d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv" }),
            L.flatten(),
            head("softmax"),
          ),
        );
      },
    },
    {
      name: "a pool",
      inputs: [[4, 4, 4, 1]],
      layer: "pool",
      layerShape: [2, 2, 2, 2],
      neuron: { layer: "pool", index: [1, 1, 0, 1] },
      make: () => {
        const x = tf.input({ shape: [4, 4, 4, 1] });
        return layers(
          x,
          chain(
            x,
            L.conv3d({ filters: 2, kernelSize: 3, padding: "same", activation: "tanh", name: "conv" }),
            L.maxPooling3d({ poolSize: 2, name: "pool" }),
            L.flatten(),
            head(),
          ),
        );
      },
    },
  ],
  "two inputs": [
    {
      name: "joined",
      inputs: [[3], [2]],
      layer: "hidden",
      layerShape: [4],
      neuron: { layer: "hidden", index: 1 },
      make: () => {
        const [a, b] = [tf.input({ shape: [3], name: "age" }), tf.input({ shape: [2], name: "body" })];
        const both = L.concatenate({ name: "both" }).apply([a, b]) as Symbolic;
        return layers(
          [a, b],
          chain(both, L.dense({ units: 4, activation: "relu", name: "hidden" }), head("softmax")),
        );
      },
    },
    {
      name: "an image and a table row",
      inputs: [[4, 4, 1], [3]],
      layer: "conv",
      layerShape: [3, 3, 2],
      neuron: { layer: "conv", index: [2, 2, 1] },
      make: () => {
        const [a, b] = [tf.input({ shape: [4, 4, 1], name: "scan" }), tf.input({ shape: [3], name: "body" })];
        const seen = chain(
          a,
          L.conv2d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv" }),
          L.globalAveragePooling2d({ name: "mean" }),
        );
        return layers([a, b], chain(L.concatenate({ name: "both" }).apply([seen, b]) as Symbolic, head()));
      },
    },
    {
      name: "tokens and numbers",
      inputs: [[3], [2]],
      ids: [5, undefined],
      layer: "both",
      layerShape: [8],
      neuron: { layer: "hidden", index: 3 },
      make: () => {
        const [a, b] = [tf.input({ shape: [3], name: "text" }), tf.input({ shape: [2], name: "body" })];
        const words = chain(a, L.embedding({ inputDim: 5, outputDim: 2, name: "table" }), L.flatten());
        const both = L.concatenate({ name: "both" }).apply([words, b]) as Symbolic;
        return layers(
          [a, b],
          chain(both, L.dense({ units: 4, activation: "tanh", name: "hidden" }), head("softmax")),
        );
      },
    },
    {
      name: "a product of two, a plain function",
      inputs: [[4], [4]],
      layer: "product",
      layerShape: [4],
      neuron: { layer: "product", index: 0 },
      make: () => {
        const [w, v] = [kernel(6, 4, 4), kernel(7, 4, 3)] as [tf.Tensor2D, tf.Tensor2D];
        return (a, b) =>
          tap("product", (a as tf.Tensor2D).matMul(w).mul(b as tf.Tensor))
            .relu<tf.Tensor2D>()
            .matMul(v);
      },
    },
  ],
};

/** How many variants there are of a kind of input. */
export function variantsOf(modality: Modality): number {
  return VARIANTS[modality].length;
}

/** A variant of a kind of input, its weights and inputs drawn by a seed. */
export function subject(modality: Modality, variant: number, seed: number): Subject {
  const { name, inputs, ids, layer, layerShape, neuron, make } = VARIANTS[modality][variant] as Variant;
  const made = make();
  if (typeof made !== "function")
    made.setWeights(
      made.weights.map((weight, i) => {
        const values = tf.tensor(
          normals(seed * 31 + i, weight.shape as number[], 0.6).data,
          weight.shape as number[],
        );
        return weight.originalName.includes("variance") ? values.abs().add(0.5) : values;
      }),
    );
  const column = (i: number, rows: number): NdArray => {
    const shape = [rows, ...(inputs[i] as readonly number[])];
    const size = ids?.[i];
    const stream = random(seed, i, 5);
    if (size === undefined) return normals(seed + 10 * i, shape);
    const count = shape.reduce((a, b) => a * b, 1);
    return ndarray(
      Array.from({ length: count }, () => stream.integer(size)),
      shape,
    );
  };
  const input = (rows: number): Input => {
    const values = inputs.map((_, i) => column(i, rows));
    return values.length === 1 ? (values[0] as NdArray) : values;
  };
  return {
    name,
    net: typeof made === "function" ? asModel(made, { inputs: inputs.map((_, i) => `x${i}`) }) : made,
    input,
    shapes: inputs,
    layer,
    layerShape,
    neuron,
    dispose: () => {
      if (typeof made !== "function") made.dispose();
    },
  };
}

/** A method that answers soon for examples of these shapes: few samples, and few features where it asks for each coalition. */
export function quickly(method: AnyMethod, shapes: readonly (readonly number[])[]): AnyMethod {
  const { name, options } = method.meta;
  const samples = name === "kernelShap" ? 300 : 4;
  const sampled = "samples" in options ? method.with({ samples }) : method;
  const stepped = name === "guidedIg" ? sampled.with({ steps: 12 }) : sampled;
  const entries = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  if (name !== "shapleyValues" || entries.reduce((a, b) => a + b, 0) <= 10) return stepped;
  // Eight groups, whose numbers are shared by the parts.
  const groups = shapes.map((shape, part) =>
    ndarray(
      Array.from({ length: entries[part] as number }, (_, i) => i % 8),
      [...shape],
    ),
  );
  return stepped.with({ groups: groups.length === 1 ? groups[0] : groups });
}
