/** The metrics by name: the exports of src/metrics that carry `meta`. */
import { type AnyMetric, metrics } from "../../src";

export const registry: [string, AnyMetric][] = Object.entries(metrics).filter(
  (entry): entry is [string, AnyMetric] => typeof entry[1] === "function" && "meta" in entry[1],
);
