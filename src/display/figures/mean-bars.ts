/** Mean bars: how much each feature moves the scores of a data set. */

import { featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { readable, shorten } from "../text";

const FEATURES = 20;
const FILL = "#6b8fb5";

/**
 * The mean magnitude of each feature's attribution over the examples of a map, the largest first, at most 20.
 *
 * mean |a| over examples; unit: that of the score.
 */
export const meanBars: DefinedFigure = defineFigure(
  {
    name: "meanBars",
    title: "Mean bars",
    shows:
      "The mean magnitude of each feature's attribution over the examples, the largest first; at most 20.",
    cannotShow:
      "Directions, which differ from example to example, nor few examples of which a feature moves the score far.",
    ...OVER_A_DATA_SET,
  },
  (scene) => {
    const columns = featureColumns(scene);
    const kept = columns.slice(0, FEATURES);
    const hidden = columns.length - kept.length;
    const signs = kept.map(
      ({ attributions }) => attributions.filter((value) => value > 0).length / attributions.length,
    );
    return {
      rows: [
        [
          {
            kind: "bars",
            title: "",
            caption: [],
            width: 380,
            height: kept.length * 20,
            labels: kept.map(({ name }) => shorten(name, 34)),
            values: kept.map(({ magnitude }) => magnitude),
            valueLabel: `mean |${attributionLabel(scene.view)}|`,
            fills: kept.map(() => FILL),
            hover: [
              { label: "feature", texts: kept.map(({ name }) => name) },
              { label: "examples", texts: kept.map(({ attributions }) => readable(attributions.length, 7)) },
              { label: "positive in", texts: signs.map((share) => `${readable(100 * share, 3)} %`) },
            ],
          },
        ],
      ],
      notes: [
        ...(hidden > 0 ? [`${hidden} features of smaller mean magnitude not shown.`] : []),
        ...notFiniteNotes(kept.map(({ attributions }) => attributions)),
      ],
    };
  },
);
