/** A whole stretch of a path in one graph: points between two ends, their gradients, and the weighted sum of these. */
import { GraphBuilder, integers, makeValue } from "./builder";
import { ROWS } from "./dynamic-batch";
import { type Graph, type Port, replaceValues, type Value } from "./graph";

/** The names of the extents of a path graph. */
export const NODES = "nodes";

/**
 * Out of the graph of a gradient, which has one row per point, the graph of a path:
 *
 * Σ_k w_k ∂F at from + α_k (to − from), with inputs `from0`, `to0`, … of one row per example in place of the inputs
 * named in `at`, and `alphas` [nodes] and `weights` [nodes]. Other inputs have one row per example, too.
 */
export function pathGraph(gradient: Graph, at: readonly string[]): Graph {
  const builder = new GraphBuilder();
  const alphas = makeValue([1], "float32");
  const weights = makeValue([1], "float32");
  const count = builder.add("Shape", [alphas], [1], "int64");
  const inputs: Port[] = [];
  const replaced = new Map<Value, Value>();
  for (const port of gradient.inputs) {
    const { name, value } = port;
    const place = at.indexOf(name);
    const rest = value.shape.slice(1);
    const rows = (): Value => makeValue(value.shape, value.dtype);
    const [from, to] = [rows(), rows()];
    // Node k of example r is row k · examples + r.
    const flat = integers([-1, ...rest]);
    if (place < 0) {
      inputs.push({ ...port, value: from });
      const shape = builder.add(
        "Concat",
        [count, builder.add("Shape", [from], [value.shape.length], "int64")],
        [value.shape.length + 1],
        "int64",
        { axis: 0 },
      );
      const spread = builder.add("Expand", [from, shape], [1, ...value.shape], value.dtype);
      replaced.set(value, builder.add("Reshape", [spread, flat], value.shape, value.dtype));
      continue;
    }
    inputs.push({ ...port, name: `from${place}`, value: from }, { ...port, name: `to${place}`, value: to });
    const wide = builder.add(
      "Reshape",
      [alphas, integers([-1, ...value.shape.map(() => 1)])],
      [1, ...value.shape.map(() => 1)],
    );
    const step = builder.add("Mul", [wide, builder.add("Sub", [to, from], value.shape)], [1, ...value.shape]);
    const points = builder.add("Add", [step, from], [1, ...value.shape]);
    replaced.set(value, builder.add("Reshape", [points, flat], value.shape));
  }
  const core = replaceValues(gradient, replaced);
  const ending = new GraphBuilder();
  const row = ending.add("Reshape", [weights, integers([1, -1])], [1, 1]);
  const perNode = ending.add("Concat", [count, integers([-1])], [2], "int64", { axis: 0 });
  const outputs = core.outputs
    .filter((port) => port.name !== "scores")
    .map((port): Port => {
      const { shape } = port.value;
      const flat = ending.add("Reshape", [port.value, perNode], [1, shape.reduce((a, b) => a * b, 1)]);
      const sum = ending.add("MatMul", [row, flat], flat.shape);
      const value = ending.add("Reshape", [sum, integers([-1, ...shape.slice(1)])], shape);
      return { ...port, value, free: { 0: ROWS } };
    });
  return {
    inputs: [
      ...inputs,
      { name: "alphas", value: alphas, free: { 0: NODES } },
      { name: "weights", value: weights, free: { 0: NODES } },
    ],
    outputs,
    nodes: [...builder.nodes, ...core.nodes, ...ending.nodes],
  };
}
