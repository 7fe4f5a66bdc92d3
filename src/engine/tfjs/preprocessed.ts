/** Inputs as the model wants them. */
import { shown, wrongType } from "../../check";
import type { Facts } from "../../model/model";
import type { Tensor } from "./adapter";

/** The float inputs behind `preprocess`. Throws a TypeError when that is no tensor of as many rows. */
export function preprocessed({ preprocess }: Facts, inputs: readonly Tensor[]): readonly Tensor[] {
  if (preprocess === undefined) return inputs;
  return inputs.map((input) => {
    if (input.dtype !== "float32") return input;
    const made: unknown = preprocess(input);
    const shape = (made as Tensor | undefined | null)?.shape;
    if (!Array.isArray(shape) || shape[0] !== input.shape[0]) {
      throw wrongType("asModel", "preprocess to return a tensor with one row per example", shown(made));
    }
    return made as Tensor;
  });
}
