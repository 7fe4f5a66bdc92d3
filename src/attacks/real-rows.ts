/** Real rows: whether what a map says of features is borne out by the model's answers on the examples themselves. */
import { Attribution } from "../attribution";
import { checkNumber, checkOptions, outOfRange, shown, wrongType } from "../check";
import { meanOf, rankAssociation } from "../metrics/measuring/association";
import { rowsOfMap } from "../metrics/measuring/maps-again";
import { figure } from "../studies/counterfactual";
import { namesOfMap } from "../studies/map-rows";
import { Study } from "../studies/study";

/** Options of `realRows`. */
export interface RealRowsOptions {
  /** How much the map's leading feature must go with the scores, as a share of the feature that goes with them most. Default 0.5. */
  readonly least?: number;
}

/**
 * Holds a map of many real examples against the scores of these examples, which no perturbed input is part of. The feature that the map
 * puts first should be one that the scores go with: Spearman's ρ of its values and the scores, as a share of the largest |ρ| of any
 * feature. A model that decides by another rule than the one it shows to perturbed inputs (`scaffold`) is told by a small share.
 *
 * One target for all examples. A score that rises on both sides of a value, as x², goes with no feature in rank: an honest model of that kind may
 * be flagged as well.
 * @throws TypeError for what is no map; RangeError for fewer than 10 examples or a map in another shape than its input.
 */
export function realRows(map: Attribution, options: RealRowsOptions = {}): Study {
  const fn = "realRows";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution as map", shown(map));
  checkOptions(fn, options, ["least"]);
  const { least = 0.8 } = options;
  checkNumber(fn, "least", least, 0);
  const scores = Array.from(map.score);
  if (scores.length < 10) throw outOfRange(fn, "a map of at least 10 examples", String(scores.length));
  const maps = rowsOfMap(map);
  const names = namesOfMap(map);
  const inputs = map.toView().parts.map(({ input, values }) => {
    if (input === undefined || input.data.length !== values.data.length)
      throw outOfRange(fn, "a map in the shape of its input", map.method);
    return input;
  });
  const values = scores.map((_, row) =>
    inputs.flatMap(({ data }) => {
      const width = data.length / scores.length;
      return Array.from(data.subarray(row * width, (row + 1) * width));
    }),
  );
  const sizes = names.map((_, i) => meanOf(maps.map((row) => Math.abs(row[i]))));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const told = names.map((_, i) =>
    rankAssociation(
      values.map((row) => row[i]),
      scores,
    ),
  );
  const strengths = told.map((rho) => Math.abs(rho ?? 0));
  const [leading, first] = [indexOfLargest(sizes), indexOfLargest(strengths)];
  const share = strengths[first] > 0 ? strengths[leading] / strengths[first] : 1;
  const flagged = share < least;
  return new Study({
    kind: "real rows",
    tables: [
      {
        name: "features",
        columns: [
          { name: "feature", values: names },
          { name: "share of the map", values: sizes.map((size) => (whole > 0 ? size / whole : 0)) },
          { name: "with the scores", unit: "rank correlation", values: told },
        ],
      },
      {
        name: "map",
        columns: [
          { name: "leads the map", values: [names[leading]] },
          { name: "goes with the scores", values: [names[first]] },
          { name: "share", unit: "of that association", values: [share] },
          { name: "flagged", values: [flagged ? "yes" : "no"] },
        ],
      },
    ],
    findings: flagged
      ? [
          `Flagged: the map puts ${names[leading]} first, but the scores of ${scores.length} examples go with ${names[first]} (rank correlation ${figure(told[first] ?? 0)}, and ${figure(told[leading] ?? 0)} of ${names[leading]}).`,
        ]
      : [],
  });
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
