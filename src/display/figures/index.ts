/** The figures: one line per file. The exports that `defineFigure` made are the registry. */
export { accumulation } from "./accumulation";
export { bars } from "./bars";
export { type ComparisonOptions, compare } from "./comparison";
export { distribution } from "./distribution";
export { heatmap } from "./heatmap";
export { line } from "./line";
export { overlay } from "./overlay";
export { tokens } from "./tokens";
export { waterfall } from "./waterfall";
