/** Signal to noise: how far the largest attribution stands out. */
import { defineMetric } from "./define-metric";
import type { Metric } from "./metric";

/** max |a| / mean |a| of each example. 1 where all entries are as large, n where one of n is all there is; 0 for a zero map. */
export const signalToNoise: Metric = defineMetric(
  {
    name: "signalToNoise",
    label: "SNR",
    direction: "none",
    range: [0, Number.POSITIVE_INFINITY],
    shows: "High: concentrated on few features; low: diffuse.",
    cannotShow: "A map may be concentrated on the wrong features.",
  },
  ({ entries, examples }) =>
    Array.from({ length: examples }, (_, row) => {
      const magnitudes = entries(row).map(Math.abs);
      const mean = magnitudes.reduce((sum, a) => sum + a, 0) / magnitudes.length;
      return mean === 0 ? 0 : magnitudes.reduce((largest, a) => Math.max(largest, a), 0) / mean;
    }),
);
