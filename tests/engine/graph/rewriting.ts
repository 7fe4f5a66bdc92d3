/** Small graphs with a free number of rows, and what a rewrite must not change about them. */
import { expect } from "vitest";
import { GraphBuilder, makeValue } from "../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../src/engine/graph/passes/eliminate-dead-code";
import { apart, normal, runGraph } from "./run-graph";

/** The number of rows that shapes are written with. */
export const ROWS = 3;

/** A graph of inputs `x0`, `x1`, … of these shapes, rows first, and of outputs `y0`, `y1`, … that `write` adds. */
export function graphOfRows(
  shapes: readonly (readonly number[])[],
  write: (b: GraphBuilder, ...inputs: Value[]) => readonly Value[],
): Graph {
  const b = new GraphBuilder();
  const values = shapes.map((shape) => makeValue([ROWS, ...shape], "float32"));
  const outputs = write(b, ...values).map((value, i) => ({ name: `y${i}`, value }));
  const inputs = values.map((value, i) => ({ name: `x${i}`, value, free: { 0: "rows" } }));
  return { inputs, outputs, nodes: b.nodes };
}

/** Tangents that make a graph count as that of a recurrent layer. */
export const STEPS = 17;

/** The same beside the steps of a recurrent layer, which come last: so many tangents of `x0`, one of the other. */
export function unrolledGraphOfRows(...[shapes, write]: Parameters<typeof graphOfRows>): Graph {
  return graphOfRows(shapes, (b, ...inputs) => {
    const outputs = write(b, ...inputs);
    let state = inputs[0] as Value;
    for (let step = 0; step < STEPS; step++) state = b.add("Tanh", [state], state.shape);
    return [...outputs, state];
  });
}

/** Rewrites a graph, expects the same numbers for several numbers of rows, and gives what is left of it. */
export async function unchangedBy(
  rewrite: (graph: Graph) => Graph,
  graph: Graph,
  tolerance = 0,
): Promise<Graph> {
  const rewritten = eliminateDeadCode(rewrite(graph));
  for (const rows of [1, ROWS, 5]) {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, value }, i) => [name, normal(i + 1, [rows, ...value.shape.slice(1)])]),
    );
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(rewritten, feeds)];
    for (const { name } of graph.outputs) {
      const gap = apart(found[name] as Float32Array, expected[name] as Float32Array);
      expect(gap).toBeLessThanOrEqual(tolerance);
    }
  }
  return rewritten;
}

/** The operators of a graph, in order. */
export function operators({ nodes }: Graph): string[] {
  return nodes.map(({ operator }) => operator);
}
