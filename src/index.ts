/** gradlens: which input features drove this prediction, and can the answer be trusted? */

// Methods.
export * from "./attr";
// Results.
export * from "./attribution";
export {
  type AnyMethod,
  type Axiom,
  type BaselineOptions,
  type CommonOptions,
  defineMethod,
  type Method,
  type MethodMeta,
  type OptionRule,
  type Solution,
  type Solve,
} from "./attribution";
export { type Budget, Problem, type ProblemState } from "./attribution/problem";
export { UnsupportedOperationError } from "./check";
export * as display from "./display";
export { type DefinedFigure, defineFigure, type FigureMeta, type FigureScene } from "./display";
// A model, and what is known about it.
export {
  asModel,
  type GraphModelLike,
  type LayersModelLike,
  type Net,
  type TensorModel,
  tap,
} from "./engine";
export * as io from "./io";
export * as metrics from "./metrics";
export { defineMetric } from "./metrics/define-metric";
export type * from "./metrics/metric";
export {
  BASELINE_NAMES,
  type Baseline,
  type BaselineName,
  type DatasetBaseline,
  dataset,
} from "./model/baseline";
export type { ArrayInput, Input, TensorLike } from "./model/input";
export * from "./model/model";
export { type Neurons, type NeuronTarget, neuron, type Slice } from "./model/neuron";
export type { InputPlace, LayerName, LayerPlace, Place } from "./model/place";
export type { Explain, Head, ResolvedTarget, ScoreForm, TensorFunction } from "./model/score";
// What is explained, and compared with what.
export * from "./model/target";
export type { Host, Progress } from "./platform/host";
export { minimumSteps, type Quadrature, quadrature, RULE_NAMES, type RuleName } from "./quadrature";
export { type Random, random } from "./random";
// Questions made of several maps.
export * from "./studies";
export { activations } from "./studies/activations";
// Arrays, path rules, random numbers.
export * from "./tensor";
