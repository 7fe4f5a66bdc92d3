/** Maps of a data set: the columns of its features, and few entries that stand for many. */

import type { FigureMeta, FigureScene } from "./define-figure";
import { modalityOf } from "./modality";
import { entryNames, exampleOf } from "./part-grids";

/** Facts of a figure of all examples of a table. */
export const OVER_A_DATA_SET: Readonly<Pick<FigureMeta, "modalities" | "examples" | "max">> = {
  modalities: ["table"],
  examples: Number.POSITIVE_INFINITY,
  max: "examples (all)",
};

/** One feature over the examples of a data set. */
export interface FeatureColumn {
  readonly name: string;
  /** per example */
  readonly attributions: readonly number[];
  /** the input's values; absent where the map does not record them as they are explained */
  readonly inputs?: readonly number[];
  /** mean |attribution| of the finite ones */
  readonly magnitude: number;
}

/** The features of all parts, the largest mean magnitude first. */
export function featureColumns({
  parts,
  examples,
}: Pick<FigureScene, "parts" | "examples">): FeatureColumn[] {
  const columns = parts.flatMap((part): FeatureColumn[] => {
    const prefix = parts.length > 1 ? `${part.name} · ` : "";
    const rows = examples.map((example) => exampleOf(part.values, example));
    // The number of a token says nothing beside the token itself.
    const recorded = part.input?.data.length === part.values.data.length && modalityOf(part) !== "text";
    const inputs = recorded ? examples.map((example) => exampleOf(part.input!, example)) : undefined;
    return entryNames(part).map((name, i) => {
      const attributions = rows.map((row) => row[i]);
      const finite = attributions.filter(Number.isFinite);
      return {
        name: prefix + name,
        attributions,
        ...(inputs && { inputs: inputs.map((row) => row[i]) }),
        magnitude: finite.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, finite.length),
      };
    });
  });
  return columns
    .map((column, i) => ({ column, i }))
    .sort((a, b) => b.column.magnitude - a.column.magnitude || a.i - b.i)
    .map(({ column }) => column);
}

/**
 * Numbers of examples in groups of neighbours in `order`, at most `most` groups: the first and the last stand alone, so
 * that the extremes are drawn where they are.
 */
export function groupsOf(order: readonly number[], most: number): { groups: number[][]; size: number } {
  if (order.length <= most) return { groups: order.map((i) => [i]), size: 1 };
  const inner = order.slice(1, -1);
  const size = Math.ceil(inner.length / (most - 2));
  const groups = Array.from({ length: Math.ceil(inner.length / size) }, (_, k) =>
    inner.slice(k * size, (k + 1) * size),
  );
  return { groups: [[order[0]], ...groups, [order[order.length - 1]]], size };
}

/** The mean of some of the values. */
export function meanOf(values: readonly number[], indices: readonly number[]): number {
  return indices.reduce((sum, i) => sum + values[i], 0) / indices.length;
}

/** At most `most` of the items, evenly spread, the first and the last among them. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
