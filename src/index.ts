/** gradlens: which input features drove this prediction, and can the answer be trusted? */

// The methods.
export * from "./attr";

// A model, what is known about it, and what its layers compute.
export {
  asModel,
  type GraphModelLike,
  type LayersModelLike,
  type Net,
  type TensorModel,
  tap,
} from "./engine";
export type { BlackBoxFunction } from "./model/black-box";
export type {
  Axis,
  BackwardRule,
  Batch,
  Checked,
  CurvatureAnswer,
  CurvatureRequest,
  EngineChoice,
  EngineName,
  Facts,
  ForwardAnswer,
  ForwardRequest,
  GradientAnswer,
  GradientRequest,
  InputFact,
  LayerFact,
  Model,
  ModelRequest,
  NextRequest,
  OperationKind,
  OutputDescription,
  OutputFact,
  PathAnswer,
  PathRequest,
  Reference,
  Replacement,
  RuleRow,
  Vocabulary,
  WeightFact,
} from "./model/model";
export type { InputPlace, LayerName, LayerPlace, Place } from "./model/place";
export { type Activations, activations } from "./studies/activations";
export * from "./attention";
export { attention } from "./studies/attention";

// What is explained: a class, neurons, a loss, a weighted sum, a function.
export { type Neurons, type NeuronTarget, neuron, type Slice } from "./model/neuron";
export type { Explain, Head, ResolvedTarget, ScoreForm, TensorFunction } from "./model/score";
export { type BoxOptions, box, similarity } from "./model/function-targets";
export { type LossTarget, loss, type MaskTarget, mask, type Target } from "./model/target";

// Regions of a picture, for the option `groups`.
export { type FelzenszwalbOptions, felzenszwalb, type SlicOptions, slic } from "./attribution/segmentation";

export {
  type ContrastTarget,
  contrast,
  type QuantileTarget,
  quantile,
  type RegionTarget,
  region,
  type WeighedTarget,
} from "./model/weighed-targets";
export type { GivenPath } from "./attribution/given-path";
export type { NestedFeatures } from "./attribution/hierarchy";
export type { LrpPreset, LrpRules } from "./attribution/relevance-rules";
export type { LinearRule, RuleMatch } from "./engine/rules";

// What it is compared with, and along which path.
export {
  BASELINE_NAMES,
  type Baseline,
  type BaselineName,
} from "./model/baseline";
export { type DatasetBaseline, type DatasetOptions, dataset } from "./model/dataset";
export type { RuleName } from "./quadrature";

// What goes in and what comes out.
export type { ArrayInput, Input, TensorLike } from "./model/input";
export type { TextInput, Tokenizer, Tokens, TokenWords } from "./model/tokenizer";
export { type NdArray, type NestedArray, ndarray, type Parts, sliceRows, takeRows, view } from "./tensor";
export {
  type Again,
  Attribution,
  type AttributionPart,
  type AttributionPath,
  type AttributionRecord,
  type Details,
  type Passes,
  type Repeat,
} from "./attribution";
export { UnsupportedOperationError } from "./check";
export type { Host, Progress } from "./platform/host";
export { type Random, random } from "./random";

// Evidence: metrics of a map, and questions made of several.
export * as metrics from "./metrics";
export type * from "./metrics/metric";
export * as studies from "./studies";
export * as attacks from "./attacks";
export {
  aggregate,
  type AggregateOptions,
  agreement,
  attentionBesideGradient,
  attributeGeneration,
  axioms,
  baselineReport,
  cite,
  type ComparedMap,
  type CompareOptions,
  type Comparison,
  compare,
  convergence,
  counterfactual,
  curvature,
  diagnose,
  difference,
  evaluate,
  type Explorer,
  type ExplorerOptions,
  explorer,
  hessian,
  integratedHessians,
  lags,
  minimalSets,
  planted,
  type Report,
  recourse,
  report,
  scorePlanted,
  type Study,
  shapleyInteractions,
  summary,
} from "./studies";

// Pictures and files.
export * as display from "./display";
export * as io from "./io";

// Records that can be kept and verified, and rules that maps are held against.
export * as records from "./records";
export { checkRules } from "./studies/rules";

// Methods, metrics and figures of one's own.
export * as author from "./author";
export {
  type AnyMethod,
  type Axiom,
  type BaselineOptions,
  type CallOptions,
  type CommonOptions,
  type CompleteAttribution,
  defineMethod,
  type MapOf,
  type Method,
  type MethodKind,
  type MethodMeta,
  type OptionRule,
  type Reduce,
  type Reduction,
  type Solution,
  type Solve,
} from "./attribution";
export { type DefinedFigure, defineFigure, type FigureMeta, type FigureScene } from "./display";
export { defineMetric } from "./metrics/define-metric";
