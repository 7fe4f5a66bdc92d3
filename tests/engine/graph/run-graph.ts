import { writeOnnx } from "../../../src/engine/compiled/onnx/write-onnx";
import { integers, makeConstant } from "../../../src/engine/graph/builder";
import type { Constant, Graph } from "../../../src/engine/graph/graph";
import { random } from "../../../src/random";

/** An array of numbers with a shape, as sessions take and give them. */
export interface Filled {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What a graph computes, by the names of its outputs. */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Filled>>,
): Promise<Record<string, Float32Array>> {
  const { InferenceSession, Tensor } = require("onnxruntime-node");
  const session = await InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const given = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, new Tensor("float32", data, shape)]),
  );
  const outputs = await session.run(given);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, (tensor as { data: Float32Array }).data]),
  );
}

/** Normal entries, the same for the same seed. */
export function normal(seed: number, shape: readonly number[]): Filled {
  const stream = random(seed);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.normal());
  return { data, shape };
}

/** The same as a constant of a graph. */
export function weights(seed: number, shape: readonly number[]): Constant {
  return makeConstant(normal(seed, shape).data, shape, "float32");
}

/** A target shape with the rows left free. */
export function rowsBy(...rest: readonly number[]): Constant {
  return integers([-1, ...rest]);
}

/** The number of nodes of an operator. */
export function count(graph: Graph, operator: string): number {
  return graph.nodes.filter((node) => node.operator === operator).length;
}

/** The largest difference, as a share of the largest entry of the second. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [largest, scale] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const gap = Math.abs((a[i] as number) - (b[i] as number));
    if (!(gap <= largest)) largest = gap;
    scale = Math.max(scale, Math.abs(b[i] as number));
  }
  return largest / scale;
}
