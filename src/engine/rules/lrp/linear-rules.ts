/** Relevance rules of linear operations: how the relevance of outputs is shared among inputs. */
import type { Tensor, Tf } from "../../tfjs/adapter";
import type { ModifiedOperands, RuleStep } from "../step";

/** A rule of linear operations, by name with its usual numbers, or with numbers of its own. */
export type LinearRule =
  | "epsilon"
  | "gamma"
  | "alpha-beta"
  | "z-plus"
  | "z-box"
  | "w-square"
  | "flat"
  | "identity"
  | { readonly rule: "epsilon"; readonly epsilon?: number; readonly bias?: boolean }
  | { readonly rule: "gamma"; readonly gamma?: number; readonly bias?: boolean }
  | { readonly rule: "alpha-beta"; readonly alpha?: number; readonly beta?: number; readonly bias?: boolean }
  | { readonly rule: "z-plus"; readonly bias?: boolean }
  | { readonly rule: "z-box"; readonly low?: number; readonly high?: number; readonly bias?: boolean }
  | { readonly rule: "w-square"; readonly bias?: boolean }
  | { readonly rule: "flat" }
  | { readonly rule: "identity" };

/** A rule with all its numbers. */
export interface ResolvedRule {
  readonly rule: "epsilon" | "gamma" | "alpha-beta" | "z-plus" | "z-box" | "w-square" | "flat" | "identity";
  /** Added to denominators, with their sign. */
  readonly epsilon: number;
  readonly gamma: number;
  readonly alpha: number;
  readonly beta: number;
  readonly low: number;
  readonly high: number;
  /** Whether biases take their share, which is then lost to the inputs. */
  readonly bias: boolean;
}

type Part = (tensor: Tensor) => Tensor;

const whole: Part = (t) => t;
const plus: Part = (t) => t.relu();
const minus: Part = (t) => t.minimum(0);

/** z + ε · sign z, with sign 0 = 1. */
function away(tf: Tf, z: Tensor, epsilon: number): Tensor {
  return z.add(tf.where(z.less(0), tf.scalar(-epsilon), tf.scalar(epsilon)));
}

/** A share: what it is an input of, at which weights, and whether it takes the bias. */
type Share = readonly [input: Part, weights: Part, bias: Part | undefined];

/** Σ_k x_k ⊙ L_kᵀ(R / Σ_k z_k) with z_k = L(x_k; w_k) + b_k: shares that one denominator belongs to. */
function shared(
  step: RuleStep,
  incoming: Tensor,
  shares: readonly Share[],
  { epsilon, bias }: ResolvedRule,
): Tensor {
  const { tf, inputs } = step;
  const terms = shares.map(([input, weights, own]) => {
    const x = input(inputs[0]);
    return { x, ...modified(step, { input: x, weights, bias: bias ? own : undefined }) };
  });
  const z = terms.map(({ output }) => output).reduce((sum, output) => sum.add(output));
  const perUnit = incoming.div(away(tf, z, epsilon));
  return terms.map(({ x, back }) => x.mul(back(perUnit))).reduce((sum, share) => sum.add(share));
}

/** Positive shares of z, by inputs and weights of one sign. */
const POSITIVE: readonly Share[] = [
  [plus, plus, plus],
  [minus, minus, undefined],
];
const NEGATIVE: readonly Share[] = [
  [plus, minus, minus],
  [minus, plus, undefined],
];

function modified(
  { modified }: RuleStep,
  operands: ModifiedOperands,
): ReturnType<NonNullable<RuleStep["modified"]>> {
  // Composites ask only of operations with weights.
  return (modified as NonNullable<RuleStep["modified"]>)(operands);
}

/** R_i = Σ_j p(w_ij) R_j / Σ_i p(w_ij): by the weights alone, whatever the input is. */
function byWeights(step: RuleStep, weights: Part, { epsilon }: ResolvedRule, bias: Part | undefined): Tensor {
  const { tf, inputs, incoming } = step;
  const { output, back } = modified(step, { input: tf.onesLike(inputs[0]), weights, bias });
  return back(incoming.div(away(tf, output, epsilon)));
}

/** The relevance of the input of a product with weights; undefined where the rule cannot be applied. */
export function linearRelevance(step: RuleStep, rule: ResolvedRule): Tensor | undefined {
  const { tf, inputs, incoming, output } = step;
  const [x] = inputs;
  switch (rule.rule) {
    case "identity":
      return x.shape.join() === output.shape.join() ? incoming : undefined;
    case "epsilon":
      return shared(step, incoming, [[whole, whole, whole]], rule);
    case "z-plus":
      return shared(step, incoming, POSITIVE, rule);
    case "alpha-beta":
      return shared(step, incoming.mul(rule.alpha), POSITIVE, rule).sub(
        shared(step, incoming.mul(rule.beta), NEGATIVE, rule),
      );
    case "gamma": {
      const more =
        (part: Part): Part =>
        (t) =>
          t.add(part(t).mul(rule.gamma));
      const favoured = (up: Part, down: Part): Share[] => [
        [plus, more(up), more(up)],
        [minus, more(down), undefined],
      ];
      const above = incoming.mul(output.greater(0).cast("float32"));
      const below = incoming.mul(output.less(0).cast("float32"));
      return shared(step, above, favoured(plus, minus), rule).add(
        shared(step, below, favoured(minus, plus), rule),
      );
    }
    case "z-box": {
      const [low, high] = [tf.onesLike(x).mul(rule.low), tf.onesLike(x).mul(rule.high)];
      const at = (input: Tensor, weights: Part): ReturnType<typeof modified> =>
        modified(step, { input, weights, bias: rule.bias ? weights : undefined });
      const [own, lowest, highest] = [at(x, whole), at(low, plus), at(high, minus)];
      const z = own.output.sub(lowest.output).sub(highest.output);
      const perUnit = incoming.div(away(tf, z, rule.epsilon));
      return x
        .mul(own.back(perUnit))
        .sub(low.mul(lowest.back(perUnit)))
        .sub(high.mul(highest.back(perUnit)));
    }
    case "w-square":
      return byWeights(step, (t) => t.square(), rule, rule.bias ? (t) => t.square() : undefined);
    case "flat":
      return byWeights(step, (t) => tf.onesLike(t), rule, undefined);
  }
}
