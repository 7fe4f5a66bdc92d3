/** IDGI: integrated gradients without what the path's direction adds. */
import { defineMethod, type Method } from "../attribution";
import type { PathStep } from "../attribution/problem-state";
import { RunningSum } from "../running";
import { rowDots, squared } from "../tensor";
import { optionCount } from "./option-rules";

/** Options of `idgi`, beside `baseline`. */
export interface IdgiOptions {
  /** Intervals of the path, of equal width. Default 50. */
  readonly steps: number;
}

/**
 * Important direction gradient integration: each step's change of the score, shared out in the direction of its gradient.
 *
 * IDGI(x) = Σ_k (F(x_{k+1}) − F(x_k)) · g_k ⊙ g_k / ⟨g_k, g_k⟩ with g_k = ∂F(x_k) and x_k = x′ + k/n (x − x′)
 *
 * Shape: that of the input or layer; unit: score. Complete where no g_k is zero; steps with a zero gradient attribute
 * nothing, which `convergenceDelta` shows. A feature that equals its baseline may have a share, and a share has the sign
 * of the step, never that of the feature: what speaks against the score is not told apart within a step.
 *
 * Yang, Wang, Bilgic: IDGI: A Framework to Eliminate Explanation Noise from Integrated Gradients (2023), arXiv 2303.14242.
 */
export const idgi: Method<IdgiOptions, "complete"> = defineMethod<IdgiOptions>(
  {
    name: "idgi",
    paper: "Yang et al. 2023, arXiv 2303.14242",
    axioms: ["completeness", "sensitivity", "dummy", "implementation invariance", "symmetry"],
    needsBaseline: true,
    whenZero: "dead units, or a score that stays the same along the path",
    whenIncomplete: "the gradient vanishes on part of the path: choose another baseline",
    passes: ({ steps }) => steps + 1,
    options: { steps: optionCount("steps", 50) },
  },
  async (p) => {
    const { steps } = p.options;
    const sum = new RunningSum(p.examples);
    let before: PathStep | undefined;
    for await (const step of p.along(Array.from({ length: steps + 1 }, (_, k) => k / steps))) {
      if (before) {
        const { gradients, scores } = before;
        const squares = rowDots(gradients, gradients);
        sum.add(squared(gradients), {
          weight: squares.map((square, row) => (square > 0 ? (step.scores[row] - scores[row]) / square : 0)),
        });
      }
      before = step;
    }
    return sum.values;
  },
);
