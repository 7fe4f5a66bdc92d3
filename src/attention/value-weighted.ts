/** Value-weighted attention: weights times the length of what they weigh. */
import { defineMethod, type Method } from "../attribution";
import { UnsupportedOperationError } from "../check";
import { type AttentionOptions, attentionOptions, ofTokens, overHeads } from "./self-attention";

/**
 * Value-weighted attention: weights times the length of what they weigh, since a large weight of a short value moves nothing.
 *
 * A_k = mean over layers and heads of A_qk ‖v_k‖ at the query
 *
 * Shape: a number per token, at least 0; unit: length of a value. The projection behind the heads is not in it. It knows nothing
 * of the score.
 * @throws UnsupportedOperationError where heads do not have values of their own, or tokens do not look at each other.
 *
 * Kobayashi et al.: Attention is Not Only a Weight (2020), arXiv 2004.10102.
 */
export const valueWeightedAttention: Method<AttentionOptions> = defineMethod<AttentionOptions>(
  {
    name: "valueWeightedAttention",
    paper: "Kobayashi et al. 2020, arXiv 2004.10102",
    reduce: () => "sum",
    quantity: () => "attention × length of values, beside",
    options: attentionOptions,
  },
  (p) =>
    ofTokens("valueWeightedAttention", p, {}, (layers) => {
      const { tokens } = layers[0];
      const total = new Float64Array(tokens * tokens);
      for (const layer of layers) {
        const { valueNorms } = layer;
        if (valueNorms === undefined)
          throw new UnsupportedOperationError(
            "valueWeightedAttention(): expected heads with values of their own, got values that heads share",
          );
        overHeads(layer, (i, head, key) => layer.weights[i] * valueNorms[head * tokens + key]).forEach(
          (value, i) => {
            total[i] += value / layers.length;
          },
        );
      }
      return total;
    }),
);
