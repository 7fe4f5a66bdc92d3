/** docs/backward-rules.md: kinds of operations × backward rules, found by trying each rule on the operations of the audit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { type BackwardRule, UnsupportedOperationError } from "../../src";
import { resolvedRules } from "../../src/attribution/relevance-rules";
import {
  deconvolved,
  guided,
  plainGradient,
  type Row,
  relevance,
  rescale,
  softplusSmoothed,
} from "../../src/engine/rules";
import { ruleGradients } from "../../src/engine/rules/differentiate";
import { installCorrections } from "../../src/engine/tfjs/corrections";
import { fill } from "../engine/audit/inputs";
import { operations } from "../engine/audit/operations";
import { root, table } from "./generated-page";

const numbers = { rules: [], epsilon: 1e-6, gamma: 0.25, low: undefined, high: undefined } as const;
const propagation = (preset: "epsilon" | "attention"): BackwardRule =>
  relevance({
    rules: resolvedRules("lrp", { preset, ...numbers }),
    epsilon: numbers.epsilon,
    foldsNorms: true,
    attends: preset === "attention",
  });

/** Each rule, and the method that asks for it. */
const RULES: readonly (readonly [name: string, rule: BackwardRule])[] = [
  ["`guidedBackprop`", guided],
  ["`deconvolution`", deconvolved],
  ["`deepLift`", rescale],
  ["`softplusGradient`", softplusSmoothed(10)],
  ["`lrp`", propagation("epsilon")],
  ['`lrp`, preset "attention"', propagation("attention")],
];

type Outcome = "covered" | "refused";

/** An operation of the audit, of which the first inputs are explained and the others are weights. */
interface Tried {
  readonly name: string;
  readonly inputs: readonly [number[], number, number][];
  readonly explained: number;
}

/** What a rule makes of an operation, at one point against another. */
function tried(rule: BackwardRule, { name, inputs, explained }: Tried): Outcome {
  const run = (what: string) => {
    // Weights are the same at both points.
    const given = inputs.map(([shape, low, high], i) =>
      tf.tensor(fill(`${name}:${i < explained ? what : ""}${i}`, shape, low, high), shape),
    );
    const scores = (): tf.Tensor =>
      operations[name]!(...given)
        .reshape([1, -1])
        .sum(1);
    return { variables: given.slice(0, explained), scores };
  };
  try {
    tf.tidy(() => {
      ruleGradients(tf, rule, run(""), rule.reference ? run("reference:") : undefined);
    });
    return "covered";
  } catch (error) {
    if (error instanceof UnsupportedOperationError) return "refused";
    throw error;
  }
}

/** The kinds and kernels that an operation is made of, told by a rule that changes nothing. */
function madeOf(operation: Tried): [kind: string, kernel: string][] {
  const seen: [string, string][] = [];
  const told: Row = (step) => {
    seen.push([step.kind, step.kernel]);
    return plainGradient(step);
  };
  const kinds = ["linear", "sum", "product", "activation", "pool", "normalise", "softmax", "gate"];
  const rule: BackwardRule = {
    name: "told",
    starts: "gradient",
    reference: false,
    rows: Object.fromEntries(kinds.map((kind) => [kind, told])),
  };
  tried(rule, operation);
  return seen;
}

export async function backwardRulesPage(): Promise<string> {
  await tf.setBackend("cpu");
  installCorrections(tf);
  const oracle: Record<string, { inputs: [number[], number, number][] }> = JSON.parse(
    readFileSync(join(root, "tests/engine/audit/oracle.json"), "utf8"),
  );
  /** By kind and kernel, the rules that some operation with it passes. */
  const covered = new Map<string, Map<string, Set<string>>>();
  const all = Object.entries(oracle).flatMap(([name, { inputs }]): Tried[] =>
    [...new Set([1, inputs.length])].map((explained) => ({ name, inputs, explained })),
  );
  for (const operation of all) {
    const parts = madeOf(operation);
    for (const [kind, kernel] of parts) {
      const kernels = covered.get(kind) ?? new Map<string, Set<string>>();
      covered.set(kind, kernels.set(kernel, kernels.get(kernel) ?? new Set()));
    }
    for (const [label, rule] of RULES)
      if (parts.length > 0 && tried(rule, operation) === "covered")
        for (const [kind, kernel] of parts) covered.get(kind)?.get(kernel)?.add(label);
  }
  const cell = (
    kernels: ReadonlyMap<string, ReadonlySet<string>>,
    label: string,
    rule: BackwardRule,
    kind: string,
  ): string => {
    const passed = [...kernels].filter(([, rules]) => rules.has(label)).map(([kernel]) => kernel);
    if (passed.length === 0) return "refused";
    const plain = passed.filter((kernel) => rule.plainAt?.(kernel, kind as "activation"));
    const all = passed.length === kernels.size ? "all" : passed.sort().join(", ");
    return plain.length === 0
      ? all
      : `all; the plain gradient, with a warning, at all but ${passed
          .filter((kernel) => !plain.includes(kernel))
          .sort()
          .join(", ")}`;
  };
  const rows = [...covered]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, kernels]) => [
      `\`${kind}\``,
      [...kernels.keys()].sort().join(", "),
      ...RULES.map(([label, rule]) => cell(kernels, label, rule, kind)),
    ]);
  return `# Backward rules

A backward rule replaces the gradient operation by operation (\`src/engine/rules\`); methods ask for one by \`p.gradient({ rule })\`. What
each does at which kind of operation was found by trying it on the operations of the audit (\`tests/engine/audit\`); *refused* is an
error that names operation and layer, never a silent plain gradient. What only moves entries (reshape, concat, pad …) every rule
leads back to where they came from.

${table(["kind", "kernels", ...RULES.map(([label]) => label)], rows)}

## Rules of \`lrp\` at products with weights

| rule | relevance of an input x_i of a product z_j = Σ x_i w_ij + b_j |
|---|---|
| \`epsilon\` | x_i Σ_j w_ij R_j / (z_j + ε sign z_j) |
| \`gamma\` | the same with w + γ w⁺ where z > 0 and x > 0; signs turned for negative inputs and outputs |
| \`z-plus\` | Σ_j (x_i w_ij)⁺ R_j / Σ_i (x_i w_ij)⁺ |
| \`alpha-beta\` | α times the shares of positive contributions, less β times those of negative ones; α − β = 1 |
| \`z-box\` | (x_i w_ij − low w⁺_ij − high w⁻_ij) R_j over their sum, for inputs between low and high |
| \`w-square\` | w²_ij R_j / Σ_i w²_ij |
| \`flat\` | R_j in equal parts to all inputs of z_j |
| \`identity\` | R as it is, where shapes agree |

Shifts, factors, means and sums are shared by value, as by \`epsilon\`; a batch norm behind a product is folded into it
(\`canonise\`). Where a reference differs: zennit leaves a factor 1/√(1 + ε) behind for each norm that it folds, Captum has no
composites, refuses layers that are called twice and knows layers alone, so that a ReLU written as a function has no rule there.`;
}
