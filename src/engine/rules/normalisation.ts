/** Batch norm folded into the product in front of it: w′ = s w and b′ = s (b − μ) + β with s = γ / √(σ² + ε). */
import type { Tensor } from "../tfjs/adapter";
import type { CanonicalOperation } from "./canonical";
import { isDepthwise, outputAxis, weightsName } from "./kinds";
import type { PathCall, Tape } from "./tape";

/** Operands of a product with all that is folded into it. */
export interface Folded {
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
}

/** Weights and bias of a linear operation, with the batch norm that it may end in. */
export function folded(tape: Tape, { calls, bias }: CanonicalOperation): Folded {
  const [product] = calls;
  const names = Object.keys(product.inputs).filter((name) => product.inputs[name] !== undefined);
  const weights = tape.valueOf(product.inputs[weightsName(names, product.active) ?? ""]);
  const norm = calls.find(({ kernelName }) => kernelName === "FusedBatchNorm");
  if (norm === undefined) return { weights, bias };
  const { mean, variance, offset, scale } = norm.inputs;
  const attributes = tape.attributesOf(norm);
  const epsilon = "varianceEpsilon" in attributes ? Number(attributes.varianceEpsilon) : 1e-3;
  const channels = (tensor: Tensor): Tensor => tape.valueOf(tensor).reshape([-1]);
  const deviation = channels(variance).add(epsilon).sqrt();
  const factor = scale ? channels(scale).div(deviation) : deviation.reciprocal();
  const centred = bias ? bias.reshape([-1]).sub(channels(mean)) : channels(mean).neg();
  const shifted = centred.mul(factor);
  return {
    weights: weights.mul(alongOutputs(factor, weights, product, tape.attributesOf(product))),
    bias: offset ? shifted.add(channels(offset)) : shifted,
  };
}

/** One factor per output, in a shape that multiplies the weights. */
function alongOutputs(factor: Tensor, weights: Tensor, product: PathCall, attributes: object): Tensor {
  if (isDepthwise(product.kernelName)) return factor.reshape(weights.shape.slice(-2));
  const axis = outputAxis(product.kernelName, product.active, attributes) ?? 1;
  return axis === 1 ? factor : factor.reshape([-1, 1]);
}
