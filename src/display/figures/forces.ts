/** Forces of a data set: what pushes each score up and down, example beside example. */

import { signColours } from "../contributions";
import { evenly, featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BoxPanel } from "../figure-description";
import { notFiniteNotes } from "../map-scales";
import { readable, signed } from "../text";

const FEATURES = 6;
/** Columns: narrower ones could not be pointed at. */
const MOST_COLUMNS = 100;
const WIDTH = 600;

/**
 * The forces of many examples side by side, by score: what adds stands under F(x), and what takes away over it.
 *
 * The six features of largest mean magnitude, the rest together. Of more than 100 examples those are drawn that divide the
 * scores evenly, which a note says. Throws when the map has no score of a baseline.
 */
export const forces: DefinedFigure = defineFigure(
  {
    name: "forces",
    title: "Forces of a data set",
    shows:
      "What pushes each score up and down, a column per example, ordered by score: what adds stands under F(x), what takes away over it, so that the border of the two colours is the score. The strongest features are told apart by shades.",
    cannotShow:
      "More than six features, the rest of which are summed; and of more than 100 examples only some.",
    ...OVER_A_DATA_SET,
    needs: ["baselineScore"],
  },
  (scene) => {
    const { view, examples, options } = scene;
    const columns = featureColumns(scene);
    const kept = columns.slice(0, FEATURES);
    const rest = columns.slice(kept.length);
    const features = [
      ...kept,
      ...(rest.length > 0
        ? [
            {
              name: `sum of ${rest.length} others`,
              inputs: undefined,
              attributions: examples.map((_, e) =>
                rest.reduce((sum, { attributions }) => sum + attributions[e], 0),
              ),
            },
          ]
        : []),
    ];
    const byScore = examples
      .map((_, e) => e)
      .sort((a, b) => view.score[examples[a]] - view.score[examples[b]]);
    const order = evenly(byScore, MOST_COLUMNS);
    const boxes = order.flatMap((e, column) => {
      const ends = { up: view.score[examples[e]], down: view.score[examples[e]] };
      return features.flatMap(({ name, attributions, inputs }, f) => {
        const value = attributions[e];
        if (!Number.isFinite(value) || value === 0) return [];
        const side = value > 0 ? "down" : "up";
        const from = ends[side];
        ends[side] -= value;
        return [{ column, e, f, name, value, input: inputs?.[e], from, to: ends[side] }];
      });
    });
    const [down, up] = signColours([-1, 1], options.colormap);
    const number = (e: number) => `${examples[e]}`;
    const panel: BoxPanel = {
      kind: "boxes",
      title: "",
      caption: [],
      width: WIDTH,
      height: 260,
      left: boxes.map(({ column }) => column),
      right: boxes.map(({ column }) => column + 1),
      top: boxes.map(({ from }) => from),
      bottom: boxes.map(({ to }) => to),
      xLabel: `examples by score, from ${readable(view.score[examples[order[0]]])} to ${readable(view.score[examples[order[order.length - 1]]])}`,
      yLabel: view.explain,
      fills: boxes.map(({ value, f }) => shade(value > 0 ? up : down, f / features.length)),
      keys: [
        { name: "adds to the score", fill: up },
        { name: "takes from it", fill: down },
      ],
      references: [],
      hover: [
        { label: "feature", texts: boxes.map(({ name }) => name) },
        { label: "contribution", texts: boxes.map(({ value }) => signed(value, 4)) },
        ...(boxes.some(({ input }) => input !== undefined)
          ? [
              {
                label: "input",
                texts: boxes.map(({ input }) => (input === undefined ? "" : readable(input))),
              },
            ]
          : []),
        { label: "example", texts: boxes.map(({ e }) => number(e)) },
        { label: view.explain, texts: boxes.map(({ e }) => readable(view.score[examples[e]])) },
      ],
    };
    return {
      rows: [[panel]],
      notes: [
        ...(order.length < byScore.length
          ? [`${order.length} of ${byScore.length} examples, evenly by the rank of their scores.`]
          : []),
        ...notFiniteNotes(columns.map(({ attributions }) => attributions)),
      ],
    };
  },
);

/** The colour, lighter by a share: shades of one sign tell features apart. */
function shade(colour: string, share: number): string {
  const lighter = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16);
    return Math.round(value + (235 - value) * 0.75 * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${lighter(1)}${lighter(3)}${lighter(5)}`;
}
