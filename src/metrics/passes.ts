/** Passes: what a map cost. */
import { defineMetric } from "./define-metric";
import type { Metric } from "./metric";

/** Backward passes per example; of a method that asks for scores alone, forward passes. */
export const passes: Metric = defineMetric(
  {
    name: "passes",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    shows: "How many gradients of the model each example took, or scores where no gradient was asked for.",
    cannotShow: "It counts work, not quality; beside gradients, forward passes are cheaper and not counted.",
  },
  ({ map, examples }) =>
    new Array<number>(examples).fill((map.passes.backward || map.passes.forward) / examples),
);
