import type * as tf from "@tensorflow/tfjs";
import type { Adapter } from "../../../src/engine/tfjs/adapter";

/** An operation of so many float inputs as a model of one example, in the form that is recorded. */
export function operationModel(
  name: string,
  inputCount: number,
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
): Adapter {
  return {
    inputs: Array.from({ length: inputCount }, (_, i) => ({ name: `x${i}`, dtype: "float32" })),
    outputs: [{ name: "y" }],
    layers: [],
    fixed: true,
    weights: () => [],
    topology: () => name,
    lookups: () => [],
    run: (tensors) => ({ outputs: [operation(...tensors).reshape([1, -1])], captured: [] }),
  };
}
