/** Heat map of many examples: features down, examples across. */

import { featureColumns, groupsOf, meanOf, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { MatrixPanel } from "../figure-description";
import { attributionLabel, mapScales } from "../map-scales";
import { readable, shorten } from "../text";

const FEATURES = 12;
/** Columns: narrower ones could not be pointed at. */
const MOST_COLUMNS = 140;

/**
 * The attributions of many examples as a heat map: a row per feature, the largest mean magnitude on top, a column per
 * example, ordered by score.
 *
 * Of more than 140 examples a column is the mean of neighbours, which a note says.
 */
export const examplesMap: DefinedFigure = defineFigure(
  {
    name: "examplesMap",
    title: "Heat map of examples",
    shows:
      "The attributions of a data set: one row per feature, the twelve of largest mean magnitude, one column per example, ordered by score from left to right.",
    cannotShow:
      "Single examples where there are more than 140: a column is then the mean of neighbours by score.",
    ...OVER_A_DATA_SET,
  },
  (scene) => {
    const { view, examples, options } = scene;
    const columns = featureColumns(scene);
    const kept = columns.slice(0, FEATURES);
    const scores = examples.map((example) => view.score[example]);
    const { groups, size } = groupsOf(
      scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]),
      MOST_COLUMNS,
    );
    const values = kept.map(({ attributions }) => groups.map((group) => meanOf(attributions, group)));
    const scales = mapScales([values.flat()], attributionLabel(view), options);
    const means = groups.map((group) => meanOf(scores, group));
    const numbers = groups.map((group) =>
      group.length === 1 ? `${examples[group[0]]}` : `${group.length} examples from ${examples[group[0]]}`,
    );
    const panel: MatrixPanel = {
      kind: "matrix",
      title: "",
      caption: [],
      width: Math.max(160, Math.min(560, groups.length * 40)),
      height: kept.length * 20,
      rowNames: kept.map(({ name }) => shorten(name, 34)),
      columns: groups.length,
      values: values.flat(),
      colour: scales.names[0],
      rowTitle: "feature",
      columnTitle: "place by score",
      valueLabel: "attribution",
      columnLabel: `examples by score, from ${readable(means[0])} to ${readable(means.at(-1)!)}`,
      columnHover: [
        { label: "example", texts: numbers },
        { label: view.explain, texts: means.map((score) => readable(score)) },
      ],
      hover: [],
      legend: true,
    };
    const hidden = columns.length - kept.length;
    return {
      rows: [[panel]],
      colours: scales.colours,
      notes: [
        ...(size > 1 ? [`Each column is the mean of up to ${size} examples of neighbouring scores.`] : []),
        ...(hidden > 0 ? [`${hidden} features of smaller mean magnitude not shown.`] : []),
        ...scales.notes,
      ],
    };
  },
);
