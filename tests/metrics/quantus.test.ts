import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type AnyMetric, metrics, ndarray, saliency } from "../../src";
import { withValues } from "./with-values";

/** Values of Quantus 0.6.0, made by golden/quantus_values.py: four models, three maps of each, the same weights and numbers here. */

interface Golden {
  readonly x: number[][];
  readonly mask: number[];
  readonly models: Record<
    string,
    {
      readonly weights: (number[] | number[][])[];
      readonly target: number[];
      readonly maps: Record<
        string,
        { readonly values: number[][]; readonly metrics: Record<string, number[] | number[][]> }
      >;
    }
  >;
}
const golden: Golden = JSON.parse(readFileSync(join(__dirname, "golden", "quantus-values.json"), "utf8"));

/** Activations behind each dense layer. */
const ACTIVATIONS: Record<string, ("relu" | "tanh" | "linear")[]> = {
  linear: ["linear"],
  relu: ["relu", "linear"],
  tanh: ["tanh", "linear"],
  deep: ["tanh", "relu", "linear"],
};

function netOf(name: string): tf.LayersModel {
  const { weights } = golden.models[name];
  const net = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [4, 4, 1] }),
      ...ACTIVATIONS[name].map((activation, i) =>
        tf.layers.dense({ units: weights[2 * i + 1].length, activation }),
      ),
    ],
  });
  net.setWeights(weights.map((values) => tf.tensor(values)));
  return net;
}

const { mask } = golden;
/** Ours beside theirs: the option that gives their definition, where that differs from ours. */
const BLACK = { baseline: "min" } as const;
const SAME: Record<string, AnyMetric> = {
  pixelFlipping: metrics.pixelFlipping.with({ ...BLACK, form: "quantus" }),
  faithfulnessEstimate: metrics.faithfulnessEstimate.with({ ...BLACK, featuresInStep: 1 }),
  complexity: metrics.complexity,
  sparseness: metrics.sparseness,
  effectiveComplexity: metrics.effectiveComplexity.with({ threshold: 0.2 }),
  nonSensitivity: metrics.nonSensitivity.with({ ...BLACK, form: "count" }),
  pointingGame: metrics.pointingGame.with({ mask: square() }),
  topKIntersection: metrics.topKIntersection.with({ mask: square(), k: 5 }),
  relevanceMassAccuracy: metrics.relevanceMassAccuracy.with({ mask: square() }),
  relevanceRankAccuracy: metrics.relevanceRankAccuracy.with({ mask: square() }),
  attributionLocalisation: metrics.attributionLocalisation.with({ mask: square() }),
  auc: metrics.auc.with({ mask: square() }),
};

function square(): number[][] {
  return [0, 1, 2, 3].map((row) => mask.slice(4 * row, 4 * row + 4));
}

describe.each(Object.keys(golden.models))("the %s model", (name) => {
  it.each(Object.keys(golden.models[name].maps))(
    "and its %s map have the values of Quantus",
    async (kind) => {
      const net = netOf(name);
      const { target, maps } = golden.models[name];
      const own = await saliency(net, ndarray(golden.x.flat(), [4, 4, 4, 1]), { target });
      const map = withValues(own, maps[kind].values);
      if (kind === "saliency")
        maps.saliency.values.flat().forEach((value, i) => {
          expect(own.values.data[i]).toBeCloseTo(value, 5);
        });
      for (const [metric, ours] of Object.entries(SAME)) {
        const { values } = await ours(net, map);
        maps[kind].metrics[metric].flat().forEach((value, row) => {
          const scale = Math.max(1, Math.abs(value));
          expect(Math.abs(values[row]! - value) / scale, `${metric} of example ${row}`).toBeLessThan(1e-5);
        });
      }
      net.dispose();
    },
  );

  it("is monotone for any map by Quantus, which puts the baseline back into the baseline, and not here", async () => {
    const { target, maps } = golden.models[name];
    for (const { metrics: theirs } of Object.values(maps))
      expect(theirs.monotonicity.flat()).toEqual([1, 1, 1, 1]);
    const net = netOf(name);
    const own = await saliency(net, ndarray(golden.x.flat(), [4, 4, 4, 1]), { target });
    const { values } = await metrics.monotonicity(net, withValues(own, maps.random.values), {
      form: "quantus",
      ...BLACK,
    });
    expect(values).toContain(0);
    net.dispose();
  });

  it("loses along patches what Quantus says, and has the area of that curve", async () => {
    const net = netOf(name);
    const { target, maps } = golden.models[name];
    const own = await saliency(net, ndarray(golden.x.flat(), [4, 4, 4, 1]), { target });
    for (const { values, metrics: theirs } of Object.values(maps)) {
      const { curve } = await metrics.selectivity(net, withValues(own, values), { ...BLACK, patchSize: 2 });
      const scores = curve!.values.flatMap((row) => row.slice(1));
      theirs.selectivity.flat().forEach((value, i) => {
        expect(scores[i]).toBeCloseTo(value, 5);
      });
    }
    net.dispose();
  });

  it("has the faithfulness correlation of Quantus within the error of its samples", async () => {
    const net = netOf(name);
    const { target, maps } = golden.models[name];
    const own = await saliency(net, ndarray(golden.x.flat(), [4, 4, 4, 1]), { target });
    for (const { values, metrics: theirs } of Object.values(maps)) {
      const ours = metrics.faithfulnessCorrelation.with({ ...BLACK, samples: 500, subsetSize: 4 });
      const found = await ours(net, withValues(own, values));
      theirs.faithfulnessCorrelation.flat().forEach((value, row) => {
        // Five standard errors of r from 500 and from 2000 samples.
        const error = 5 * (1 - value ** 2 + 0.01) * Math.sqrt(1 / 500 + 1 / 2000);
        expect(Math.abs(found.values[row]! - value)).toBeLessThan(error);
      });
    }
    net.dispose();
  });
});
