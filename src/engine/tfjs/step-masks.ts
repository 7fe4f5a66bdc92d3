/** Masks of steps that an input goes into first: Keras's Masking layer, in a LayersModel or converted to a graph. */
import type { StepMask } from "../../model/masked-steps";
import type { LayerLike } from "./layer-calls";

/** The Masking layer that a symbolic tensor goes into, also inside of nested models. */
export function maskOfSteps(container: LayerLike, tensor: object, prefix = ""): StepMask | undefined {
  for (const layer of container.layers ?? []) {
    const positions = layer.inboundNodes
      .map(({ inputTensors }) => inputTensors.indexOf(tensor))
      .filter((position) => position >= 0);
    const [position] = positions;
    if (position === undefined || layer.getClassName() === "InputLayer") continue;
    const name = prefix + layer.name;
    const { maskValue } = layer as { maskValue?: unknown };
    if (layer.getClassName() === "Masking" && typeof maskValue === "number")
      return { layer: name, value: maskValue };
    const inner = layer.layers && layer.inputs?.[position];
    const inside = inner && maskOfSteps(layer, inner, `${name}/`);
    if (inside) return inside;
  }
  return undefined;
}

/** The parts of a node of a GraphModel that are read here. */
interface MaskingNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly MaskingNode[];
  readonly children: readonly MaskingNode[];
}

/**
 * The comparison by which a graph masks steps of an input: whether any entry differs from a number.
 * @param constant the one number that a constant node holds, if it does.
 */
export function maskOfNodes(
  input: MaskingNode | undefined,
  constant: (node: MaskingNode) => number | undefined,
): StepMask | undefined {
  for (const node of input?.children ?? []) {
    const { op, name, inputs, children } = node;
    if (op === "Identity") {
      const behind = maskOfNodes(node, constant);
      if (behind) return behind;
    }
    const other = inputs.find((one) => one !== input);
    const value =
      op === "NotEqual" && other && children.some((child) => child.op === "Any")
        ? constant(other)
        : undefined;
    if (value !== undefined) return { layer: name, value };
  }
  return undefined;
}
