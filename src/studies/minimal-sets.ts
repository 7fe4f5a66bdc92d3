/** Minimal sets: the fewest features without which a net decides otherwise. */
import { Attribution } from "../attribution";
import { checkInteger, checkNumber, checkOptions, shown, wrongType } from "../check";
import type { Net } from "../engine";
import { classOf } from "../metrics/measuring/logits";
import { largestFirst, pointsOf, pointsWithout } from "../metrics/measuring/removal";
import { rowSize } from "../tensor";
import { nameSet } from "./counterfactual";
import { askAboutMap, MAP_QUESTION_OPTIONS, type MapQuestion, type MapQuestionOptions } from "./map-question";
import { Study } from "./study";

/** Features up to which all sets are tried. */
const MOST_EXACT = 12;
/** Sets of one example that a table lists. */
const MOST_LISTED = 20;
const ROWS_AT_ONCE = 512;

/** Options of `minimalSets`. */
export interface MinimalSetsOptions extends MapQuestionOptions {
  /** The decision is whether the explained score reaches this number. Default: the class of the largest logit. */
  readonly threshold?: number;
  /** Features up to which all sets are tried, at most 16. Default 12. */
  readonly exactUpTo?: number;
}

/** Decisions of an example without each of several sets of features. */
type Decide = (example: number, sets: readonly (readonly number[])[]) => Promise<number[]>;

/**
 * Sets of features without which the decision is another, and none of which can be left in. With up to 12 features all sets are tried:
 * the answer is every such set, the smallest first, whatever the map says. With more, the features go in the order of the map until the
 * decision flips, and come back one by one as far as it stays flipped: one set, minimal but perhaps not the smallest.
 *
 * ```ts
 * await minimalSets(net, map);
 * ```
 * @throws TypeError for what is no map, or an output that decides nothing when no `threshold` is given.
 */
export async function minimalSets(
  net: Net,
  map: Attribution,
  options: MinimalSetsOptions = {},
): Promise<Study> {
  const fn = "minimalSets";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution as map", shown(map));
  checkOptions(fn, options, ["threshold", "exactUpTo", ...MAP_QUESTION_OPTIONS]);
  const { threshold, exactUpTo = MOST_EXACT, ...asked } = options;
  if (threshold !== undefined) checkNumber(fn, "threshold", threshold, Number.NEGATIVE_INFINITY);
  checkInteger(fn, "exactUpTo", exactUpTo, 0, 16);
  if (threshold === undefined && map.explain === "output" && map.targetLabels.includes("output"))
    throw wrongType(fn, "a net with classes, or option threshold", "a net of one number");
  const decided = threshold === undefined ? { ...asked, explain: "logit" as const } : asked;
  const found = await askAboutMap(fn, net, map, decided, 2 ** Math.min(MOST_EXACT, 8), async (question) => {
    const { p, features, names } = question;
    const decide = decider(fn, question, threshold);
    const order = largestFirst(features.values);
    const exact = features.count <= exactUpTo;
    const rows: Found[] = [];
    for (let example = 0; example < p.examples; example++) {
      const [before] = await decide(example, [[]]);
      const sets = exact
        ? await allMinimal(features.count, before, (some) => decide(example, some))
        : await oneMinimal(order[example], before, (some) => decide(example, some));
      const after = await decide(example, sets);
      rows.push(...sets.map((set, i) => ({ example, set, names, exact, before, after: after[i] })));
    }
    return rows;
  });
  const word = (decision: number): string =>
    threshold === undefined ? `class ${decision}` : DECIDED[decision];
  const listed = map.score.flatMap((_, example) =>
    found.filter((row) => row.example === example).slice(0, MOST_LISTED),
  );
  return new Study({
    kind: "minimal sets",
    tables: [
      {
        name: "sets",
        columns: [
          { name: "example", values: listed.map(({ example }) => example) },
          { name: "without", values: listed.map(({ set, names }) => nameSet(set, names)) },
          { name: "features", values: listed.map(({ set }) => set.length) },
          { name: "decided", values: listed.map(({ before }) => word(before)) },
          { name: "then", values: listed.map(({ after }) => word(after)) },
          { name: "sought", values: listed.map(({ exact }) => (exact ? "all sets" : "by the map")) },
        ],
      },
    ],
    findings: map.score.map((_, example) => {
      const mine = found.filter((row) => row.example === example);
      const [first] = mine;
      if (first === undefined)
        return `Example ${example}: the decision stays the same without any of its features.`;
      const others = mine.length > 1 ? `, one of ${mine.length} minimal sets` : "";
      return `Example ${example}: without ${nameSet(first.set, first.names)} (${first.set.length} of ${first.names.length} features${others}) it is ${word(first.after)}, no more ${word(first.before)}.`;
    }),
  });
}

const DECIDED: readonly string[] = ["below the threshold", "at the threshold or above"];

interface Found {
  readonly example: number;
  readonly set: readonly number[];
  readonly names: readonly string[];
  readonly exact: boolean;
  readonly before: number;
  readonly after: number;
}

/** Decides sets in questions of some rows each. */
export function decider(fn: string, { p, features }: MapQuestion, threshold: number | undefined): Decide {
  return async (example, sets) => {
    const decisions: number[] = [];
    const point = pointsWithout(p, features, (copy) => {
      const hidden = new Uint8Array(features.count);
      for (const feature of sets[copy]) hidden[feature] = 1;
      return hidden;
    });
    for (let start = 0; start < sets.length; start += ROWS_AT_ONCE) {
      const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, sets.length - start) }, (_, k) => ({
        copy: start + k,
        example,
      }));
      const asked = pointsOf(p, rows, point);
      if (threshold !== undefined) {
        decisions.push(...Array.from(await p.score(asked), (score) => Number(score >= threshold)));
        continue;
      }
      const outputs = await p.output(asked);
      if (outputs.shape.length > 2)
        throw wrongType(fn, "one decision per example, or option threshold", shown(outputs));
      const width = rowSize(outputs);
      decisions.push(
        ...rows.map((_, k) => classOf(Float64Array.from(outputs.data.subarray(k * width, (k + 1) * width)))),
      );
    }
    return decisions;
  };
}

/** Every set without which the decision is another, and none of which can stay out: the smallest first. */
async function allMinimal(
  count: number,
  before: number,
  decide: (sets: readonly (readonly number[])[]) => Promise<number[]>,
): Promise<number[][]> {
  const minimal: number[][] = [];
  for (let size = 1; size <= count; size++) {
    const sets = subsetsOf(count, size).filter(
      (set) => !minimal.some((smaller) => smaller.every((feature) => set.includes(feature))),
    );
    const decisions = await decide(sets);
    minimal.push(...sets.filter((_, i) => decisions[i] !== before));
  }
  return minimal;
}

/** All sets of so many of the features, in their own order. */
export function subsetsOf(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: Math.max(0, count - from - size + 1) }, (_, i) => from + i).flatMap((first) =>
    subsetsOf(count, size - 1, first + 1).map((others) => [first, ...others]),
  );
}

/** One set: the first of an order that flip the decision, without those that need not be among them. */
async function oneMinimal(
  order: Uint32Array,
  before: number,
  decide: (sets: readonly (readonly number[])[]) => Promise<number[]>,
): Promise<number[][]> {
  const prefixes = Array.from(order, (_, k) => Array.from(order.subarray(0, k + 1)));
  const first = (await decide(prefixes)).findIndex((decision) => decision !== before);
  if (first < 0) return [];
  let set = prefixes[first];
  for (;;) {
    // The weakest come back first.
    const smaller = set.map((_, k) => set.filter((_, i) => i !== set.length - 1 - k));
    const next = (await decide(smaller)).findIndex((decision) => decision !== before);
    if (next < 0 || set.length === 1) return [set];
    set = smaller[next];
  }
}
