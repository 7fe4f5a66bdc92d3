/** Group difference: which features are credited more in one group of examples than in the others. */

import { nearest, outOfRange, shown, wrongType } from "../../check";
import { signColours } from "../contributions";
import { featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import { type ExampleGroup, GROUPS, type GroupOptions, groupsOfExamples } from "../example-groups";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { ERRORS_DRAWN } from "../sampling-error";
import { readable, shorten, signed } from "../text";

const FEATURES = 20;

/** Options of the group difference beside those of all figures. */
export interface GroupDifferenceOptions extends GroupOptions {
  /** the group that is held against all others; that of the largest mean score where not said */
  group: string | undefined;
}

/**
 * The difference of a feature's mean attribution between one group of examples and all others, feature by feature.
 *
 * d = ā₁ − ā₂; the thin line is two standard errors on either side, s = √(v₁/n₁ + v₂/n₂) with the variances v of the groups
 * (Welch 1947). Summed over all features d is the difference of the mean scores, where the attributions add up to them.
 *
 * `groups` (their targets, or halves by score) names the group of each example, `group` (that of the largest mean score) the one
 * that is held against the others. At most `max` (20) features, the largest |d| first.
 * Throws when all examples are in one group.
 */
export const groupDifference: DefinedFigure<GroupDifferenceOptions> = defineFigure(
  {
    name: "groupDifference",
    title: "Difference of groups",
    shows:
      "How much more, or less, each feature adds on average in one group of examples than in all others, with two standard errors on either side. A line that crosses zero is a difference that chance explains.",
    cannotShow:
      "Why the groups differ: their inputs may, or what the model makes of the same inputs. Of many features some cross no zero by chance alone.",
    ...OVER_A_DATA_SET,
    max: "features (20)",
    options: {
      groups: GROUPS,
      group: {
        default: undefined,
        check: (fn, value): string => {
          if (typeof value !== "string") throw wrongType(fn, "group to be a name", shown(value));
          return value;
        },
        says: "the group that is held against all others; that of the largest mean score where not said",
      },
    },
  },
  (scene) => {
    // `max` counts features here: all examples are read.
    const examples = scene.view.score.map((_, example) => example);
    const all = { ...scene, examples };
    const [one, others] = sidesOf(
      groupsOfExamples("groupDifference", all),
      scene.view.score,
      scene.options.group,
    );
    const columns = featureColumns(all);
    const differences = columns
      .map(({ name, attributions }) => {
        const [first, second] = [one, others].map(({ members }) => momentsOf(members, attributions));
        return {
          name,
          attributions,
          first,
          second,
          difference: first.mean - second.mean,
          error: ERRORS_DRAWN * Math.sqrt(first.variance / first.count + second.variance / second.count),
        };
      })
      .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
    const kept = differences.slice(0, scene.options.max ?? FEATURES);
    const hidden = differences.length - kept.length;
    return {
      rows: [
        [
          {
            kind: "bars",
            title: "",
            caption: [],
            width: 380,
            height: kept.length * 22,
            labels: kept.map(({ name }) => shorten(name, 34)),
            values: kept.map(({ difference }) => difference),
            errors: kept.map(({ error }) => error),
            valueLabel: `difference of the mean ${attributionLabel(scene.view)}`,
            fills: signColours(
              kept.map(({ difference }) => difference),
              scene.options.colormap,
            ),
            hover: [
              { label: "feature", texts: kept.map(({ name }) => name) },
              { label: shorten(one.name, 28), texts: kept.map(({ first }) => signed(first.mean, 4)) },
              { label: shorten(others.name, 28), texts: kept.map(({ second }) => signed(second.mean, 4)) },
              { label: "two standard errors", texts: kept.map(({ error }) => readable(error)) },
            ],
          },
        ],
      ],
      notes: [
        `Mean of ${shorten(one.name, 40)} (${one.members.length} examples) less that of ${shorten(others.name, 40)} (${others.members.length}).`,
        "Thin lines: two standard errors of the difference on either side.",
        ...(hidden > 0 ? [`${hidden} features of smaller difference not shown: option max shows more.`] : []),
        ...notFiniteNotes(kept.map(({ attributions }) => attributions)),
      ],
    };
  },
);

/** One group, and all others together. */
function sidesOf(
  groups: readonly ExampleGroup[],
  scores: readonly number[],
  name: string | undefined,
): [ExampleGroup, ExampleGroup] {
  const names = groups.map((group) => group.name);
  if (groups.length < 2)
    throw outOfRange("groupDifference", "examples of two groups or more (option groups)", `${groups.length}`);
  const meanScore = ({ members }: ExampleGroup) => momentsOf(members, scores).mean;
  const chosen =
    name === undefined
      ? groups.reduce((most, group) => (meanScore(group) > meanScore(most) ? group : most))
      : groups.find((group) => group.name === name);
  if (!chosen) {
    const near = nearest(name ?? "", names).map((known) => `"${known}"`);
    throw outOfRange("groupDifference", `a group of the map (nearest: ${near.join(", ")})`, `"${name}"`);
  }
  const rest = groups.filter((group) => group !== chosen);
  return [
    chosen,
    {
      name: rest.length === 1 ? rest[0].name : "all others",
      members: rest.flatMap(({ members }) => members),
    },
  ];
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Σ(x − mean)² / (n − 1); zero of one value */
  readonly variance: number;
}

/** Of the finite values alone. */
function momentsOf(members: readonly number[], values: readonly number[]): Moments {
  const finite = members.map((e) => values[e]).filter(Number.isFinite);
  const count = Math.max(1, finite.length);
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, variance: squares / Math.max(1, count - 1) };
}
