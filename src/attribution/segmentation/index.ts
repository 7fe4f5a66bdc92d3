/** Segmentation: pictures divided into regions, whose numbers say which entries go together. */
export { type FelzenszwalbOptions, felzenszwalb } from "./felzenszwalb";
export type { Picture } from "./picture";
export { edgeShare, regionsAtScales, regionsOf } from "./scales";
export { SLIC_DEFAULTS, type SlicOptions, slic, slicLabels } from "./slic";
