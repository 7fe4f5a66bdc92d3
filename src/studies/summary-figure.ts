/** Picture of a summary: a swarm of the examples of each class, one colour scale for all. */
import type { Attribution } from "../attribution";
import type { FigureDescription } from "../display";
import { beeswarm } from "../display/figures/beeswarm";
import { type MapView, viewOf } from "../display/map-view";
import { modalityOf } from "../display/modality";
import { takeRows } from "../tensor";

/** The panels of a summary; undefined of maps whose entries have positions, whose rows would be pixels. */
export function swarmsOf(
  maps: readonly Attribution[],
  classes: readonly string[],
  features: number,
): Pick<FigureDescription, "rows" | "colours"> | undefined {
  const view = viewOf("summary", maps.length === 1 ? maps[0] : maps);
  if (!view.parts.some((part) => modalityOf(part) === "table")) return undefined;
  const figures = [...new Set(classes)].map((label) => {
    const members = classes.flatMap((other, row) => (other === label ? [row] : []));
    const { rows, colours } = beeswarm.describe(viewOfRows(view, members), { features });
    return { rows: rows.map((panels) => panels.map((panel) => ({ ...panel, title: label }))), colours };
  });
  return {
    rows: figures.flatMap(({ rows }) => rows),
    colours: Object.assign({}, ...figures.map(({ colours }) => colours)),
  };
}

/** Some of the examples of a view. */
function viewOfRows({ path: _path, ...view }: MapView, members: readonly number[]): MapView {
  const pick = <T>(values: readonly T[]): T[] => members.map((row) => values[row]);
  const { baselineScore, convergenceDelta } = view;
  return {
    ...view,
    target: pick(view.target),
    score: pick(view.score),
    ...(baselineScore && { baselineScore: pick(baselineScore) }),
    ...(convergenceDelta && { convergenceDelta: pick(convergenceDelta) }),
    parts: view.parts.map(({ baseline: _baseline, standardError: _error, words: _words, ...part }) => ({
      ...part,
      values: takeRows(part.values, members),
      ...(part.input && { input: takeRows(part.input, members) }),
    })),
  };
}
