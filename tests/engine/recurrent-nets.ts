/** Nets with recurrent layers of every form, of 24 steps: just as many as loops have. */
import * as tf from "@tensorflow/tfjs";
import { normals } from "../models";

const { layers } = tf;
/** Just as many as loops have. */
export const STEPS = 24;

/** The same net with weights of a seed. */
export function randomised(model: tf.LayersModel, seed: number): tf.LayersModel {
  model.setWeights(
    model.weights.map((weight, i) => {
      const shape = weight.shape as number[];
      return tf.tensor(normals(seed * 97 + i, shape, 0.5).data, shape);
    }),
  );
  return model;
}

/** A net of these layers, one behind the other. */
export const chain = (...more: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers: more });
/** The input. */
export const series = (): tf.layers.Layer => layers.inputLayer({ inputShape: [STEPS, 3] });
/** Three scores. */
export const head = (): tf.layers.Layer => layers.dense({ units: 3 });

/** A state of one net as the beginning of another. */
function encoderAndDecoder(): tf.LayersModel {
  const input = tf.input({ shape: [STEPS, 3] });
  const [, h, c] = layers
    .lstm({ units: 4, returnState: true })
    .apply(input) as unknown as tf.SymbolicTensor[];
  const decoded = layers
    .lstm({ units: 4 })
    .apply(input, { initialState: [h, c] as tf.SymbolicTensor[] }) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: head().apply(decoded) as tf.SymbolicTensor });
}

/** Each net, and how many loops its gradient has. */
export const recurrentNets: Readonly<Record<string, readonly [loops: number, make: () => tf.LayersModel]>> = {
  LSTM: [2, () => chain(series(), layers.lstm({ units: 4 }), head())],
  GRU: [2, () => chain(series(), layers.gru({ units: 4 }), head())],
  "GRU, logistic gates": [
    2,
    () => chain(series(), layers.gru({ units: 4, recurrentActivation: "sigmoid" }), head()),
  ],
  "simple, ReLU": [2, () => chain(series(), layers.simpleRNN({ units: 4, activation: "relu" }), head())],
  "two layers": [
    4,
    () => chain(series(), layers.lstm({ units: 4, returnSequences: true }), layers.gru({ units: 3 }), head()),
  ],
  "the last entry first": [
    2,
    () =>
      chain(
        series(),
        layers.lstm({ units: 4, goBackwards: true, returnSequences: true }),
        layers.flatten(),
        head(),
      ),
  ],
  "both directions, joined": [
    4,
    () =>
      chain(
        series(),
        layers.bidirectional({
          layer: layers.lstm({ units: 3, returnSequences: true }) as tf.RNN,
          mergeMode: "concat",
        }),
        layers.globalMaxPooling1d(),
        head(),
      ),
  ],
  "both directions, multiplied": [
    4,
    () =>
      chain(
        series(),
        layers.bidirectional({ layer: layers.gru({ units: 3 }) as tf.RNN, mergeMode: "mul" }),
        head(),
      ),
  ],
  "stacked cells": [
    2,
    () =>
      chain(
        series(),
        layers.rnn({ cell: [layers.lstmCell({ units: 4 }), layers.gruCell({ units: 3 })] as never }),
        head(),
      ),
  ],
  dropout: [2, () => chain(series(), layers.lstm({ units: 4, dropout: 0.3, recurrentDropout: 0.2 }), head())],
  "no bias, hard gates": [
    2,
    () =>
      chain(series(), layers.lstm({ units: 4, useBias: false, recurrentActivation: "hardSigmoid" }), head()),
  ],
  "states that start another": [4, encoderAndDecoder],
  masked: [2, () => chain(series(), layers.masking({ maskValue: 0 }), layers.lstm({ units: 4 }), head())],
  "masked, both directions": [
    4,
    () =>
      chain(
        series(),
        layers.masking({ maskValue: 0 }),
        layers.bidirectional({ layer: layers.gru({ units: 3 }) as tf.RNN, mergeMode: "sum" }),
        head(),
      ),
  ],
  "a probability at each step": [
    2,
    () =>
      chain(
        series(),
        layers.simpleRNN({ units: 4, returnSequences: true }),
        layers.timeDistributed({ layer: layers.dense({ units: 2, activation: "softmax" }) }),
        layers.flatten(),
      ),
  ],
};
