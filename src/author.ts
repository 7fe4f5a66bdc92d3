/** The tools of authors of methods, metrics and rules: paths, rules, wrappers, arithmetic over parts, random numbers. */
export { adaptivePath } from "./attribution/adaptive-path";
export { beneathLayer, layerChannels } from "./attribution/class-activation";
export { type Copies, withNoise } from "./attribution/noise";
export {
  checkPathOptions,
  type PathIntegral,
  type PathOptions,
  pathIntegral,
  pathOptions,
  pathOptionsInUse,
} from "./attribution/path-integral";
export { Problem } from "./attribution/problem";
export type {
  AtPoints,
  Budget,
  GradientAt,
  PathPoints,
  PathStep,
  ProblemState,
} from "./attribution/problem-state";
export { type WrapperMeta, wrapMethod } from "./attribution/wrapper";
export {
  epsilon,
  guided,
  plainGradient,
  type Row,
  type Rule,
  type RuleStep,
  rescale,
  type StepValues,
} from "./engine/rules";
export { minimumSteps, type Quadrature, quadrature, RULE_NAMES, type RuleName } from "./quadrature";
export { type Random, random } from "./random";
export { type AddedRows, RunningMoments, RunningSum } from "./running";
export * from "./tensor";
