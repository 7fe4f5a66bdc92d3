/** The figures: one line per file. The exports that `defineFigure` made are the registry. */
export { accumulation } from "./accumulation";
export { bars } from "./bars";
export { type BeeswarmOptions, beeswarm } from "./beeswarm";
export { channels } from "./channels";
export { type ComparisonOptions, compare } from "./comparison";
export { type DependenceOptions, dependence } from "./dependence";
export { distribution } from "./distribution";
export { examplesMap } from "./examples-map";
export { heatmap } from "./heatmap";
export { line } from "./line";
export { meanBars } from "./mean-bars";
export { overlay } from "./overlay";
export { slices } from "./slices";
export { tokens } from "./tokens";
export { waterfall } from "./waterfall";
