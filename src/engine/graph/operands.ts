/** Inputs of a node that its operator always has. */
import type { GraphNode, Value } from "./graph";

/** The input at an index. */
export function operand(node: GraphNode, index: number): Value {
  return operands(node)[index];
}

/** All inputs, where the operator has no optional ones, or none among those that are read. */
export function operands({ inputs }: GraphNode): readonly Value[] {
  return inputs as readonly Value[];
}
