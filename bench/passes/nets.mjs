// The nets that passes are measured on: those of the performance page, and what these lack.

import { architectures, resnet18 } from "../performance/architectures.mjs";

const dense = { kind: "dense", units: 10 };

/** By short name: title, architecture, and how many nodes of the path are computed in one run. */
export const nets = {
  mlp: { ...architectures.mlp, nodes: 50 },
  lenet: { ...architectures.lenet, nodes: 25 },
  cnn: { ...architectures.cnn, nodes: 10 },
  lstm: { ...architectures.lstm, nodes: 50 },
  transformer: { ...architectures.transformer, nodes: 2 },
  resnet18: { ...architectures.resnet18, nodes: 4 },
  vgg11: { ...architectures.vgg11, nodes: 4 },
  mobilenet: { ...architectures.mobilenet, nodes: 10 },
  gru: {
    title: "GRU 12×8, two layers",
    input: [12, 8],
    layers: [
      { kind: "gru", units: 64, sequences: true },
      { kind: "gru", units: 64, sequences: false },
      dense,
    ],
    nodes: 50,
  },
  steps200: {
    title: "LSTM of 200 steps",
    input: [200, 8],
    layers: [{ kind: "lstm", units: 32, sequences: false }, dense],
    nodes: 20,
  },
  resnet224: { title: "ResNet-18 at 224×224", ...resnet18(224), nodes: 1 },
};
