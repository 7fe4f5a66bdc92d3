/** Masked logits: a net of the same probabilities everywhere, whose gradient maps show what one likes. */
import { checkNumber, shown, wrongType } from "../check";
import type { TensorModel } from "../engine";
import { type ArrayInput, readArray } from "../model/input";
import type { TensorFunction } from "../model/score";
import { rowSize } from "../tensor";

/** Options of `maskedLogits`. */
export interface MaskedLogitsOptions {
  /** What the maps are to show, in the shape of one example. */
  readonly toward: ArrayInput;
  /** Length of the gradient that is added. Default 100: about what hides that of a small net. */
  readonly strength?: number;
}

/**
 * Passive masking: the net goes on deciding as it does, and its maps no longer say by what. The same number is added to all logits,
 *
 * z_k*(x) = z_k(x) + s t · x / |t|,
 *
 * which softmax does not see: every probability stays as it was, at every input, while the gradient of each logit moves by s t / |t|. No
 * test of inputs and outputs finds it. The gradient of the logarithm of the probability does not move; `logitShift` compares the two.
 *
 * Heo, Joo, Moon: Fooling Neural Network Interpretations via Adversarial Model Manipulation (2019), arXiv 1902.02041, whose passive fooling
 * trains for what is added here on paper; Kindermans et al.: The (Un)reliability of Saliency Methods (2017), arXiv 1711.00867.
 * @param logits a function of one tensor that gives logits, one column per class; softmax is put behind it.
 */
export function maskedLogits(logits: TensorFunction, options: MaskedLogitsOptions): TensorModel {
  const fn = "maskedLogits";
  if (typeof logits !== "function") throw wrongType(fn, "a function of a tensor", shown(logits));
  const { strength = 100 } = options;
  checkNumber(fn, "strength", strength, 0, true);
  const toward = readArray(fn, options.toward, "toward");
  const size = rowSize({ data: toward.data, shape: [1, ...toward.shape] });
  const length = Math.sqrt(toward.data.reduce((sum: number, value: number) => sum + value * value, 0));
  const weights = Array.from(toward.data, (value) => [(strength * value) / Math.max(1e-12, length)]);
  return (x) =>
    logits(x)
      .add(x.reshape([-1, size]).matMul(weights))
      .softmax();
}
