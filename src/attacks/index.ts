/** Attacks on decisions and on maps, and what tells that one happened: one line per file. */
export { Attack } from "./attack";
export { type DetectOptions, detect } from "./detect";
export { type DetectionRatesOptions, detectionRates } from "./detection-rates";
export { type FgsmOptions, fgsm } from "./fgsm";
export { type LogitShiftOptions, logitShift } from "./logit-shift";
export { type ManipulateMapOptions, manipulateMap } from "./manipulate-map";
export { type MapChangeOptions, mapChange } from "./map-change";
export { type MaskedLogitsOptions, maskedLogits } from "./masked-logits";
export { type PgdOptions, pgd } from "./pgd";
export { type RealRowsOptions, realRows } from "./real-rows";
export { type RowRule, type ScaffoldOptions, scaffold } from "./scaffold";
