/** gradlens: which input features drove this prediction, and can the answer be trusted? */

export { activations } from "./activations";
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
export { BASELINE_NAMES, type Baseline, type BaselineName, type DatasetBaseline, dataset } from "./baseline";
export { UnsupportedOperationError } from "./check";
export * as display from "./display";
// A model, and what is known about it.
export {
  asModel,
  type GraphModelLike,
  type LayersModelLike,
  type Net,
  type TensorModel,
  tap,
} from "./engine";
export type { Host, Progress } from "./host";
export type { ArrayInput, Input, TensorLike } from "./input";
export * as io from "./io";
export * from "./model";
export type { LayerName } from "./place";
export { type Budget, Problem, type ProblemState } from "./problem";
export { minimumSteps, type Quadrature, quadrature, RULE_NAMES, type RuleName } from "./quadrature";
export { type Random, random } from "./random";
// Questions made of several maps.
export * from "./studies";
// What is explained, and compared with what.
export * from "./target";
// Arrays, path rules, random numbers.
export * from "./tensor";
