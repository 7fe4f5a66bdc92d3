/** The metrics of Quantus 0.6.0 with ours beside them, for docs/metrics.md. */
import { registry } from "../metrics/registry";
import { table } from "./generated-page";

/** Name there, name here, how they compare. */
const ROWS: readonly (readonly [string, string, string])[] = [
  ["Completeness", "completeness", "a distance from F(x) − F(x′); there true only where floats are equal"],
  ["NonSensitivity", "nonSensitivity", 'the same by `form: "count"`'],
  ["InputInvariance", "inputInvariance", "a relative distance; there true only where floats are equal"],
  ["Complexity", "complexity", "the same"],
  [
    "EffectiveComplexity",
    "effectiveComplexity",
    "the same for one example; there divided by the largest entry of the whole batch",
  ],
  ["Sparseness", "sparseness", "the same"],
  ["FaithfulnessCorrelation", "faithfulnessCorrelation", "the same within the error of the samples"],
  ["FaithfulnessEstimate", "faithfulnessEstimate", "the same by `featuresInStep: 1`"],
  [
    "Infidelity",
    "infidelity",
    "random subsets or noise, as the paper and Captum; there squares of the picture",
  ],
  ["IROF", "irof", "the same definition, another segmentation"],
  [
    "Monotonicity",
    "monotonicity",
    "a share of steps; there the baseline is put into the baseline, and every map is monotone",
  ],
  [
    "MonotonicityCorrelation",
    "monotonicityCorrelation",
    "the same definition, drawn between the example's extremes",
  ],
  ["PixelFlipping", "pixelFlipping", 'the same by `form: "quantus"`'],
  ["RegionPerturbation", "regionPerturbation", "the mean over the curve (AOPC); there the curve"],
  ["ROAD", "road", "per example; there of the first batch alone"],
  ["Selectivity", "selectivity", "the same curve, with its area"],
  [
    "SensitivityN",
    "sensitivityN",
    "random subsets of one example, as the paper; there over the examples of the first batch",
  ],
  ["Sufficiency", "sufficiency", "other examples alone; there an example counts as its own neighbour"],
  [
    "AttributionLocalisation",
    "attributionLocalisation",
    "the same; `weighted` by the size of one picture, not of a batch",
  ],
  ["AUC", "auc", "the same"],
  ["Focus", "focus", "the same ratio, with the mosaic's part as mask"],
  ["PointingGame", "pointingGame", "the same; undefined for an empty mask, which is a hit there"],
  ["RelevanceMassAccuracy", "relevanceMassAccuracy", "the same"],
  ["RelevanceRankAccuracy", "relevanceRankAccuracy", "the same"],
  ["TopKIntersection", "topKIntersection", "the same"],
  ["EfficientMPRT", "efficientMprt", "the same definition, another draw of weights"],
  ["MPRT", "mprt", "the mean over layers; there with the map's likeness to itself, which is 1"],
  ["RandomLogit", "randomLogit", "a correlation; there structural similarity"],
  ["SmoothMPRT", "smoothMprt", "the same definition, another draw of weights"],
  ["AvgSensitivity", "avgSensitivity", "the same definition, another draw of noise"],
  ["Consistency", "consistency", "the same definition"],
  [
    "Continuity",
    "continuity",
    "the steepest change over translations, as the paper; there a correlation over patches",
  ],
  ["LocalLipschitzEstimate", "localLipschitzEstimate", 'the same definition by `noise: "normal"`'],
  ["MaxSensitivity", "maxSensitivity", "the same definition, another draw of noise"],
  ["RelativeInputStability", "relativeInputStability", "the same definition, another draw of noise"],
  ["RelativeOutputStability", "relativeOutputStability", "the same definition, another draw of noise"],
  [
    "RelativeRepresentationStability",
    "relativeRepresentationStability",
    "the same definition, another draw of noise",
  ],
];

const INTRODUCTION = `## Beside Quantus

Every metric of Quantus 0.6.0, by its name there. Where it says "the same", \`tests/metrics/quantus.test.ts\` compares the
values of four models and three maps; the others share the definition, or take the paper's.`;

/** @throws Error when a row names no metric of the registry. */
export function quantusTable(): string {
  const known = new Set(registry.map(([name]) => name));
  const missing = ROWS.filter(([, ours]) => !known.has(ours)).map(([theirs]) => theirs);
  if (missing.length > 0) throw new Error(`no metric beside ${missing.join(", ")}`);
  return `${INTRODUCTION}\n\n${table(
    ["Quantus", "gradlens", "how they compare"],
    ROWS.map(([theirs, ours, how]) => [theirs, `[${ours}](#${ours.toLowerCase()})`, how]),
  )}`;
}
