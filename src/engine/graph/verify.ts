/** Checks that a graph is one: values are computed once, before they are read, and constants are as large as they say. */
import { sizeOf } from "../../tensor";
import { type Graph, type GraphNode, isConstant, type Value } from "./graph";

/**
 * Throws an error that names the node where a graph is none: a value that is read before it is computed or never, one
 * that is computed twice, a constant with more or fewer entries than its shape has, an extent that no array has, or two
 * ports of one name.
 */
export function verify(graph: Graph): void {
  const known = new Set<Value>();
  const define = (value: Value, where: string): void => {
    if (isConstant(value)) throw invalid(where, "a value that is computed", "a constant");
    if (known.has(value)) throw invalid(where, "a value that is computed once", `value ${value.id} again`);
    checkShape(value, where);
    known.add(value);
  };
  const read = (value: Value, where: string): void => {
    if (isConstant(value)) {
      checkShape(value, where);
      const { entries, shape } = value;
      if (entries.length !== sizeOf(shape))
        throw invalid(
          where,
          `${sizeOf(shape)} entries of shape [${shape.join(", ")}]`,
          String(entries.length),
        );
    } else if (!known.has(value)) throw invalid(where, "values that are known", `value ${value.id}`);
  };
  checkNames("inputs", graph.inputs);
  checkNames("outputs", graph.outputs);
  for (const { name, value } of graph.inputs) define(value, `input ${name}`);
  graph.nodes.forEach((node, i) => {
    const where = nodeInWords(node, i);
    for (const value of node.inputs) if (value) read(value, where);
    if (node.outputs.length === 0) throw invalid(where, "an output", "none");
    if (node.body) verify(node.body);
    for (const value of node.outputs) define(value, where);
  });
  for (const { name, value } of graph.outputs) read(value, `output ${name}`);
}

function checkShape({ shape }: Value, where: string): void {
  if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0))
    throw invalid(where, "extents that are whole numbers", `[${shape.join(", ")}]`);
}

function checkNames(what: string, ports: readonly { readonly name: string }[]): void {
  const names = ports.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(`the ${what}`, "names of their own", `${twice} twice`);
}

function nodeInWords({ operator }: GraphNode, index: number): string {
  return `node ${index} (${operator})`;
}

function invalid(where: string, expected: string, got: string): Error {
  return new Error(`verify(): expected ${expected} at ${where}, got ${got}`);
}
