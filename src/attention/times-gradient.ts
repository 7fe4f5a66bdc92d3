/** Attention × gradient: how the score would change if a token were looked at less. */
import { defineMethod, type Method } from "../attribution";
import { type AttentionOptions, attentionOptions, ofTokens, overHeads } from "./self-attention";

/**
 * Attention × gradient: how the score would change, to first order, if a token were looked at less by all layers and heads.
 *
 * A_k = Σ over layers, heads and queries of A_qk ∂F/∂A_qk; with a `query`, of that one alone
 *
 * Shape: a number per token, with a sign; unit: score. It counts what attention moves: what a token tells by the way around
 * attention is not in it.
 * @throws UnsupportedOperationError where the input's tokens do not look at each other.
 */
export const attentionTimesGradient: Method<AttentionOptions> = defineMethod<AttentionOptions>(
  {
    name: "attentionTimesGradient",
    axioms: ["linearity"],
    reduce: () => "sum",
    quantity: () => "attention × gradient of",
    options: attentionOptions,
  },
  (p) =>
    ofTokens("attentionTimesGradient", p, { gradient: true, summed: true }, (layers) => {
      const { tokens } = layers[0];
      const total = new Float64Array(tokens * tokens);
      for (const layer of layers)
        overHeads(layer, (i) => layer.weights[i] * (layer.gradient?.[i] ?? 0), "sum").forEach((value, i) => {
          total[i] += value;
        });
      return total;
    }),
);
