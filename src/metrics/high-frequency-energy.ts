/** High-frequency energy: how much of a map lies in fine detail. */
import { defineMetric } from "./define-metric";
import { positionAxes } from "./measuring/neighbours";
import { atLeast } from "./measuring/option-rules";
import { spectrumAlong } from "./measuring/spectrum";
import type { Metric } from "./metric";

/** Options of `highFrequencyEnergy`. */
export interface HighFrequencyEnergyOptions {
  /** Frequency above which detail is fine, as a share of the highest that an axis has. */
  readonly cutoff: number;
}

/**
 * The share of Σ |â|² at frequencies above the cut-off along any axis of positions, â being the discrete Fourier transform of the
 * map without its mean; per example. Undefined for a constant map or one without positions.
 */
export const highFrequencyEnergy: Metric<HighFrequencyEnergyOptions> =
  defineMetric<HighFrequencyEnergyOptions>(
    {
      name: "highFrequencyEnergy",
      direction: "none",
      range: [0, 1],
      shows: "Near 1: the map is fine grain; near 0: it is made of large areas.",
      cannotShow:
        "Whether the grain is the model's or the method's: a model of fine detail has such a map by right.",
      options: { cutoff: atLeast("cutoff", 0.5) },
    },
    ({ map, examples, options }) => {
      const { parts } = map.toView();
      return Array.from({ length: examples }, (_, row) => {
        let [fine, all] = [0, 0];
        for (const part of parts) {
          const axes = positionAxes(part);
          if (axes.length === 0) continue;
          const { energy, frequency } = spectrumAlong(part.values, row, axes);
          energy.forEach((value, i) => {
            if (frequency[i] === 0) return;
            all += value;
            if (frequency[i] > options.cutoff) fine += value;
          });
        }
        return all < 1e-20 ? undefined : Math.min(1, fine / all);
      });
    },
  );
