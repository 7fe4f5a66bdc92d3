/** Gradient-weighted attention: the relevance of tokens, followed through the layers by weights that raise the score. */
import { defineMethod, type Method } from "../attribution";
import {
  type AttentionOptions,
  attentionOptions,
  identity,
  ofTokens,
  overHeads,
  product,
} from "./self-attention";

/**
 * Gradient-weighted attention: the relevance of tokens, followed through the layers by weights that raise the score.
 *
 * R ← R + Ā R from layer to layer, R = I at first, with Ā = mean over heads of max(0, ∂F/∂A ⊙ A); a token's value is R at the query
 *
 * Shape: a number per token, at least 0. Every token keeps the 1 that it begins with where it asks itself: compare ranks. What
 * lowers the score is left out.
 * @throws UnsupportedOperationError where the input's tokens do not look at each other.
 *
 * Chefer, Gur, Wolf: Generic Attention-model Explainability (2021), arXiv 2103.15679.
 */
export const attentionRelevance: Method<AttentionOptions> = defineMethod<AttentionOptions>(
  {
    name: "attentionRelevance",
    paper: "Chefer et al. 2021, arXiv 2103.15679",
    reduce: () => "sum",
    quantity: () => "relevance by attention for",
    options: attentionOptions,
  },
  (p) =>
    ofTokens("attentionRelevance", p, { gradient: true }, (layers) => {
      const { tokens } = layers[0];
      return layers.reduce((relevance, layer) => {
        const raising = overHeads(layer, (i) => Math.max(0, layer.weights[i] * (layer.gradient?.[i] ?? 0)));
        return product(raising, relevance, tokens).map((moved, i) => moved + relevance[i]);
      }, identity(tokens));
    }),
);
