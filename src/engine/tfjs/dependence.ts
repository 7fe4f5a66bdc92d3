/** Reads tfjs's tape: whether a score depends on a variable, and where gradients cannot pass on the way. */
import { UnsupportedOperationError } from "../../check";
import type { Cut } from "../../model/model";
import type { Tensor } from "./adapter";
import { hasZeroGradient } from "./corrections";
import type { TapeNode } from "./kernel-watch";

/** Kernels whose output holds nothing of their input but its shape. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(["ZerosLike", "OnesLike"]);

/** Piecewise constant kernels that tell on which side of a kink a value lies. */
const SIDES: ReadonlySet<string> = new Set(["Sign", "Step"]);

/** What was seen of a run beside its tape. */
export interface Observed {
  /** The layer that a tensor was computed in, by its id. */
  readonly layers: ReadonlyMap<number, string>;
  /** Entries that code has read as numbers, by data id, with the layer that did. */
  readonly read: ReadonlyMap<object, string | undefined>;
}

/**
 * For each variable, whether `y` depends on it. Throws when `y` depends on one only by way of operations that let
 * no gradient pass (comparison, rounding, argMax, a cast to integers, an op without gradient): its map would be
 * zeros that mean nothing.
 */
export function dependence(
  tape: readonly TapeNode[],
  variables: readonly Tensor[],
  y: Tensor,
  observed?: Observed,
): boolean[] {
  return variables.map((variable) => {
    const reached = new Set([variable.id]);
    const differentiable = new Set([variable.id]);
    const blocking = new Map<number, TapeNode>();
    for (const node of tape) {
      if (SHAPE_ONLY.has(node.kernelName)) continue;
      const inputs = tensorsInto(node);
      if (!inputs.some((t) => reached.has(t.id))) continue;
      const fed = inputs.some((t) => differentiable.has(t.id));
      for (const output of node.outputs) {
        reached.add(output.id);
        if (fed && passes(node)) differentiable.add(output.id);
        else
          blocking.set(output.id, fed ? node : (inputs.map((t) => blocking.get(t.id)).find(Boolean) ?? node));
      }
    }
    if (!reached.has(y.id)) return false;
    if (differentiable.has(y.id)) return true;
    const node = blocking.get(y.id);
    const layer = node && observed?.layers.get(node.outputs[0].id);
    const where = layer === undefined ? "" : ` in layer "${layer}"`;
    throw new UnsupportedOperationError(
      `gradient(): expected a differentiable path from the explained values to the output, got one that is cut by ${node?.kernelName}${where}`,
    );
  });
}

/**
 * For each variable, the operations on some way to `y` that let no gradient pass: a map holds nothing of what goes that
 * way. A comparison is none where it decides what becomes of the very values that it compares, as that of a ReLU written
 * by hand, or of a mask: these have their gradient beside it. Nor is one that tells padding from steps.
 */
export function cutsOf(
  tape: readonly TapeNode[],
  variables: readonly Tensor[],
  y: Tensor,
  observed: Observed,
): Cut[][] {
  return variables.map((variable) => {
    const differentiable = new Set([variable.id]);
    const found: Cut[] = [];
    const note = (cut: Cut): void => {
      if (!found.some((one) => one.operation === cut.operation && one.layer === cut.layer)) found.push(cut);
    };
    tape.forEach((node, k) => {
      const fed = tensorsInto(node).filter((t) => differentiable.has(t.id));
      if (fed.length === 0 || SHAPE_ONLY.has(node.kernelName)) return;
      if (passes(node)) for (const output of node.outputs) differentiable.add(output.id);
      else if (!masksSteps(tape.slice(k), node) && arrives(tape.slice(k), node, fed, y))
        note(cutAt(node.kernelName, observed.layers.get(node.outputs[0].id)));
    });
    if (observed.read.size > 0) {
      const tensors = [variable, ...tape.flatMap(({ outputs }) => outputs)];
      for (const tensor of tensors) {
        const { dataId } = tensor as unknown as { dataId: object };
        if (differentiable.has(tensor.id) && observed.read.has(dataId))
          note(cutAt("dataSync", observed.read.get(dataId)));
      }
    }
    return found;
  });
}

function cutAt(operation: string, layer: string | undefined): Cut {
  return { operation, ...(layer === undefined ? {} : { layer }) };
}

/** Whether what a cutting node gives reaches `y`, other than as a gate of the values that it was fed. */
function arrives(tape: readonly TapeNode[], cut: TapeNode, fed: readonly Tensor[], y: Tensor): boolean {
  const isSide = cut.outputs[0].dtype === "bool" || SIDES.has(cut.kernelName);
  const tainted = new Set(cut.outputs.map(({ id }) => id));
  /** What the compared values become by ways that have a gradient. */
  const own = new Set(isSide ? fed.map(({ id }) => id) : []);
  for (const node of tape) {
    if (node === cut || SHAPE_ONLY.has(node.kernelName)) continue;
    const inputs = tensorsInto(node);
    const beside = inputs.some(({ id }) => own.has(id));
    if (beside && passes(node)) for (const { id } of node.outputs) own.add(id);
    if (!beside && inputs.some(({ id }) => tainted.has(id)))
      for (const { id } of node.outputs) tainted.add(id);
  }
  return tainted.has(y.id);
}

/** Whether a comparison tells padding from steps, as Keras's Masking does: whether any entry of a step differs from a number. */
function masksSteps(tape: readonly TapeNode[], { kernelName, outputs }: TapeNode): boolean {
  return (
    kernelName === "NotEqual" &&
    tape.some((node) => node.kernelName === "Any" && tensorsInto(node).some(({ id }) => id === outputs[0].id))
  );
}

function tensorsInto({ inputs }: TapeNode): Tensor[] {
  return Object.values(inputs)
    .flat()
    .filter((t): t is Tensor => t != null);
}

function passes(node: TapeNode): boolean {
  return node.gradient != null && !hasZeroGradient(node);
}
