/** Layer-wise relevance propagation: the score, shared out among inputs layer by layer. */
import { defineMethod, type Method } from "../attribution";
import type { Problem } from "../attribution/problem";
import {
  checkedRules,
  LRP_PRESETS,
  type LrpRules,
  layersOf,
  type RuleNumbers,
  resolvedRules,
} from "../attribution/relevance-rules";
import { checkName, checkNumber, outOfRange, unknownName } from "../check";
import { relevance } from "../engine/rules";
import { optionAmount, optionTrueOrFalse } from "./option-rules";

/** Options of `lrp`. */
export interface LrpOptions extends RuleNumbers {
  /** Count a batch norm as a part of the product with weights in front of it. Default true. */
  readonly canonise: boolean;
}

/**
 * Layer-wise relevance propagation: relevance starts as the score, and each operation hands it to its inputs in proportion to
 * what they contributed.
 *
 * R_i = Σ_j x_i p(w_ij) / (Σ_i x_i p(w_ij) + p(b_j) + ε · sign) · R_j, p by the rule: w, w + γ w⁺, w⁺ …
 *
 * Shape: that of the input or layer; unit: score. Relevance passes unchanged through activations, goes to the largest cell of
 * a maximum pool and to the signal of a gate (an LSTM's and a GRU's too), and by value through sums and means. With `preset: "attention"`
 * it goes through attention and layer norms as well. What biases take
 * is lost: without biases, and with small ε, the map sums to F(x). Two networks that compute the same may have different maps.
 * `docs/backward-rules.md` says which operations have a rule.
 * @throws UnsupportedOperationError naming an operation without a rule (but for the preset "attention" products of two values,
 *   softmax inside the net, norms by the example's own statistics), and its layer.
 *
 * Bach et al.: On Pixel-Wise Explanations (2015), doi 10.1371/journal.pone.0130140; Montavon et al.: Layer-Wise Relevance
 * Propagation, an Overview (2019), doi 10.1007/978-3-030-28954-6_10; Montavon et al.: Deep Taylor Decomposition (2017),
 * arXiv 1512.02479; Zhang et al.: Excitation Backprop (2016), arXiv 1608.00507; Arras et al.: Explaining Recurrent Neural Network
 * Predictions (2017), arXiv 1706.07206; Achtibat et al.: AttnLRP (2024), arXiv 2402.05602.
 */
export const lrp: Method<LrpOptions> = defineMethod<LrpOptions>(
  {
    name: "lrp",
    paper: "Bach et al. 2015, doi 10.1371/journal.pone.0130140",
    axioms: ["dummy", "linearity"],
    multipliesByInput: true,
    quantity: () => "relevance for",
    whenZero: "a score of zero, or an input of zero wherever there is relevance",
    options: {
      preset: { default: "epsilon", check: (fn, given) => checkName(fn, "preset", given, LRP_PRESETS) },
      rules: { default: [], check: checkedRules },
      epsilon: optionAmount("epsilon", 1e-6),
      gamma: optionAmount("gamma", 0.25),
      low: optionNumber("low"),
      high: optionNumber("high"),
      canonise: optionTrueOrFalse("canonise", true),
    },
  },
  (p) => {
    const { epsilon, canonise, rules } = p.options;
    checkLayers(p, rules);
    const [low, high] = p.range ?? [];
    const numbers = { ...p.options, low: p.options.low ?? low, high: p.options.high ?? high };
    const attends = p.options.preset === "attention";
    const composite = {
      rules: resolvedRules("lrp", numbers),
      epsilon,
      foldsNorms: canonise,
      ...(attends ? { attends } : {}),
    };
    return p.gradient({ rule: relevance(composite) });
  },
);

function optionNumber(name: string): { default: undefined; check: (fn: string, given: unknown) => number } {
  return {
    default: undefined,
    check: (fn, given) => checkNumber(fn, name, given, Number.NEGATIVE_INFINITY),
  };
}

/** Throws for a rule of a layer, or of a kind of layers, that the model does not have. */
function checkLayers(p: Problem<LrpOptions>, rules: LrpRules): void {
  const kinds = [...new Set(p.layers.map(({ kind }) => kind))];
  for (const { layer, kind } of layersOf(rules)) {
    if (layer !== undefined) p.namedLayer("lrp", layer);
    if (kind === undefined || kinds.includes(kind)) continue;
    if (kinds.length === 0) throw outOfRange("lrp", "a net with layers for rules by kind", "none");
    throw unknownName("lrp", "a rule's kind to be that of a layer", kind, kinds);
  }
}
