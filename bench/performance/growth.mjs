// How time and memory grow with the side of the image, the batch and the steps: ResNet-18, each point in a fresh process.

import { Contestant } from "./contest.mjs";

const BASE = { side: 64, batch: 1, steps: 50 };
const SERIES = {
  side: [32, 64, 96, 128, 192],
  batch: [1, 2, 4, 8, 16],
  steps: [10, 25, 50, 100, 200, 400],
};

/** Points { name, varied, value, ms, peakBytes } for each contestant; `question(side, batch)` makes nets and inputs. */
export async function measureGrowth(names, question, python) {
  const points = [];
  for (const [varied, values] of Object.entries(SERIES)) {
    for (const value of values) {
      const { side, batch, steps } = { ...BASE, [varied]: value };
      for (const name of names) {
        const contestant = new Contestant(name, python);
        try {
          await contestant.ask("load", question(side, batch));
          await contestant.ask("explain", { steps: 2 });
          const { times } = await contestant.ask("explain", { steps, atLeastMs: 1000 });
          const { peakBytes } = await contestant.ask("memory");
          points.push({ name, varied, value, ms: Math.min(...times), peakBytes });
        } finally {
          contestant.end();
        }
      }
    }
  }
  return points;
}

/** The exponent p of y ≈ c · xᵖ, by least squares in logarithms. */
export function exponent(points, read) {
  const xs = points.map(({ value }) => Math.log(value));
  const ys = points.map((point) => Math.log(read(point)));
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i] - my), 0);
  return covariance / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}
