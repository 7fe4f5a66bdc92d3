/** Nets whose recordings have what each pass of the pipeline looks for, and what the passes make of them. */
import * as tf from "@tensorflow/tfjs";
import { asModel, type Net } from "../../../src";
import { trace } from "../../../src/engine/compiled/compiled-graph";
import type { EagerModel } from "../../../src/engine/eager/eager-model";
import type { Graph } from "../../../src/engine/graph/graph";
import type { Stage } from "../../../src/engine/graph/passes/pipeline";
import { normals } from "../../models";

const { layers } = tf;

/** A net, and the shape of one row of its input. */
interface RecordedNet {
  readonly make: () => Net;
  readonly shape: readonly number[];
}

function chain(shape: readonly number[], ...more: tf.layers.Layer[]): RecordedNet {
  const make = (): tf.LayersModel => {
    const model = tf.sequential({ layers: [layers.inputLayer({ inputShape: [...shape] }), ...more] });
    model.setWeights(
      model.weights.map((weight, i) => {
        const { data } = normals(31 + i, weight.shape as number[], 0.3);
        const positive = weight.name.includes("variance");
        return tf.tensor(positive ? data.map((v) => 0.5 + v * v) : data, weight.shape as number[]);
      }),
    );
    return model;
  };
  return { make, shape };
}

/** By what is typical of them. */
export const recordedNets: Readonly<Record<string, RecordedNet>> = {
  "dense, ReLU and sigmoid": chain(
    [6],
    layers.dense({ units: 5, activation: "relu" }),
    layers.dense({ units: 4, activation: "sigmoid" }),
    layers.dense({ units: 3 }),
  ),
  "convolution, batch norm, ReLU and pool": chain(
    [12, 12, 3],
    layers.zeroPadding2d({ padding: 1 }),
    layers.conv2d({ filters: 16, kernelSize: 3, useBias: false }),
    layers.batchNormalization({}),
    layers.reLU({}),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 16, kernelSize: 3, padding: "same" }),
    layers.reLU({ maxValue: 6 }),
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    layers.flatten(),
    layers.dense({ units: 3 }),
  ),
  "zeros in front of a pool": chain(
    [6, 6, 2],
    layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }),
    layers.zeroPadding2d({ padding: 1 }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 3 }),
  ),
  "short LSTM": chain([4, 3], layers.lstm({ units: 5 }), layers.dense({ units: 3 })),
  "long LSTM": chain(
    [17, 3],
    layers.lstm({ units: 5, recurrentActivation: "sigmoid" }),
    layers.dense({ units: 3 }),
  ),
  "two GRUs": chain(
    [4, 3],
    layers.gru({ units: 4, returnSequences: true, recurrentActivation: "sigmoid" }),
    layers.gru({ units: 4, recurrentActivation: "sigmoid" }),
    layers.dense({ units: 3 }),
  ),
  "band of matrices": {
    make: () => (x: tf.Tensor) =>
      tf.linalg
        .bandPart(x as tf.Tensor3D, 1, 1)
        .square()
        .sum([1]),
    shape: [4, 4],
  },
};

/** The first recording of a net's gradient of one output's entry, or of the path to it, and the stages behind that. */
export function recordingOf(
  { make, shape }: RecordedNet,
  path: boolean,
): { readonly graph: Graph; readonly stages: readonly Stage[] } {
  const { tf: its, adapter, facts } = asModel(make(), { engine: "eager" }) as EagerModel;
  const { recordings, stages } = trace(its, adapter, facts, [shape], {
    of: { output: 0, explain: "logit", score: { kind: "mask" } },
    at: [{ input: 0 }],
    replace: [],
    capture: [],
    path,
    cores: "one",
    rowsAsked: 1,
  });
  return { graph: recordings[0].graph, stages };
}
