/** Questions made of several attributions: one line per file. */
export { type ComparedMap, type CompareOptions, Comparison, compare } from "./compare";
