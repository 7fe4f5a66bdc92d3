/** Backward rules: what replaces the plain gradient, written once for both engines. */
export { epsilon } from "./epsilon";
export { deconvolved, guided, softplusSmoothed } from "./guided";
export { type Composite, type RuleMatch, relevance } from "./lrp/composite";
export type { LinearRule, ResolvedRule } from "./lrp/linear-rules";
export { rescale } from "./rescale";
export { plainGradient, type Row, type Rule, type RuleStep, type StepValues } from "./step";
