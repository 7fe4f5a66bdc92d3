/** Edge similarity: how much a map looks like the edges of the input, which owe nothing to the model. */
import type { PartView } from "../display/map-view";
import { rowSize, sizeOf } from "../tensor";
import { defineMetric } from "./define-metric";
import { rankAssociation } from "./measuring/association";
import { positionAxes } from "./measuring/neighbours";
import type { Metric } from "./metric";

/**
 * Spearman's ρ between |a| and the length of the input's gradient along its axes of positions, by central differences, both summed
 * over channels; per example. Undefined where either is constant, or the map has no positions or another size than its input.
 *
 * Adebayo et al.: Sanity Checks for Saliency Maps (2018), arXiv 1810.03292.
 */
export const edgeSimilarity: Metric = defineMetric(
  {
    name: "edgeSimilarity",
    paper: "Adebayo et al. 2018, arXiv 1810.03292",
    direction: "none",
    range: [-1, 1],
    shows: "Near 1: an edge detector would show the same picture without the model.",
    cannotShow:
      "A model that looks at edges has such a map by right: see whether it changes with the model's parameters.",
  },
  ({ map, examples }) => {
    const { parts } = map.toView();
    return Array.from({ length: examples }, (_, row) => {
      const [mine, edges]: [number[], number[]] = [[], []];
      for (const part of parts) {
        const found = edgesOf(part, row);
        if (found === undefined) continue;
        mine.push(...found.map.values());
        edges.push(...found.edges.values());
      }
      return mine.length === 0 ? undefined : rankAssociation(mine, edges);
    });
  },
);

/** |a| and the length of the input's gradient, by position. */
function edgesOf(
  part: PartView,
  example: number,
): { readonly map: Map<number, number>; readonly edges: Map<number, number> } | undefined {
  const { values, input } = part;
  const axes = positionAxes(part);
  if (axes.length === 0 || input === undefined || rowSize(input) !== rowSize(values)) return undefined;
  const shape = values.shape.slice(1);
  const first = example * rowSize(values);
  const [map, edges] = [new Map<number, number>(), new Map<number, number>()];
  for (let i = 0; i < rowSize(values); i++) {
    let [squares, position] = [0, 0];
    for (const axis of axes) {
      const stride = sizeOf(shape.slice(axis + 1));
      const at = Math.floor(i / stride) % shape[axis];
      position = position * shape[axis] + at;
      const back = input.data[first + i - (at > 0 ? stride : 0)];
      const ahead = input.data[first + i + (at < shape[axis] - 1 ? stride : 0)];
      squares += (ahead - back) ** 2;
    }
    map.set(position, (map.get(position) ?? 0) + Math.abs(values.data[first + i]));
    edges.set(position, (edges.get(position) ?? 0) + Math.sqrt(squares));
  }
  return { map, edges };
}
