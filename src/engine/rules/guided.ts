/** Guided backpropagation, deconvolution and softplus smoothing: backward rules that differ at rectifiers alone. */
import type { Tensor, Tf } from "../tfjs/adapter";
import { plainGradient, type Row, type Rule, type RuleStep } from "./step";

/** Kernels that pass what is positive (or above a bound) and stop what is not. */
const RECTIFIERS: ReadonlySet<string> = new Set(["ClipByValue", "Maximum", "Relu", "Relu6"]);

/** Kernels that cut a rectifier at its top: to neither rule these are activations. */
const CUTS: ReadonlySet<string> = new Set(["Minimum"]);

/** A rule that is the plain gradient but at rectifiers; smooth activations are named on the result. */
function rectifierRule(
  name: string,
  rectified: (step: RuleStep) => ReturnType<Row>,
  rectifiers: ReadonlySet<string> = RECTIFIERS,
): Rule {
  return {
    name,
    starts: "gradient",
    reference: false,
    plainAt: (kernel, kind) => kind === "activation" && !rectifiers.has(kernel) && !CUTS.has(kernel),
    rows: {
      linear: plainGradient,
      sum: plainGradient,
      product: plainGradient,
      pool: plainGradient,
      normalise: plainGradient,
      softmax: plainGradient,
      gate: plainGradient,
      activation: (step) => (rectifiers.has(step.kernel) ? rectified(step) : plainGradient(step)),
    },
  };
}

/**
 * Guided backpropagation: at a rectifier y = max(x, 0) the cotangent R becomes max(R, 0) · [x > 0]; elsewhere the
 * plain gradient.
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller: Striving for Simplicity, 2015.
 */
export const guided: Rule = rectifierRule("guided", (step) => step.back(step.incoming.relu()));

/**
 * Deconvolution: at a rectifier the cotangent R becomes max(R, 0), whatever x is; elsewhere the plain gradient.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2013.
 */
export const deconvolved: Rule = rectifierRule("deconvolution", ({ incoming }) => [incoming.relu()]);

/** Rectifiers that begin at zero, whatever else they do. */
const AT_ZERO: ReadonlySet<string> = new Set(["Relu", "Relu6"]);

/** σ(z) by e^−|z|, to its last digit also far below zero, where kernels of some engines are rounded to a few. */
function logistic(tf: Tf, z: Tensor): Tensor {
  const tail = z.abs().neg().exp();
  return tf.where(z.less(0), tail, tf.onesLike(tail)).div(tail.add(1));
}

const smoothed = new Map<number, Rule>();

/**
 * Softplus smoothing: at a rectifier the derivative [x > 0] becomes that of softplus, σ(βx); where it is cut at a top, [y < top] stays.
 * Elsewhere the plain gradient. The same rule for the same β, so that graphs are found again.
 *
 * Dombrowski et al.: Explanations Can Be Manipulated and Geometry Is to Blame, 2019.
 */
export function softplusSmoothed(beta: number): Rule {
  const rule =
    smoothed.get(beta) ??
    rectifierRule(
      "softplus",
      ({ tf, kernel, inputs: [x], incoming }) => {
        const slope = incoming.mul(logistic(tf, x.mul(beta)));
        return [kernel === "Relu6" ? tf.where(x.less(6), slope, tf.zerosLike(slope)) : slope];
      },
      AT_ZERO,
    );
  smoothed.set(beta, rule);
  return rule;
}
