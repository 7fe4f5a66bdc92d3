/** The metrics by name: the exports of src/metrics that carry `meta`. */
import { type AnyMetric, metrics } from "../../src";

export const registry: [string, AnyMetric][] = Object.entries(metrics).filter(
  (entry): entry is [string, AnyMetric] => typeof entry[1] === "function" && "meta" in entry[1],
);

/** Options with which a metric says something of four 4×4 images of two channels. */
export function optionsFor({ meta }: AnyMetric): Record<string, unknown> {
  if (meta.needs.includes("mask")) return { mask: [[1], [1], [0], [0]] };
  return {};
}
