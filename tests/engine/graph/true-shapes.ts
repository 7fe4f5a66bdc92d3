/** The shapes that a graph writes down beside those that its values have when it runs. */
import { GraphBuilder } from "../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../src/engine/graph/graph";
import { type Filled, normal, runGraph } from "./run-graph";

/** Normal entries for each input, with so many rows; a path has one node. */
export function feedsFor(graph: Graph, rows: number): Record<string, Filled> {
  return Object.fromEntries(
    graph.inputs.map(({ name, value: { shape }, free }, i) => {
      const extents = shape.map((extent, axis) => (free?.[axis] === "rows" ? rows : extent));
      return [name, normal(i + 1, extents)];
    }),
  );
}

/**
 * Values whose extents are not what the graph says, in words. An extent that stays the same whatever the number of rows
 * must be the one that is written; one that counts rows, too, where `rows` of them were recorded and all counts are `exact`.
 */
export async function wrongShapes(graph: Graph, rows: number, exact: boolean): Promise<string[]> {
  const [few, many] = [await shapesOf(graph, rows), await shapesOf(graph, rows + 1)];
  return few.flatMap(({ node, value, shape }, i) => {
    const other = many[i]?.shape ?? [];
    const right =
      shape.length === value.shape.length &&
      value.shape.every((extent, axis) => extent === shape[axis] || (!exact && shape[axis] !== other[axis]));
    return right ? [] : [`${node}: [${value.shape.join(", ")}] runs as [${shape.join(", ")}]`];
  });
}

/** The shape that each value has, asked of the graph itself. */
async function shapesOf(
  graph: Graph,
  rows: number,
): Promise<{ readonly node: string; readonly value: Value; readonly shape: number[] }[]> {
  const builder = new GraphBuilder();
  const values = graph.nodes.flatMap(({ operator, outputs }) =>
    outputs.map((value) => ({ node: operator, value })),
  );
  const shapes = values.map(({ value }) => builder.add("Shape", [value], [value.shape.length], "int64"));
  const joined = (parts: readonly Value[]): Value => builder.add("Concat", parts, [1], "int64", { axis: 0 });
  const ranks = shapes.map((shape) => builder.add("Shape", [shape], [1], "int64"));
  const outputs = [joined(shapes), joined(ranks)].map((value, i) => ({
    name: `y${i}`,
    value: builder.cast(value, "float32"),
    free: { 0: `n${i}` },
  }));
  const found = await runGraph(
    { inputs: graph.inputs, outputs, nodes: [...graph.nodes, ...builder.nodes] },
    feedsFor(graph, rows),
  );
  const extents = Array.from(found["y0"] as Float32Array);
  return values.map((one, i) => ({ ...one, shape: extents.splice(0, found["y1"]?.[i] ?? 0) }));
}
