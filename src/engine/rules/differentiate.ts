/** Relevance and second derivatives of one synchronous run, by whichever backend of tfjs is active. */
import type { BackwardRule } from "../../model/model";
import type { Tensor, Tf } from "../tfjs/adapter";
import { engineOf } from "../tfjs/kernel-watch";
import { type Backpropagated, backpropagate } from "./backpropagate";
import { accumulate, CurrentLayer, callsBetween, Tape, vjp } from "./tape";

/** Forward run of a model at some batch. */
export interface ForwardRun {
  readonly variables: readonly Tensor[];
  /** One score per row. Tells `current` which layer runs, where that is known. */
  scores(current: CurrentLayer): Tensor;
}

/**
 * Relevance that `rule` gives each variable of `run`. `reference` is the same model at the batch that the rule compares
 * with.
 *
 * The same code computes on the eager engine and is recorded by the compiled one. Must run in a tidy.
 */
export function ruleGradients(
  tf: Tf,
  rule: BackwardRule,
  run: ForwardRun,
  reference?: ForwardRun,
): Backpropagated {
  const tapes: Tape[] = [];
  const pass = ({ variables, scores }: ForwardRun): Parameters<typeof backpropagate>[2] => {
    const tape = new Tape(tf);
    tapes.push(tape);
    const current = new CurrentLayer();
    return { tape, variables, scores: tape.run(() => scores(current), true, current) };
  };
  try {
    // The run itself comes last: what the caller notes of a pass is then of this one.
    const there = reference && pass(reference);
    return backpropagate(tf, rule, pass(run), there);
  } finally {
    for (const tape of tapes) tape.dispose();
  }
}

/**
 * Hessian times direction: the gradient of Σ_i ∂F/∂x_i · direction_i, one tensor per variable; undefined where it is
 * zero because nothing depends on the variable. `total` is the sum of the scores. Must run in a tidy.
 *
 * @throws UnsupportedOperationError naming the kernel that has no second derivative.
 */
export function hessianProducts(
  tf: Tf,
  variables: readonly Tensor[],
  directions: readonly Tensor[],
  total: () => Tensor,
): (Tensor | undefined)[] {
  const tape = new Tape(tf);
  try {
    const derivative = tape.run(() => {
      const { grads } = engineOf(tf).gradients(total, [...variables], undefined, true);
      return grads.reduce<Tensor | undefined>((sum, gradient, i) => {
        if (gradient === undefined || gradient === null) return sum;
        const along = gradient.mul(directions[i]).sum();
        return sum === undefined ? along : sum.add(along);
      }, undefined);
    }, false);
    if (derivative === undefined) return variables.map(() => undefined);
    const found = new Map<number, Tensor>([[derivative.id, tf.scalar(1)]]);
    const path = callsBetween(tape.calls, variables, derivative);
    for (const call of path.reverse()) {
      const dys = call.outputs.map(({ id }) => found.get(id));
      if (dys.every((dy) => dy === undefined)) continue;
      vjp(call, dys, "curvature").forEach((gradient, k) => {
        accumulate(found, call.inputs[call.active[k]], gradient);
      });
    }
    return variables.map(({ id }) => found.get(id));
  } finally {
    tape.dispose();
  }
}
