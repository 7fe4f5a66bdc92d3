/** Options of metrics that hide patches in the order of a map. */
import type { OptionRule } from "../../attribution";
import type { Baseline } from "../../model/baseline";
import type { Explain } from "../../model/score";
import { baselineRule, explainRule, wholeOrFitting } from "./option-rules";

/** Patches, what stands in for them, and which score is looked at. */
export interface PatchOptions {
  /** Width of a patch, in positions. Default: 8, or a quarter of the largest extent where that is less. */
  readonly patchSize: number | undefined;
  /** Values in place of hidden ones. Default: the map's baseline, or "zeros" where it has none. */
  readonly baseline: Baseline | undefined;
  /** The logit, the probability or its logarithm. Default: as the map explains. */
  readonly explain: Explain | undefined;
}

/** Their rules. */
export const patchOptions: { readonly [Name in keyof PatchOptions]: OptionRule<PatchOptions[Name]> } = {
  patchSize: wholeOrFitting("patchSize"),
  baseline: baselineRule(),
  explain: explainRule(),
};
