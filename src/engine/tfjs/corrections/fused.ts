/** The gradients of fused operations, of softmax cross entropy and of logSigmoid. */
import type { Tensor } from "@tensorflow/tfjs";
import { unexpected } from "../../../check";
import { conv2dGradients } from "./conv2d";
import { type Correction, gradientOf, ofEngine, sumToShape } from "./correction";
import { depthwiseConv2dGradients } from "./depthwise-conv2d";
import { matMulGradients } from "./mat-mul";

type CustomGradient = (...args: unknown[]) => { value: Tensor };

interface CustomGradientEngine {
  customGrad(f: CustomGradient): (...inputs: Tensor[]) => Tensor;
  readonly state: { readonly activeScope: { readonly name: string } | null };
}

/** The scopes that tfjs opens around its fused operations, and around what else it gives a gradient of its own. */
const scopesWithOwnGradient: ReadonlySet<string> = new Set([
  "fusedConv2d__op",
  "fusedDepthwiseConv2d__op",
  "fusedMatMul__op",
  "logSigmoid__op",
  "softmaxCrossEntropy__op",
]);

/**
 * Operations with a gradient of their own are recorded as the kernels they run, so that each gradient is computed only where
 * it is needed.
 *
 * Stock tfjs's fused operations always compute the gradient of the filter (more than 95 % of the time of an input gradient
 * on cpu) and refuse dilation. The gradient of softmax cross entropy has none itself. That of logSigmoid reads an input that
 * nobody keeps: it is gone by then, unless it happens to share its numbers with a tensor that is kept.
 */
const fusedOnTape: Correction = ofEngine<CustomGradientEngine>(
  {
    name: "operations with a gradient of their own",
    ops: ["FusedConv2D", "FusedDepthwiseConv2D", "_FusedMatMul"],
  },
  (engine) => {
    const customGrad = engine.customGrad;
    engine.customGrad = function (f): (...inputs: Tensor[]) => Tensor {
      if (!scopesWithOwnGradient.has(this.state.activeScope?.name ?? "")) return customGrad.call(this, f);
      const save = (): void => {};
      return (...inputs) => f(...inputs, save).value;
    };
  },
);

/** tfjs fuses no other activation while it records a gradient. */
function checkLinear(kernel: string, activation: unknown): void {
  if (activation !== undefined && activation !== null && activation !== "linear") {
    throw unexpected(`gradient of ${kernel}`, "a linear activation", String(activation));
  }
}

/** y = x ∗ w + b: the gradients of the convolution, and db = Σ dy over all axes but the channel. */
const fusedConv2d: Correction = gradientOf("FusedConv2D", (tf) => ({
  inputsToSave: ["x", "filter", "bias"],
  backward: ([dy], [x, filter, bias], attrs) => {
    checkLinear("FusedConv2D", attrs.activation);
    const channelsFirst = attrs.dataFormat === "NCHW";
    return {
      ...conv2dGradients(tf, dy, x, filter, attrs),
      bias: () => sumToShape(tf, channelsFirst ? tf.transpose(dy, [0, 2, 3, 1]) : dy, bias.shape),
    };
  },
}));

/** y = x ∗ w + b channel by channel: the gradients of the convolution, and db = Σ dy over all axes but the channel. */
const fusedDepthwiseConv2d: Correction = gradientOf("FusedDepthwiseConv2D", (tf) => ({
  inputsToSave: ["x", "filter", "bias"],
  backward: ([dy], [x, filter, bias], attrs) => {
    checkLinear("FusedDepthwiseConv2D", attrs.activation);
    return {
      ...depthwiseConv2dGradients(tf, dy, x, filter, attrs),
      bias: () => sumToShape(tf, dy, bias.shape),
    };
  },
}));

/** y = a·b + c: the gradients of the product, and dc = dy summed over the axes along which c was broadcast. */
const fusedMatMul: Correction = gradientOf("_FusedMatMul", (tf) => ({
  inputsToSave: ["a", "b", "bias"],
  backward: ([dy], [a, b, bias], { activation, transposeA, transposeB }) => {
    checkLinear("_FusedMatMul", activation);
    return {
      ...matMulGradients(tf, dy, a, b, Boolean(transposeA), Boolean(transposeB)),
      bias: () => sumToShape(tf, dy, bias.shape),
    };
  },
}));

/** The three fused operations and their gradients. */
export const fused: readonly Correction[] = [fusedOnTape, fusedConv2d, fusedDepthwiseConv2d, fusedMatMul];
