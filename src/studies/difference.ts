/** Difference: between the maps of two groups, data sets or versions of a model, with what chance alone would do. */
import {
  checkBoolean,
  checkInteger,
  checkName,
  checkNumber,
  checkOptions,
  outOfRange,
  shown,
  wrongType,
} from "../check";
import { random } from "../random";
import { figure } from "./counterfactual";
import { type Maps, rowsOfMaps } from "./map-rows";
import { bootstrapIntervals, type Groups, permutationTest } from "./permutation-test";
import { Study } from "./study";

/** Ways in which many tests at once are corrected. */
export type Correction = "westfall-young" | "holm" | "benjamini-hochberg" | "none";
const CORRECTIONS: readonly Correction[] = ["westfall-young", "holm", "benjamini-hochberg", "none"];

/** Options of `difference`. */
export interface DifferenceOptions {
  /** Names of the two sides. Default: "A", "B". */
  readonly labels?: readonly [string, string];
  /** Whether row i of both is the same example, as of two versions of a model. Default false. */
  readonly paired?: boolean;
  /** What is compared: the values (default), or their magnitudes. */
  readonly compare?: "values" | "magnitudes";
  /** Default "westfall-young". */
  readonly correction?: Correction;
  /** Chance of one finding or more where there is nothing; of Benjamini–Hochberg the share of false ones. Default 0.05. */
  readonly level?: number;
  /** Permutations of the test, and resamples of the intervals. Default 1000. */
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * For each entry the mean of B less that of A, with a 95 % bootstrap interval, and the chance of such a difference when examples belong
 * to either side at random: a permutation test of Welch's t (paired: of the signs of the differences). Thousands of entries are tested
 * at once, so the chances are corrected: by default after Westfall and Young (step-down over the largest |t|), which knows how entries
 * move together; or by Holm, or Benjamini and Hochberg. A finding is an entry whose corrected chance is below `level`.
 *
 * "would be found" is the difference that a test of this size finds four times in five.
 *
 * ```ts
 * difference(mapsOfWomen, mapsOfMen, { labels: ["women", "men"] });
 * difference(mapsOfVersion1, mapsOfVersion2, { paired: true });
 * ```
 *
 * Westfall, Young: Resampling-Based Multiple Testing (1993).
 * @throws RangeError for fewer than two examples of a side, or maps of different sizes.
 */
export function difference(a: Maps, b: Maps, options: DifferenceOptions = {}): Study {
  const fn = "difference";
  checkOptions(fn, options, ["labels", "paired", "compare", "correction", "level", "resamples", "seed"]);
  const {
    labels = ["A", "B"],
    paired = false,
    compare = "values",
    correction = "westfall-young",
    level = 0.05,
    resamples = 1000,
    seed = 0,
  } = options;
  if (!Array.isArray(labels) || labels.length !== 2) throw wrongType(fn, "two labels", shown(labels));
  checkBoolean(fn, "paired", paired);
  checkName(fn, "compare", compare, ["values", "magnitudes"]);
  checkName(fn, "correction", correction, CORRECTIONS);
  checkNumber(fn, "level", level, 0, true);
  checkInteger(fn, "resamples", resamples, 100);
  checkInteger(fn, "seed", seed);
  const [first, second] = [rowsOfMaps(fn, "maps of A", a), rowsOfMaps(fn, "maps of B", b)];
  const width = first.names.length;
  if (second.names.length !== width)
    throw outOfRange(fn, `maps of ${width} entries, as those of A`, String(second.names.length));
  for (const { rows } of [first, second])
    if (rows.length < 2) throw outOfRange(fn, "at least two examples of each side", String(rows.length));
  if (paired && first.rows.length !== second.rows.length)
    throw outOfRange(
      fn,
      `${first.rows.length} examples of B, paired with those of A`,
      String(second.rows.length),
    );
  const prepared = ({ rows }: typeof first): Float64Array[] =>
    rows.map((row) => (compare === "values" ? row : row.map(Math.abs)));
  const groups: Groups = { a: prepared(first), b: prepared(second), paired };
  const test = permutationTest(groups, resamples, random(seed, 0xd1ff));
  const intervals = bootstrapIntervals(groups, resamples, random(seed, 0xb007));
  const chances = correctedOf(correction, test);
  const found = first.names.flatMap((_, entry) => (chances[entry] <= level ? [entry] : []));
  const reach = test.largest[Math.min(resamples - 1, Math.ceil((1 - level) * resamples))] + NORMAL_80;
  const column = (of: (entry: number) => number): number[] => first.names.map((_, entry) => of(entry));
  return new Study({
    kind: "difference",
    tables: [
      {
        name: "entries",
        columns: [
          { name: "entry", values: first.names },
          { name: `mean of ${labels[0]}`, values: column((entry) => test.means[0][entry]) },
          { name: `mean of ${labels[1]}`, values: column((entry) => test.means[1][entry]) },
          { name: "difference", values: column((entry) => test.differences[entry]) },
          { name: "from", unit: "95 %", values: column((entry) => intervals[entry][0]) },
          { name: "to", unit: "95 %", values: column((entry) => intervals[entry][1]) },
          { name: "chance", unit: "corrected", values: column((entry) => chances[entry]) },
          { name: "would be found", unit: "in 80 %", values: column((entry) => reach * test.errors[entry]) },
        ],
      },
      {
        name: "test",
        columns: [
          { name: `examples of ${labels[0]}`, values: [groups.a.length] },
          { name: `examples of ${labels[1]}`, values: [groups.b.length] },
          { name: "entries", values: [width] },
          { name: "correction", values: [correction] },
          { name: "level", values: [level] },
          { name: "findings", values: [found.length] },
        ],
      },
    ],
    findings:
      found.length === 0
        ? [
            `None of ${width} entries differs by more than chance (${correction}, level ${level}); smaller differences than those under "would be found" may be there.`,
          ]
        : found.map((entry) => {
            const [from, to] = intervals[entry];
            return `${first.names[entry]}: ${labels[1]} is ${test.differences[entry] > 0 ? "above" : "below"} ${labels[0]} by ${figure(Math.abs(test.differences[entry]))} (95 % from ${figure(from)} to ${figure(to)}; corrected chance ${figure(chances[entry])}).`;
          }),
  });
}

/** The value that a standard normal number stays below in 80 % of cases. */
const NORMAL_80 = 0.8416;

function correctedOf(
  correction: Correction,
  { chances, stepDown }: { readonly chances: Float64Array; readonly stepDown: Float64Array },
): Float64Array {
  if (correction === "westfall-young") return stepDown;
  if (correction === "none") return chances;
  const count = chances.length;
  const order = Uint32Array.from(chances, (_, i) => i).sort((i, j) => chances[i] - chances[j]);
  const corrected = new Float64Array(count);
  if (correction === "holm") {
    let most = 0;
    order.forEach((entry, rank) => {
      most = Math.max(most, Math.min(1, (count - rank) * chances[entry]));
      corrected[entry] = most;
    });
    return corrected;
  }
  let least = 1;
  for (let rank = count - 1; rank >= 0; rank--) {
    least = Math.min(least, (count / (rank + 1)) * chances[order[rank]]);
    corrected[order[rank]] = least;
  }
  return corrected;
}
