/** Attributions that are made of attention: weights alone, or weights and their gradient. */
export { type AttentionFlowOptions, attentionFlow } from "./flow";
export { attentionRelevance } from "./relevance";
export { type AttentionRolloutOptions, attentionRollout } from "./rollout";
export type { AttentionOptions } from "./self-attention";
export { attentionTimesGradient } from "./times-gradient";
export { valueWeightedAttention } from "./value-weighted";
