/** Piecewise constant kernels: their gradient is zero. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type InputGradients, zerosOf } from "./correction";

/** Piecewise constant kernels and the names of their tensor inputs. */
const piecewiseConstant: Readonly<Record<string, readonly string[]>> = {
  All: ["x"],
  Any: ["x"],
  ArgMax: ["x"],
  ArgMin: ["x"],
  BitwiseAnd: ["a", "b"],
  Ceil: ["x"],
  Equal: ["a", "b"],
  Floor: ["x"],
  FloorDiv: ["a", "b"],
  Greater: ["a", "b"],
  GreaterEqual: ["a", "b"],
  IsFinite: ["x"],
  IsInf: ["x"],
  IsNan: ["x"],
  Less: ["a", "b"],
  LessEqual: ["a", "b"],
  LogicalAnd: ["a", "b"],
  LogicalNot: ["x"],
  LogicalOr: ["a", "b"],
  Multinomial: ["logits"],
  NonMaxSuppressionV3: ["boxes", "scores"],
  NotEqual: ["a", "b"],
  OneHot: ["indices"],
  Round: ["x"],
  SearchSorted: ["sortedSequence", "values"],
  Sign: ["x"],
  Step: ["x"],
};

/** The kernels whose output is piecewise constant, so that their gradient is zero almost everywhere. */
export const ZERO_GRADIENT_KERNELS: ReadonlySet<string> = new Set(Object.keys(piecewiseConstant));

/** The part of a tape node that tells whether its gradient vanishes. */
export interface KernelCall {
  readonly kernelName: string;
  readonly outputs: readonly { readonly dtype: string }[];
}

/** True where the gradient of a recorded kernel call is zero almost everywhere: a piecewise constant kernel, or a cast to integers or booleans. */
export function hasZeroGradient(call: KernelCall): boolean {
  if (ZERO_GRADIENT_KERNELS.has(call.kernelName)) return true;
  return call.kernelName === "Cast" && ["int32", "bool"].includes(call.outputs[0].dtype);
}

/** dx = 0 of the shape of each input, so that `x · (x > 0)` has a gradient. */
export const zeroGradients: readonly Correction[] = Object.entries(piecewiseConstant).map(
  ([kernel, inputs]) =>
    gradientOf(kernel, (tf) => ({
      inputsToSave: [...inputs],
      backward: (_dy: Tensor[], saved: Tensor[]): InputGradients =>
        Object.fromEntries(inputs.map((name, i) => [name, () => zerosOf(tf, saved[i])])),
    })),
);
