/** LRP-ε as a backward rule. */
import type { Tensor } from "../tfjs/adapter";
import { plainGradient, type Row, type Rule, type RuleStep } from "./step";

/** Activations through which relevance passes unchanged. */
export const PASSED: ReadonlySet<string> = new Set([
  "ClipByValue",
  "Elu",
  "LeakyRelu",
  "Maximum",
  "Minimum",
  "Prelu",
  "Relu",
  "Relu6",
  "Selu",
  "Sigmoid",
  "Softplus",
  "Tanh",
]);

const known = new Map<number, Rule>();

/**
 * LRP-ε: R_i = x_i · Σ_j w_ij R_j / (z_j + ε · sign z_j) with z = Wx + b and sign 0 = 1; relevance passes through
 * activations, goes to the largest cell of a maximum pool, and to the signal of a gate.
 *
 * Starts with the score. Products of two explained values, normalisation by the example's own statistics and
 * softmax are not covered.
 *
 * Bach, Binder, Montavon, Klauschen, Müller, Samek: On Pixel-Wise Explanations, 2015.
 */
export function epsilon(stabiliser: number = 1e-9): Rule {
  const rule = known.get(stabiliser) ?? epsilonRule(stabiliser);
  known.set(stabiliser, rule);
  return rule;
}

/** R_i = x_i · Σ_j ∂y_j/∂x_i R_j / (y_j + ε · sign y_j): the row of linear operations, sums and means. */
export function sharesByValue(stabiliser: number): Row {
  return ({ tf, inputs, output, incoming, back }) => {
    const away = tf.where(output.less(0), tf.scalar(-stabiliser), tf.scalar(stabiliser));
    return back(incoming.div(output.add(away))).map((share, i) => share.mul(inputs[i]));
  };
}

function epsilonRule(stabiliser: number): Rule {
  const shared = sharesByValue(stabiliser);
  return {
    name: `epsilon(${stabiliser})`,
    starts: "relevance",
    reference: false,
    rows: {
      linear: shared,
      sum: shared,
      pool: (step) => (step.kernel.startsWith("AvgPool") ? shared(step) : plainGradient(step)),
      activation: (step) => (PASSED.has(step.kernel) ? [step.incoming] : undefined),
      gate: toSignal,
    },
  };
}

/** The row of gates: relevance goes to the signal, and none to what decides how much of it passes. */
export function toSignal({
  signal,
  inputs,
  incoming,
}: RuleStep): readonly (Tensor | undefined)[] | undefined {
  if (signal === undefined) return undefined;
  const { shape } = inputs[signal];
  // Relevance of a broadcast input would need to be shared out.
  if (shape.join() !== incoming.shape.join()) return undefined;
  return inputs.map((_, i) => (i === signal ? incoming : undefined));
}
