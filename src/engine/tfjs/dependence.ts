/** Reads tfjs's tape: whether a score depends on a variable, and whether gradients can pass on the way. */
import { UnsupportedOperationError } from "../../check";
import type { Tensor } from "./adapter";
import { hasZeroGradient } from "./corrections";
import type { TapeNode } from "./kernel-watch";

/** Kernels whose output holds nothing of their input but its shape. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(["ZerosLike", "OnesLike"]);

/**
 * For each variable, whether `y` depends on it. Throws when `y` depends on one only by way of operations that let
 * no gradient pass (comparison, rounding, argMax, a cast to integers, an op without gradient): its map would be
 * zeros that mean nothing.
 */
export function dependence(tape: readonly TapeNode[], variables: readonly Tensor[], y: Tensor): boolean[] {
  return variables.map((variable) => {
    const reached = new Set([variable.id]);
    const differentiable = new Set([variable.id]);
    const blocking = new Map<number, TapeNode>();
    for (const node of tape) {
      if (SHAPE_ONLY.has(node.kernelName)) continue;
      const inputs = Object.values(node.inputs)
        .flat()
        .filter((t): t is Tensor => t != null);
      if (!inputs.some((t) => reached.has(t.id))) continue;
      const passes = node.gradient != null && !hasZeroGradient(node);
      const fed = inputs.some((t) => differentiable.has(t.id));
      for (const output of node.outputs) {
        reached.add(output.id);
        if (fed && passes) differentiable.add(output.id);
        else
          blocking.set(output.id, fed ? node : (inputs.map((t) => blocking.get(t.id)).find(Boolean) ?? node));
      }
    }
    if (!reached.has(y.id)) return false;
    if (differentiable.has(y.id)) return true;
    const kernel = blocking.get(y.id)?.kernelName;
    throw new UnsupportedOperationError(
      `gradient(): expected a differentiable path from the explained values to the output, got one that is cut by ${kernel}`,
    );
  });
}
