/**
 * Operations on the parts of a value one by one, done to the whole: `bandPart` takes a batch of matrices apart, changes
 * each and joins them again, and so would have as many operators as there are matrices.
 */

import { producersOf } from "../analysis/producers";
import { GraphBuilder, same, sameEntries } from "../builder";
import { type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";
import { operands } from "../operands";
import { OPERATORS } from "../operators";
import { cutOf } from "./eliminate-concat-slice";
import { eliminateDeadCode } from "./eliminate-dead-code";

/** Whole values by the numbers of their rows; undefined where there is none. */
type Known = Map<string, Value | undefined>;

/** The same graph with no value taken apart along its first axis to change each part alike. */
export function batchPerRowOps(graph: Graph): Graph {
  const producers = producersOf(graph);
  const replaced = new Map<Value, Value>();

  /** The value of which these are the rows, computed by nodes added to the builder; each may have an axis of 1 in front. */
  const wholeOf = (rows: readonly Value[], builder: GraphBuilder, known: Known): Value | undefined => {
    // A value that is read several times is followed once.
    const key = rows.map(({ id }) => id).join();
    if (!known.has(key)) known.set(key, computed(rows, builder, known));
    return known.get(key);
  };
  const computed = (rows: readonly Value[], builder: GraphBuilder, known: Known): Value | undefined => {
    const made = rows.map((row) => producers.get(row));
    const [first] = made;
    if (first === undefined || !made.every((node) => isAlike(node, first))) return undefined;
    const nodes = made as readonly GraphNode[];
    const operand = (position: number): Value[] =>
      nodes.map(({ inputs }) => inputs[position]).filter((value) => value !== undefined);
    const { operator, outputs } = first;
    const [source] = operand(0);
    if (operator === "Slice") {
      const inOrder = nodes.every((node, row) => {
        const cut = cutOf(node);
        return node.inputs[0] === source && cut?.axis === 0 && cut.from === row && cut.to === row + 1;
      });
      return inOrder && source?.shape[0] === rows.length ? source : undefined;
    }
    const [y] = outputs as readonly [Value];
    const shape = oneRow(y.shape);
    if (operator === "Reshape")
      return source && same(oneRow(source.shape), shape) ? wholeOf(operand(0), builder, known) : undefined;
    if (OPERATORS[operator].axes !== "elementwise") return undefined;
    const inputs: Value[] = [];
    let differ = false;
    for (let position = 0; position < first.inputs.length; position++) {
      const values = operand(position);
      const [value] = values;
      if (value === undefined || values.length !== rows.length) return undefined;
      if (values.every((other) => isSame(other, value))) {
        // Beside the whole value it must lie along the axes of one row.
        if (oneRow(value.shape).length > shape.length) return undefined;
        inputs.push(value);
        continue;
      }
      const whole = same(oneRow(value.shape), shape) ? wholeOf(values, builder, known) : undefined;
      if (whole === undefined) return undefined;
      inputs.push(whole);
      differ = true;
    }
    // The same value again and again has no rows.
    if (!differ) return undefined;
    return builder.add(operator, inputs, [rows.length, ...shape], y.dtype, first.attributes);
  };

  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    if (node.operator !== "Concat" || node.attributes["axis"] !== 0) return [node];
    const rows = operands(node);
    const [y] = node.outputs;
    const builder = new GraphBuilder();
    const single = rows.every(({ shape }) => shape[0] === 1);
    const whole = single ? wholeOf(rows, builder, new Map()) : undefined;
    if (whole === undefined || !same(whole.shape, y.shape)) return [node];
    replaced.set(y, whole);
    return builder.nodes;
  });
  return replaced.size > 0 ? eliminateDeadCode(replaceValues({ ...graph, nodes }, replaced)) : graph;
}

function isAlike(node: GraphNode | undefined, first: GraphNode): boolean {
  return (
    node !== undefined &&
    node.operator === first.operator &&
    node.inputs.length === first.inputs.length &&
    JSON.stringify(node.attributes) === JSON.stringify(first.attributes) &&
    same(node.outputs[0].shape, first.outputs[0].shape)
  );
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (isConstant(a) && isConstant(b) && sameEntries(a, b));
}

/** The shape without an axis of 1 in front. */
function oneRow(shape: readonly number[]): readonly number[] {
  return shape[0] === 1 ? shape.slice(1) : shape;
}
