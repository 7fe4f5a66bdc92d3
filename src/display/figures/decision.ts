/** Decision: the way of each example from the baseline to its score, feature by feature. */

import { rankScale } from "../colour";
import { evenly, featureColumns, OVER_A_DATA_SET } from "../data-set";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { PathPanel } from "../figure-description";
import { notFiniteNotes } from "../map-scales";
import { readable, shorten } from "../text";

const FEATURES = 14;
/** Lines that can be told from each other. */
const MOST_LINES = 60;

/**
 * A line per example from F(x′) at the bottom to F(x) at the top: each row adds its feature's attribution, the largest mean
 * magnitude on top.
 *
 * Of more than 60 examples those are drawn that divide the scores evenly. Begins at the mean of the baselines' scores;
 * each line ends at that plus the sum of its attributions. Throws when the map has no score of a baseline.
 */
export const decision: DefinedFigure = defineFigure(
  {
    name: "decision",
    title: "Decision",
    shows:
      "The way of each example to its score: a line from the baseline's score at the bottom, to which each row adds the attribution of its feature, the largest mean magnitude on top. Lines that run together and part in one row are told apart by that feature.",
    cannotShow: "An order in which the model works; and of more than 60 examples only some.",
    ...OVER_A_DATA_SET,
    needs: ["baselineScore"],
  },
  (scene) => {
    const { view, examples } = scene;
    const columns = featureColumns(scene);
    const kept = columns.slice(0, columns.length > FEATURES ? FEATURES - 1 : FEATURES);
    const rest = columns.slice(kept.length);
    const number = (value: number) => (Number.isFinite(value) ? value : 0);
    const steps = [
      ...kept.map(({ attributions }) => attributions),
      ...(rest.length > 0
        ? [examples.map((_, e) => rest.reduce((sum, { attributions }) => sum + number(attributions[e]), 0))]
        : []),
    ].reverse();
    const names = [
      ...kept.map(({ name }) => shorten(name, 34)),
      ...(rest.length > 0 ? [`sum of ${rest.length} others`] : []),
    ];
    const bases = examples.map((example) => view.baselineScore![example]);
    const base = bases.reduce((sum, value) => sum + value, 0) / bases.length;
    const byScore = examples
      .map((_, e) => e)
      .sort((a, b) => view.score[examples[a]] - view.score[examples[b]]);
    const order = evenly(byScore, MOST_LINES);
    const lines = order.map((e) => {
      const line = [base];
      for (const attributions of steps) line.push(line[line.length - 1] + number(attributions[e]));
      return line;
    });
    const scores = order.map((e) => view.score[examples[e]]);
    const [low, high] = [scores[0], scores[scores.length - 1]];
    const scale = {
      ...rankScale(`${view.explain} F(x)`),
      ...(high > low ? { low, high } : { constant: low }),
    };
    const panel: PathPanel = {
      kind: "paths",
      title: "",
      caption: [],
      width: 440,
      height: names.length * 26,
      rowNames: names,
      lines,
      values: scores,
      colour: "score",
      xLabel: view.explain,
      start: base,
      startLabel: `F(x′) = ${readable(base)}`,
      hover: [
        { label: "example", texts: order.map((e) => `${examples[e]}`) },
        { label: "target", texts: order.map((e) => view.target[examples[e]] ?? "") },
        { label: `${view.explain} F(x)`, texts: scores.map((score) => readable(score)) },
      ],
    };
    return {
      rows: [[panel]],
      colours: { score: scale },
      notes: [
        ...(order.length < byScore.length
          ? [`${order.length} of ${byScore.length} examples, evenly by the rank of their scores.`]
          : []),
        ...(new Set(bases).size > 1 ? ["Lines begin at the mean of the baselines' scores."] : []),
        ...notFiniteNotes(columns.map(({ attributions }) => attributions)),
      ],
    };
  },
);
