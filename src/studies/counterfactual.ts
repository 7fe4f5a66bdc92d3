/** Counterfactual: what a map says would happen without its features, beside what does happen. */
import { Attribution } from "../attribution";
import type { Problem } from "../attribution/problem";
import { checkInteger, checkNumber, checkOptions, shown, wrongType } from "../check";
import type { Net } from "../engine";
import { meanOf } from "../metrics/measuring/association";
import type { MapFeatures } from "../metrics/measuring/map-features";
import { type Hidden, largestFirst, scoresWithout } from "../metrics/measuring/removal";
import { askAboutMap, MAP_QUESTION_OPTIONS, type MapQuestion, type MapQuestionOptions } from "./map-question";
import { Study } from "./study";

/** Options of `counterfactual`. */
export interface CounterfactualOptions extends MapQuestionOptions {
  /** The strongest features, which are hidden one by one and together. Default 5. */
  readonly k?: number;
  /** Difference between prediction and truth that counts, as a share of the largest change. Default 0.1. */
  readonly tolerance?: number;
}

/** A change that was tried. */
interface Change {
  readonly example: number;
  readonly features: string;
  readonly predicted: number;
  readonly measured: number;
  readonly agrees: boolean;
}

/**
 * Hides the features that a map calls important, one by one and together, and all the others, and compares the change of the score with
 * what the map predicts: −Σ a for a map whose parts add up to a score, Σ ∂F/∂x (x′ − x) for a gradient. A map of another unit
 * (sizes of gradients, class activations) predicts how strong single features are, up to one factor that fits best. A map is flagged where a
 * change differs by more than the tolerance; three standard errors of a sampled map are granted.
 *
 * No map of a linear net is flagged that keeps to one of these units; one of x · y or of "either, not both" always is, since no sum
 * of parts can say what two features do together.
 *
 * ```ts
 * const study = await counterfactual(net, map);
 * study.table("examples");   // which are flagged
 * ```
 * @throws TypeError for what is no map; RangeError for a baseline of one's own where the map was made with another.
 */
export async function counterfactual(
  net: Net,
  map: Attribution,
  options: CounterfactualOptions = {},
): Promise<Study> {
  const fn = "counterfactual";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution as map", shown(map));
  checkOptions(fn, options, ["k", "tolerance", ...MAP_QUESTION_OPTIONS]);
  const { k = 5, tolerance = 0.1, ...asked } = options;
  checkInteger(fn, "k", k, 1);
  checkNumber(fn, "tolerance", tolerance, 0);
  const unit = unitOf(map);
  const moves = unit === "gradient" || unit === "|gradient|";
  if (asked.baseline !== undefined && !moves)
    throw wrongType(fn, "the map's own baseline, which its numbers speak of", "another baseline");
  const changes = await askAboutMap(fn, net, map, asked, 2 * k + 1, async (question) => {
    const { p, features } = question;
    const effects = effectsOf(question, unit, question.own.values);
    const errors = effectsOf(question, unit, errorsOf(map, question));
    const order = largestFirst(effects.map((mine) => mine.map(Math.abs)));
    const count = Math.min(k, features.count);
    const sets = order.map((mine) => setsOf(mine, count, !isSize(unit)));
    const scores = await meanScoresWithout(p, features, sets);
    return sets.flatMap((mine, example) =>
      judged({
        example,
        sets: mine,
        names: question.names,
        whole: map.score[example],
        scores: scores[example],
        effects: scaledEffects(unit, map, example, effects[example]),
        errors: errors[example],
        unit,
        tolerance,
      }),
    );
  });
  const rows = map.score.map((_, example) => {
    const mine = changes.filter((change) => change.example === example);
    return { example, tried: mine.length, wrong: mine.filter(({ agrees }) => !agrees) };
  });
  return new Study({
    kind: "counterfactual",
    tables: [
      {
        name: "examples",
        columns: [
          { name: "example", values: rows.map(({ example }) => example) },
          { name: "changes tried", values: rows.map(({ tried }) => tried) },
          { name: "disagree", values: rows.map(({ wrong }) => wrong.length) },
          { name: "flagged", values: rows.map(({ wrong }) => (wrong.length > 0 ? "yes" : "no")) },
        ],
      },
      {
        name: "changes",
        columns: [
          { name: "example", values: changes.map(({ example }) => example) },
          { name: "hidden", values: changes.map(({ features }) => features) },
          { name: "predicted", unit: "score", values: changes.map(({ predicted }) => predicted) },
          { name: "measured", unit: "score", values: changes.map(({ measured }) => measured) },
          { name: "agree", values: changes.map(({ agrees }) => (agrees ? "yes" : "no")) },
        ],
      },
    ],
    findings: rows.flatMap(({ example, tried, wrong }) => {
      const [worst] = [...wrong].sort(
        (a, b) => Math.abs(b.predicted - b.measured) - Math.abs(a.predicted - a.measured),
      );
      return worst === undefined
        ? []
        : [
            `Flagged: example ${example}, where ${wrong.length} of ${tried} changes are not what the ${map.method} map predicts. Most of all, without ${worst.features} the score changes by ${figure(worst.measured)}, and not by ${figure(worst.predicted)}.`,
          ];
    }),
  });
}

type Unit = "score" | "share" | "gradient" | "|gradient|" | "magnitude";

/** Whether a unit tells the size of a change alone. */
function isSize(unit: Unit): boolean {
  return unit === "|gradient|" || unit === "magnitude";
}

/** F without sets of features, the mean over all baselines of a call: per example, per set. */
async function meanScoresWithout(
  p: Problem<object>,
  features: MapFeatures,
  sets: readonly (readonly (readonly number[])[])[],
): Promise<Float64Array[]> {
  const means = sets.map((mine) => new Float64Array(mine.length));
  const hidden: Hidden = (copy, row) => {
    const mask = new Uint8Array(features.count);
    for (const feature of sets[row][copy]) mask[feature] = 1;
    return mask;
  };
  for (const baseline of p.baselines) {
    const scores = await scoresWithout(p, features, sets[0].length, hidden, baseline);
    for (const [row, mine] of scores.entries())
      mine.forEach((score, copy) => {
        means[row][copy] += score / p.baselines.length;
      });
  }
  return means;
}

/** Meaning of a map's numbers, as far as a change can be told from them. */
function unitOf({ quantity, baselineScore, parts }: Attribution): Unit {
  const said = quantity.replace(/^(stable )?mean /, "");
  // Of a token's vector only a sum of shares is left to add up.
  if (parts.some(({ reduced }) => reduced && reduced.by !== "sum")) return "magnitude";
  if (said === "|gradient| of") return "|gradient|";
  if (/^(gradient|multipliers) of$/.test(said))
    return parts.some(({ reduced }) => reduced) ? "magnitude" : "gradient";
  if (/^(attribution to|effect of removal on|effect of occlusion on|relevance for)$/.test(said))
    return "score";
  return said === "share of the change of" && baselineScore ? "share" : "magnitude";
}

/**
 * What each feature adds to the score, as numbers of the map tell it: their sum over the feature's entries, of a gradient times x − x′.
 * @param numbers one per number of the map, per example.
 */
function effectsOf(
  { p, features, own }: MapQuestion,
  unit: Unit,
  numbers: readonly Float64Array[],
): Float64Array[] {
  return numbers.map((mine, row) => {
    const sums = new Float64Array(features.count);
    p.x.forEach(({ data: x }, place) => {
      const of = features.of[place];
      for (let i = 0; i < of.length; i++) {
        const number = own.of[place][i];
        const at = row * of.length + i;
        const absent = meanOf(p.baselines.map((baseline) => baseline[place].data[at]));
        const move = x[at] - absent;
        const times =
          unit === "gradient" ? move : unit === "|gradient|" ? Math.abs(move) : 1 / own.sizes[number];
        sums[of[i]] += mine[number] * times;
      }
    });
    return sums;
  });
}

/** Standard errors of a map's numbers; zeros where none were told. */
function errorsOf(map: Attribution, { own }: MapQuestion): Float64Array[] {
  const { parts } = map.toView();
  return own.values.map((mine, row) => {
    const errors = Float64Array.from(
      parts.flatMap(({ values: { data }, standardError }) => {
        const width = data.length / map.score.length;
        return Array.from(
          standardError?.data.subarray(row * width, (row + 1) * width) ?? new Float64Array(width),
        );
      }),
    );
    return errors.length === mine.length ? errors : new Float64Array(mine.length);
  });
}

/** The strongest features one by one, then two, three … of them together, then all the others. */
function setsOf(order: Uint32Array, k: number, together: boolean): number[][] {
  const single = Array.from(order.subarray(0, k), (feature) => [feature]);
  if (!together) return single;
  const joined = Array.from({ length: k - 1 }, (_, i) => Array.from(order.subarray(0, i + 2)));
  const rest = Array.from(order.subarray(k));
  return [...single, ...joined, ...(rest.length > 0 ? [rest] : [])];
}

function scaledEffects(unit: Unit, map: Attribution, example: number, effects: Float64Array): Float64Array {
  const from = map.baselineScore?.[example];
  return unit === "share" && from !== undefined
    ? effects.map((share) => share * (map.score[example] - from))
    : effects;
}

interface Tried {
  readonly example: number;
  readonly sets: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly whole: number;
  readonly scores: Float64Array;
  readonly effects: Float64Array;
  readonly errors: Float64Array;
  readonly unit: Unit;
  readonly tolerance: number;
}

function judged({ example, sets, names, whole, scores, effects, errors, unit, tolerance }: Tried): Change[] {
  const sizes = isSize(unit);
  const measured = Array.from(scores, (score) => (sizes ? Math.abs(score - whole) : score - whole));
  const told = sets.map((set) => -set.reduce((sum, feature) => sum + effects[feature], 0));
  const factor = sizes ? bestFactor(told.map(Math.abs), measured) : 1;
  const predicted = told.map((value) => (sizes ? factor * Math.abs(value) : value));
  const largest = [...predicted, ...measured].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return sets.map((set, i) => {
    const error = Math.sqrt(set.reduce((sum, feature) => sum + errors[feature] ** 2, 0));
    // Scores are of single precision.
    const granted = tolerance * largest + 3 * error + 1e-5 * Math.abs(whole);
    return {
      example,
      features: nameSet(set, names),
      predicted: predicted[i],
      measured: measured[i],
      agrees: Math.abs(predicted[i] - measured[i]) <= granted,
    };
  });
}

/** The factor by which one list comes nearest to another, by least squares. */
function bestFactor(from: readonly number[], to: readonly number[]): number {
  const squares = from.reduce((sum, value) => sum + value * value, 0);
  return squares === 0 ? 0 : from.reduce((sum, value, i) => sum + value * to[i], 0) / squares;
}

/** Features by name; of many the first and their count. */
export function nameSet(set: readonly number[], names: readonly string[]): string {
  const most = 8;
  const listed = set.slice(0, most).map((feature) => names[feature]);
  return set.length > most ? `${listed.join(", ")} and ${set.length - most} more` : listed.join(", ");
}

/** A number in a sentence. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toString().replace(/^-/, "−");
}
