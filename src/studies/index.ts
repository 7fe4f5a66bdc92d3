/** Questions made of several attributions: one line per file. */
export { type AggregateOptions, aggregate } from "./aggregate";
export { type AgreementOptions, agreement } from "./agreement";
export {
  type AttentionBesideGradientOptions,
  attentionBesideGradient,
} from "./attention-beside-gradient";
export { type AttributeGenerationOptions, attributeGeneration } from "./attribute-generation";
export { type AxiomsOptions, axioms } from "./axioms";
export { type BaselineReportOptions, baselineReport } from "./baseline-report";
export { cite } from "./cite";
export { type ComparedMap, type CompareOptions, Comparison, compare } from "./compare";
export { type ConvergenceOptions, convergence } from "./convergence";
export { type CounterfactualOptions, counterfactual } from "./counterfactual";
export { type CurvatureOptions, curvature } from "./curvature";
export { type DiagnoseOptions, diagnose } from "./diagnose";
export { type Correction, type DifferenceOptions, difference } from "./difference";
export { type EvaluateOptions, type EvaluationState, evaluate } from "./evaluate";
export { Explorer, type ExplorerOptions, explorer } from "./explorer/explorer";
export { type HessianOptions, hessian } from "./hessian";
export { type IntegratedHessiansOptions, integratedHessians } from "./integrated-hessians";
export { type LagsOptions, lags } from "./lags";
export type { MapQuestionOptions } from "./map-question";
export type { Maps } from "./map-rows";
export { type MinimalSetsOptions, minimalSets } from "./minimal-sets";
export type { AskedOptions, ComparedOptions } from "./pairs";
export { planted, type ScorePlantedOptions, scorePlanted } from "./planted/planted";
export type { PlantedData, PlantedKind, PlantedOptions, PlantedTruth } from "./planted/planted-data";
export { type FeatureFreedom, type RecourseOptions, recourse } from "./recourse";
export { type ReportOptions, report } from "./report/report";
export type { CheckResult } from "./report/report-checks";
export type { Driver, ReportContents, ReportSection } from "./report/report-contents";
export { Report } from "./report/report-record";
export {
  type BorderRule,
  type CompletenessRule,
  checkRules,
  type FeatureRule,
  type MassRule,
  type Rule,
  type TopRule,
} from "./rules";
export { type ShapleyInteractionsOptions, shapleyInteractions } from "./shapley-interactions";
export { Study } from "./study";
export type {
  StudyColumn,
  StudyContents,
  StudyCurves,
  StudyDrawing,
  StudyMap,
  StudyMatrix,
  StudyTable,
} from "./study-contents";
export { type SummaryOptions, summary } from "./summary";
