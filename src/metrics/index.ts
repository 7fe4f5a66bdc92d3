/** The metrics: one line per file. The exports that carry `meta` are the registry. */

export { type AicOptions, aic } from "./aic";
export { type AttributionLocalisationOptions, attributionLocalisation } from "./attribution-localisation";
export { type AucOptions, auc } from "./auc";
export { type AverageDropOptions, averageDrop } from "./average-drop";
export { type AverageGainOptions, averageGain } from "./average-gain";
export { type AverageIncreaseOptions, averageIncrease } from "./average-increase";
export { type AvgSensitivityOptions, avgSensitivity } from "./avg-sensitivity";
export { type CompletenessOptions, completeness } from "./completeness";
export { complexity } from "./complexity";
export { type ConsistencyOptions, consistency } from "./consistency";
export { type ContinuityOptions, continuity } from "./continuity";
export { type DeletionOptions, deletion } from "./deletion";
export { edgeSimilarity } from "./edge-similarity";
export { type EffectiveComplexityOptions, effectiveComplexity } from "./effective-complexity";
export { type EfficientMprtOptions, efficientMprt } from "./efficient-mprt";
export { type FaithfulnessCorrelationOptions, faithfulnessCorrelation } from "./faithfulness-correlation";
export { type FaithfulnessEstimateOptions, faithfulnessEstimate } from "./faithfulness-estimate";
export { type FocusOptions, focus } from "./focus";
export { type HighFrequencyEnergyOptions, highFrequencyEnergy } from "./high-frequency-energy";
export { type InfidelityOptions, infidelity } from "./infidelity";
export { type InputInvarianceOptions, inputInvariance } from "./input-invariance";
export { type InsertionOptions, insertion } from "./insertion";
export { type IrofOptions, irof } from "./irof";
export { type LocalLipschitzEstimateOptions, localLipschitzEstimate } from "./local-lipschitz-estimate";
export { type MaxSensitivityOptions, maxSensitivity } from "./max-sensitivity";
export { type MonotonicityOptions, monotonicity } from "./monotonicity";
export { type MonotonicityCorrelationOptions, monotonicityCorrelation } from "./monotonicity-correlation";
export { type MprtOptions, mprt } from "./mprt";
export { type NonSensitivityOptions, nonSensitivity } from "./non-sensitivity";
export { passes } from "./passes";
export { type PixelFlippingOptions, pixelFlipping } from "./pixel-flipping";
export { type PointingGameOptions, pointingGame } from "./pointing-game";
export { type RandomLogitOptions, randomLogit } from "./random-logit";
export { type RegionPerturbationOptions, regionPerturbation } from "./region-perturbation";
export { type RelativeInputStabilityOptions, relativeInputStability } from "./relative-input-stability";
export { type RelativeOutputStabilityOptions, relativeOutputStability } from "./relative-output-stability";
export {
  type RelativeRepresentationStabilityOptions,
  relativeRepresentationStability,
} from "./relative-representation-stability";
export { type RelevanceMassAccuracyOptions, relevanceMassAccuracy } from "./relevance-mass-accuracy";
export { type RelevanceRankAccuracyOptions, relevanceRankAccuracy } from "./relevance-rank-accuracy";
export { type RoadOptions, road } from "./road";
export { roughness } from "./roughness";
export { type SelectivityOptions, selectivity } from "./selectivity";
export { type SensitivityNOptions, sensitivityN } from "./sensitivity-n";
export { type SicOptions, sic } from "./sic";
export { signalToNoise } from "./signal-to-noise";
export { type SmoothMprtOptions, smoothMprt } from "./smooth-mprt";
export { sparseness } from "./sparseness";
export { type SufficiencyOptions, sufficiency } from "./sufficiency";
export { temporalCoherence } from "./temporal-coherence";
export { type TopKIntersectionOptions, topKIntersection } from "./top-k-intersection";
