/** The metrics: one line per file. The exports that carry `meta` are the registry. */
export { type CompletenessOptions, completeness } from "./completeness";
export { passes } from "./passes";
export { signalToNoise } from "./signal-to-noise";
export { sparseness } from "./sparseness";
