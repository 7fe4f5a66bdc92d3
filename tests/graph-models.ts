import * as tf from "@tensorflow/tfjs";

/** A node of a GraphModel as the converter writes it. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const TYPES: Readonly<Record<string, string>> = { int32: "DT_INT32", string: "DT_STRING" };
const typed = (dtype: string): string => TYPES[dtype] ?? "DT_FLOAT";
const ints = (values: readonly number[]): object => ({ list: { i: values.map(String) } });

/** A placeholder; −1 stands for a free extent. */
export function placeholder(name: string, shape: readonly number[], dtype = "float32"): GraphNode {
  const dims = shape.map((size) => ({ size: String(size) }));
  return {
    name,
    op: "Placeholder",
    attr: { dtype: { type: typed(dtype) }, shape: { shape: { dim: dims } } },
  };
}

/** A 3×3 convolution, stride 1, same padding. */
export function convolution(name: string, x: string, filter: string): GraphNode {
  const one = ints([1, 1, 1, 1]);
  return {
    name,
    op: "Conv2D",
    input: [x, filter],
    attr: {
      strides: one,
      dilations: one,
      padding: { s: base64("SAME") },
      data_format: { s: base64("NHWC") },
    },
  };
}

/** A GraphModel out of nodes and weights, loaded from memory as from disk. */
export async function graphModel(
  nodes: readonly GraphNode[],
  weights: Readonly<Record<string, tf.Tensor>>,
): Promise<tf.GraphModel> {
  const constants = Object.entries(weights).map(([name, weight]) => ({
    name,
    op: "Const",
    attr: {
      dtype: { type: typed(weight.dtype) },
      value: {
        tensor: {
          dtype: typed(weight.dtype),
          tensorShape: { dim: weight.shape.map((size) => ({ size: String(size) })) },
        },
      },
    },
  }));
  const bytes = Buffer.concat(
    Object.values(weights).map((weight) => Buffer.from(weight.dataSync().slice().buffer)),
  );
  return tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: {
        versions: { producer: 27 },
        node: [...constants, ...nodes.map((node) => ({ input: [], attr: {}, ...node }))],
      },
      format: "graph-model",
      weightSpecs: Object.entries(weights).map(([name, weight]) => ({
        name,
        shape: weight.shape,
        dtype: weight.dtype as "float32" | "int32",
      })),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    }),
  );
}
