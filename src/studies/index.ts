/** Questions made of several attributions: one line per file. */
export { type AgreementOptions, agreement } from "./agreement";
export { type AxiomsOptions, axioms } from "./axioms";
export { type BaselineReportOptions, baselineReport } from "./baseline-report";
export { type ComparedMap, type CompareOptions, Comparison, compare } from "./compare";
export { type ConvergenceOptions, convergence } from "./convergence";
export { type DiagnoseOptions, diagnose } from "./diagnose";
export { type EvaluateOptions, type EvaluationState, evaluate } from "./evaluate";
export { Study, type StudyColumn, type StudyContents, type StudyCurves, type StudyTable } from "./study";
