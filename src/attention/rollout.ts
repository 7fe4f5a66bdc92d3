/** Attention rollout: how much of each input token would reach the last layer if attention were all that moved it. */
import { defineMethod, type Method } from "../attribution";
import { checkName } from "../check";
import {
  type AttentionOptions,
  attentionOptions,
  identity,
  ofTokens,
  overHeads,
  product,
  withResidual,
} from "./self-attention";

/** Options of `attentionRollout`. */
export interface AttentionRolloutOptions extends AttentionOptions {
  /** One number of all heads: their mean (default), largest or smallest weight. */
  readonly heads: "mean" | "max" | "min";
}

/**
 * Attention rollout: how much of each input token would reach the last layer if attention were all that moved it.
 *
 * R = Â_L ⋯ Â_1 with Â = (mean over heads A + I) / 2, rows adding up to 1; a token's value is R at the query
 *
 * Shape: a number per token, at least 0; the values of a query add up to 1 where nothing is left out. It knows nothing of the
 * score: the target changes nothing. Attention is no attribution; `studies.attentionBesideGradient` shows where it is wrong.
 * @throws UnsupportedOperationError where the input's tokens do not look at each other.
 *
 * Abnar, Zuidema: Quantifying Attention Flow in Transformers (2020), arXiv 2005.00928.
 */
export const attentionRollout: Method<AttentionRolloutOptions> = defineMethod<AttentionRolloutOptions>(
  {
    name: "attentionRollout",
    paper: "Abnar, Zuidema 2020, arXiv 2005.00928",
    reduce: () => "sum",
    quantity: () => "attention rolled out, beside",
    options: {
      ...attentionOptions,
      heads: { default: "mean", check: (fn, given) => checkName(fn, "heads", given, ["mean", "max", "min"]) },
    },
  },
  (p) =>
    ofTokens("attentionRollout", p, {}, (layers) => {
      const { tokens } = layers[0];
      return layers.reduce((rolled, layer) => {
        const fused = overHeads(layer, (i) => layer.weights[i], p.options.heads);
        return product(withResidual(fused, tokens), rolled, tokens);
      }, identity(tokens));
    }),
);
