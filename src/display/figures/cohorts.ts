/** Cohorts: how much each feature moves the scores of several groups of examples. */

import { outOfRange, shown, wrongType } from "../../check";
import { featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure, type FigureScene } from "../define-figure";
import type { BoxPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { readable, shorten, signed } from "../text";

const FEATURES = 10;
const MOST_GROUPS = 6;
/** Told apart by colour-blind readers, on light and on dark pages. */
const FILLS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5", "#b8a226", "#7f7f7f"];

/** Options of the cohorts beside those of all figures. */
export interface CohortOptions {
  /** the group of each example of the map; their targets where not said, or halves by score where all have one */
  groups: readonly string[] | undefined;
}

/**
 * The mean magnitude of each feature's attribution in groups of examples, side by side, the largest overall on top.
 *
 * `groups` (their targets, or halves by score) names the group of each example; at most six. Ten features at most.
 */
export const cohorts: DefinedFigure<CohortOptions> = defineFigure(
  {
    name: "cohorts",
    title: "Bars of cohorts",
    shows:
      "The mean magnitude of each feature's attribution in groups of examples: what moves the scores of one group and not of another. Groups are those of `groups`, else the targets, else halves by score.",
    cannotShow: "Whether a difference between groups is more than chance; few examples differ by it.",
    ...OVER_A_DATA_SET,
    options: {
      groups: {
        default: undefined,
        check: (fn, value): readonly string[] => {
          if (!Array.isArray(value) || !value.every((name) => typeof name === "string"))
            throw wrongType(fn, "groups to be one name per example", shown(value));
          return value;
        },
        says: "name of the group of each example of the map",
      },
    },
  },
  (scene) => {
    const groups = groupsOf(scene);
    const columns = featureColumns(scene);
    const kept = columns.slice(0, FEATURES);
    const hidden = columns.length - kept.length;
    const height = 0.8 / groups.length;
    const boxes = kept.flatMap(({ attributions }, row) =>
      groups.map(({ members }, g) => {
        const finite = members.map((e) => attributions[e]).filter(Number.isFinite);
        const mean = (of: (value: number) => number) =>
          finite.reduce((sum, value) => sum + of(value), 0) / Math.max(1, finite.length);
        return {
          row,
          g,
          magnitude: mean(Math.abs),
          mean: mean((value) => value),
          top: row - 0.4 + g * height,
        };
      }),
    );
    const label = attributionLabel(scene.view);
    const panel: BoxPanel = {
      kind: "boxes",
      title: "",
      caption: [],
      width: 400,
      height: kept.length * Math.max(24, 12 * groups.length + 8),
      left: boxes.map(() => 0),
      right: boxes.map(({ magnitude }) => magnitude),
      top: boxes.map(({ top }) => top),
      bottom: boxes.map(({ top }) => top + height),
      rowNames: kept.map(({ name }) => shorten(name, 34)),
      xLabel: `mean |${label}|`,
      yLabel: "",
      fills: boxes.map(({ g }) => FILLS[g]),
      keys: groups.map(({ name, members }, g) => ({
        name: `${shorten(name, 28)} (${members.length})`,
        fill: FILLS[g],
      })),
      references: [],
      hover: [
        { label: "feature", texts: boxes.map(({ row }) => kept[row].name) },
        { label: "group", texts: boxes.map(({ g }) => groups[g].name) },
        { label: "mean magnitude", texts: boxes.map(({ magnitude }) => readable(magnitude)) },
        { label: "mean with sign", texts: boxes.map(({ mean }) => signed(mean, 4)) },
        { label: "examples", texts: boxes.map(({ g }) => readable(groups[g].members.length, 7)) },
      ],
    };
    return {
      rows: [[panel]],
      notes: [
        ...(hidden > 0 ? [`${hidden} features of smaller mean magnitude not shown.`] : []),
        ...notFiniteNotes(kept.map(({ attributions }) => attributions)),
      ],
    };
  },
);

/** Groups with the places of their examples among those shown. */
function groupsOf({
  view,
  examples,
  options,
}: FigureScene<CohortOptions>): { name: string; members: number[] }[] {
  const { groups } = options;
  if (groups && groups.length !== view.score.length)
    throw outOfRange("cohorts", `${view.score.length} groups, one per example`, `${groups.length}`);
  const names = examples.map((example) => (groups ?? view.target)[example]);
  const all = [...new Set(names)];
  if (all.length > MOST_GROUPS)
    throw outOfRange("cohorts", `at most ${MOST_GROUPS} groups (option groups names them)`, `${all.length}`);
  if (groups || all.length > 1)
    return all.map((name) => ({ name, members: names.flatMap((own, e) => (own === name ? [e] : [])) }));
  const scores = examples.map((example) => view.score[example]);
  const middle = [...scores].sort((a, b) => a - b)[scores.length >> 1];
  const half = (of: (score: number) => boolean) => scores.flatMap((score, e) => (of(score) ? [e] : []));
  return [
    { name: `${view.explain} below ${readable(middle)}`, members: half((score) => score < middle) },
    { name: `${view.explain} of ${readable(middle)} and more`, members: half((score) => !(score < middle)) },
  ].filter(({ members }) => members.length > 0);
}
