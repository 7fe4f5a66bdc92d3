/** Attention flow: how much could flow to the query from each input token, if weights were the widths of pipes. */
import { defineMethod, type Method } from "../attribution";
import { maximumFlow } from "./maximum-flow";
import { type AttentionOptions, attentionOptions, ofTokens, overHeads, withResidual } from "./self-attention";

/** Options of `attentionFlow`. */
export type AttentionFlowOptions = AttentionOptions;

/**
 * Attention flow: how much could flow to the query from each input token, if weights were the widths of pipes.
 *
 * A token's value is the maximum flow from the query above the last layer to it below the first, through pipes
 * Â = (mean over heads A + I) / 2
 *
 * Shape: a number per token, at least 0. Unlike a rollout, tokens share no flow: their values need not add up. Each takes a
 * maximum flow of its own, and "mean" as many for each token that asks: name a `query` where there are many tokens.
 * @throws UnsupportedOperationError where the input's tokens do not look at each other.
 *
 * Abnar, Zuidema: Quantifying Attention Flow in Transformers (2020), arXiv 2005.00928.
 */
export const attentionFlow: Method<AttentionFlowOptions> = defineMethod<AttentionFlowOptions>(
  {
    name: "attentionFlow",
    paper: "Abnar, Zuidema 2020, arXiv 2005.00928",
    reduce: () => "sum",
    quantity: () => "attention that could flow, beside",
    options: attentionOptions,
  },
  (p) =>
    ofTokens("attentionFlow", p, {}, (layers) => {
      const { tokens } = layers[0];
      const pipes = layers.map((layer) =>
        withResidual(
          overHeads(layer, (i) => layer.weights[i]),
          tokens,
        ),
      );
      const { query } = p.options;
      return Float64Array.from({ length: tokens * tokens }, (_, i) => {
        const asking = Math.floor(i / tokens);
        return typeof query === "number" && asking !== query
          ? 0
          : maximumFlow(pipes, tokens, asking, i % tokens);
      });
    }),
);
