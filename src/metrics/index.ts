/** The metrics: one line per file. The exports that carry `meta` are the registry. */
export { type AverageDropOptions, averageDrop } from "./average-drop";
export { type AverageGainOptions, averageGain } from "./average-gain";
export { type AverageIncreaseOptions, averageIncrease } from "./average-increase";
export { type CompletenessOptions, completeness } from "./completeness";
export { type DeletionOptions, deletion } from "./deletion";
export { type FaithfulnessCorrelationOptions, faithfulnessCorrelation } from "./faithfulness-correlation";
export { type FaithfulnessEstimateOptions, faithfulnessEstimate } from "./faithfulness-estimate";
export { type InfidelityOptions, infidelity } from "./infidelity";
export { type InsertionOptions, insertion } from "./insertion";
export { type MonotonicityOptions, monotonicity } from "./monotonicity";
export { type MonotonicityCorrelationOptions, monotonicityCorrelation } from "./monotonicity-correlation";
export { passes } from "./passes";
export { type PixelFlippingOptions, pixelFlipping } from "./pixel-flipping";
export { type RegionPerturbationOptions, regionPerturbation } from "./region-perturbation";
export { type SelectivityOptions, selectivity } from "./selectivity";
export { type SensitivityNOptions, sensitivityN } from "./sensitivity-n";
export { signalToNoise } from "./signal-to-noise";
export { sparseness } from "./sparseness";
