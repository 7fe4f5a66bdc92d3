/** Sums along the straight path of the inputs, of quantities at whichever layer is explained. */
import { type Quadrature, quadrature } from "../quadrature";
import { RunningSum } from "../running";
import { minus, type NdArray, type Parts, sliceRows } from "../tensor";
import type { OptionRule } from "./method";
import { type PathOptions, pathOptions } from "./path-integral";
import type { Problem } from "./problem";

/** Options of a path of the inputs. */
export type InputPathOptions = Pick<PathOptions, "rule" | "steps">;

/** Their rules. */
export const inputPathOptions: {
  readonly [Name in keyof InputPathOptions]: OptionRule<InputPathOptions[Name]>;
} = {
  rule: pathOptions.rule,
  steps: pathOptions.steps,
};

/** Points at which gradients are read, and those between which what is explained rises: one more than steps. */
interface Steps {
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
}

/** Each node in its own cell: the weights are the cells' widths, and the nodes of all rules lie in these. */
function cells({ nodes, weights }: Quadrature): Steps {
  let reached = 0;
  return { nodes, edges: [0, ...weights.map((weight) => (reached += weight))] };
}

/** Nodes of a rule with one step more: a gradient at each but the last, and the rise to the next. */
function captumSteps({ nodes }: Quadrature): Steps {
  return { nodes: nodes.slice(0, -1), edges: nodes };
}

/**
 * Σ_k a(α_k, y(c_k) − y(c_{k−1})) along the path of the inputs from x′ to x, where y is what is explained.
 * @param term a: its problem is the one at x′ + α_k (x − x′), for some nodes and all examples at once.
 */
export async function inputPathSum<Own extends InputPathOptions>(
  p: Problem<Own>,
  differences: "cells" | "captum",
  term: (at: Problem<Own>, rise: Parts) => Promise<Parts>,
): Promise<NdArray[]> {
  const { rule, steps } = p.options;
  const { nodes, edges } =
    differences === "cells" ? cells(quadrature(rule, steps)) : captumSteps(quadrature(rule, steps + 1));
  const { examples } = p;
  const sum = new RunningSum(examples);
  for (const { samples, rows } of p.copies(nodes.length)) {
    const [first, last] = [samples[0], samples[samples.length - 1] + 1];
    const around = Array.from({ length: (last - first + 1) * examples }, (_, i) => i);
    const { x: y } = await p.onInputPath(
      around.map((i) => edges[first + Math.floor(i / examples)]),
      around.map((i) => i % examples),
    );
    const rise = minus(
      y.map((array) => sliceRows(array, examples, around.length)),
      y.map((array) => sliceRows(array, 0, rows.length)),
    );
    const at = await p.onInputPath(
      samples.map((k) => nodes[k]),
      rows,
    );
    sum.add(await term(at, rise), { rows });
  }
  return sum.values;
}
