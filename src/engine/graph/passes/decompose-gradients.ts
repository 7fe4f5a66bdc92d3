/** All that is recorded by name, written in operators of ONNX. */
import { type Graph, mapBodies } from "../graph";
import { decomposeMaxPoolGrad } from "./decompose-max-pool-grad";
import { decomposeReluGrad } from "./decompose-relu-grad";
import { decomposeSigmoidGrad } from "./decompose-sigmoid-grad";
import { decomposeTanhGrad } from "./decompose-tanh-grad";

/** Passes that leave no operator that ONNX lacks, in this order: one gradient may be backpropagated through another. */
export const DECOMPOSITIONS: readonly ((graph: Graph) => Graph)[] = [
  decomposeReluGrad,
  decomposeMaxPoolGrad,
  decomposeTanhGrad,
  decomposeSigmoidGrad,
];

/** The same graph in operators of ONNX alone. */
export function decomposeGradients(graph: Graph): Graph {
  return DECOMPOSITIONS.reduce((before, run) => run(before), mapBodies(graph, decomposeGradients));
}
