/** DeepLIFT's rescale rule as a backward rule. */
import type { Tensor } from "../tfjs/adapter";
import { plainGradient, type Row, type Rule, type RuleStep, type StepValues } from "./step";

/** Differences below this count as none: the multiplier is then the gradient. */
const SMALLEST_DIFFERENCE = 1e-10;

/**
 * Differences below this lose more digits in float32 than the mean of the gradients at both ends is off by, for
 * functions whose third derivative is about as large as their first.
 */
const SMALL_DIFFERENCE = 3e-3;

/** Functions of that kind. */
const SMOOTH: ReadonlySet<string> = new Set([
  "Cos",
  "Cosh",
  "Erf",
  "Exp",
  "Expm1",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Square",
  "Tanh",
]);

/** Functions that are of that kind on either side of zero. */
const SMOOTH_ON_EACH_SIDE: ReadonlySet<string> = new Set(["Elu", "LeakyRelu", "Prelu", "Selu"]);

/** `contribution` / `difference`; where that is `none`, `limit`. */
function perDifference(
  { tf }: RuleStep,
  difference: Tensor,
  contribution: Tensor,
  limit: Tensor,
  none: Tensor = difference.abs().less(SMALLEST_DIFFERENCE),
): Tensor {
  const divisor = tf.where(none, tf.onesLike(difference), difference);
  return tf.where(none, limit, contribution.div(divisor));
}

/** Of a function of single entries: the multiplier Δy / Δx. */
const ratio: Row = (step) => {
  const { kernel, inputs, output, incoming, back } = step;
  const [x, before] = [inputs[0], step.reference as StepValues];
  const x0 = before.inputs[0];
  // An activation of a smaller value than it returns (a maximum with a larger constant) has no single ratio.
  if (x.shape.join() !== output.shape.join()) return undefined;
  const difference = x.sub(x0);
  const contribution = incoming.mul(output.sub(before.output));
  const [gradient] = back(incoming) as [Tensor];
  const onEachSide = SMOOTH_ON_EACH_SIDE.has(kernel);
  if (!onEachSide && !SMOOTH.has(kernel)) return [perDifference(step, difference, contribution, gradient)];
  const mean = gradient.add(before.back(incoming)[0]).mul(0.5);
  const small = difference.abs().less(SMALL_DIFFERENCE);
  const none = onEachSide ? small.logicalAnd(x.greater(0).equal(x0.greater(0))) : small;
  return [perDifference(step, difference, contribution, mean, none)];
};

/** Of a product of two values: Δ(ab) = ½(a + a′) Δb + ½(b + b′) Δa, which leaves nothing over. */
const midpoint: Row = ({ kernel, inputs, incoming, back, reference }) => {
  if (inputs.length < 2) return undefined;
  if (kernel === "Select") return undefined;
  const there = (reference as StepValues).back(incoming);
  return back(incoming).map((gradient, i) => gradient.add(there[i]).mul(0.5));
};

/**
 * Of a maximum: what its rise is worth goes to the cell that is largest now, what its fall is worth to the cell that
 * was largest at the reference.
 */
const pooled: Row = (step) => {
  if (step.kernel.startsWith("AvgPool")) return plainGradient(step);
  const { tf, inputs, output, incoming, back } = step;
  const reference = step.reference as StepValues;
  const top = tf.maximum(output, reference.output);
  const rise = back(incoming.mul(top.sub(reference.output)));
  const fall = reference.back(incoming.mul(output.sub(top)));
  const gradient = back(incoming);
  return inputs.map((x, i) =>
    perDifference(step, x.sub(reference.inputs[i]), rise[i].add(fall[i]), gradient[i]),
  );
};

/**
 * Of softmax: the multipliers of its steps z → eᶻ → Σ → log → difference → exp, each by its own ratio. With
 * l = log Σ eᶻ: Δp_i = s_i (Δz_i − Δl) and Δl = Σ_j m_j Δz_j, so nothing is left over, and each example stands alone.
 */
const softmaxSteps: Row = (step) => {
  const { tf, kernel, inputs, incoming } = step;
  const [z, before] = [inputs[0], (step.reference as StepValues).inputs[0]];
  const top = tf.maximum(z.max(-1, true), before.max(-1, true));
  const [e, e0] = [z.sub(top).exp(), before.sub(top).exp()];
  const [sum, sum0] = [e.sum(-1, true), e0.sum(-1, true)];
  /** Δf / Δ of a smooth function with these values and derivatives at both ends. */
  const chord = (difference: Tensor, rise: Tensor, here: Tensor, there: Tensor): Tensor =>
    perDifference(step, difference, rise, here.add(there).mul(0.5), difference.abs().less(SMALL_DIFFERENCE));
  const rise = chord(z.sub(before), e.sub(e0), e, e0);
  const bend = chord(sum.sub(sum0), sum.log().sub(sum0.log()), sum.reciprocal(), sum0.reciprocal());
  const shares = rise.mul(bend);
  if (kernel !== "Softmax") return [incoming.sub(shares.mul(incoming.sum(-1, true)))];
  const [logarithm, logarithm0] = [z.sub(top).sub(sum.log()), before.sub(top).sub(sum0.log())];
  const [p, p0] = [e.div(sum), e0.div(sum0)];
  const outer = incoming.mul(chord(logarithm.sub(logarithm0), p.sub(p0), p, p0));
  return [outer.sub(shares.mul(outer.sum(-1, true)))];
};

/**
 * DeepLIFT's rescale rule: at a function of single entries the multiplier is Δy / Δx, the differences between the
 * input and the reference. Gives multipliers m with Σ m · (x − x′) = F(x) − F(x′).
 *
 * Normalisation by the example's own statistics is not covered.
 *
 * Shrikumar, Greenside, Kundaje: Learning Important Features Through Propagating Activation Differences, 2017.
 */
export const rescale: Rule = {
  name: "rescale",
  starts: "gradient",
  reference: true,
  rows: {
    linear: plainGradient,
    sum: plainGradient,
    product: midpoint,
    activation: ratio,
    pool: pooled,
    softmax: softmaxSteps,
    gate: midpoint,
  },
};
