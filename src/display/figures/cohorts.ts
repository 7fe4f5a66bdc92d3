/** Cohorts: how much each feature moves the scores of several groups of examples. */

import { featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import { GROUPS, type GroupOptions, groupsOfExamples } from "../example-groups";
import type { BoxPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { readable, shorten, signed } from "../text";

const FEATURES = 10;
/** Told apart by colour-blind readers, on light and on dark pages. */
const FILLS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5", "#b8a226", "#7f7f7f"];

/**
 * The mean magnitude of each feature's attribution in groups of examples, side by side, the largest overall on top.
 *
 * `groups` (their targets, or halves by score) names the group of each example; at most six. Ten features at most.
 */
export const cohorts: DefinedFigure<GroupOptions> = defineFigure(
  {
    name: "cohorts",
    title: "Bars of cohorts",
    shows:
      "The mean magnitude of each feature's attribution in groups of examples: what moves the scores of one group and not of another. Groups are those of `groups`, else the targets, else halves by score.",
    cannotShow: "Whether a difference between groups is more than chance; few examples differ by it.",
    ...OVER_A_DATA_SET,
    options: { groups: GROUPS },
  },
  (scene) => {
    const groups = groupsOfExamples("cohorts", scene);
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
