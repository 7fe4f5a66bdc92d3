/** Options of metrics that hide features and look at the score. */
import type { OptionRule } from "../../attribution";
import { featureOptions, type Groups } from "../../attribution/features";
import type { Baseline } from "../../model/baseline";
import type { Explain } from "../../model/score";
import { baselineRule, explainRule } from "./option-rules";

/** What is hidden, what stands in for it, and which score is looked at. */
export interface RemovalOptions {
  /** Values in place of hidden ones. Default: the map's baseline, or "zeros" where it has none. */
  readonly baseline: Baseline | undefined;
  /** Features: "position" (all channels of a position together), "entry", or numbers in the shape of an example. */
  readonly groups: Groups;
  /** The logit, the probability or its logarithm. Default: as the map explains. */
  readonly explain: Explain | undefined;
}

/** Their rules. */
export function removalOptions(
  groups: Groups,
  explain?: Explain,
): { readonly [Name in keyof RemovalOptions]: OptionRule<RemovalOptions[Name]> } {
  return {
    baseline: baselineRule(),
    groups: { ...featureOptions.groups, default: groups },
    explain: explainRule(explain),
  };
}
