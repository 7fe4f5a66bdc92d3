/**
 * The gradient of a maximum pooling: dy goes to the first largest cell of each window.
 *
 * Where windows lie side by side, each cell is compared with the largest of its window, and those as large count down
 * from the first: operators that ONNX Runtime vectorises and splits among cores, unlike places in an array of all cells.
 * Elsewhere dy goes where the pooling says that it found the cell.
 */
import { sizeOf } from "../../../tensor";
import { type FreeAxes, freeAxes } from "../analysis/free-axes";
import { type GraphBuilder, integers } from "../builder";
import type { Attribute, Graph, GraphNode, Value } from "../graph";
import { repeatedCells } from "../lowering/windows";
import { decompose } from "./decompose";

/** The same graph with gradients of maximum poolings in operators of ONNX. */
export function decomposeMaxPoolGrad(graph: Graph): Graph {
  const free = freeAxes(graph);
  return decompose(graph, {
    MaxPoolGrad: (b, { inputs, attributes }: GraphNode) => {
      const [x, dy, numbers] = inputs as readonly [Value, Value, Value | undefined];
      return numbers ? atLargest(b, x, dy, numbers, attributes) : scattered(b, x, dy, attributes, free);
    },
  });
}

type Attributes = Readonly<Record<string, Attribute>>;

/** Turns any difference of two numbers above 1e-30 into more than the largest number of a cell. */
const FAR = 2 ** 127;

/** `numbers` count the cells of each window down to 1. */
function atLargest(b: GraphBuilder, x: Value, dy: Value, numbers: Value, attributes: Attributes): Value {
  const largest = (of: Value): Value => b.add("MaxPool", [of], dy.shape, "float32", attributes);
  const spread = (value: Value): Value => repeatedCells(b, value, attributes["strides"] as readonly number[]);
  const by = (operator: "Add" | "Mul", one: Value, other: Value): Value =>
    b.add(operator, [one, other], x.shape);
  const below = by("Add", x, spread(b.add("Neg", [largest(x)], dy.shape)));
  const numbered = by("Add", by("Mul", below, b.scalar(FAR)), numbers);
  const beyond = b.add("Sub", [b.scalar(1), largest(numbered)], dy.shape);
  const first = b.add("Relu", [by("Add", numbered, spread(beyond))], x.shape);
  return by("Mul", first, spread(dy));
}

function scattered(b: GraphBuilder, x: Value, dy: Value, attributes: Attributes, free: FreeAxes): Value {
  const outputs = [
    { shape: dy.shape, dtype: "float32" },
    { shape: dy.shape, dtype: "int64" },
  ] as const;
  const [, places] = b.addMany("MaxPool", [x], outputs, attributes);
  const size = sizeOf(x.shape);
  const flat = (value: Value): Value =>
    b.add("Reshape", [value, integers([-1])], [sizeOf(value.shape)], value.dtype);
  // Found by the graph itself, since it depends on the batch.
  const shape = b.add("Shape", [x], [x.shape.length], "int64");
  const zeros = flat(b.add("ConstantOfShape", [shape], x.shape));
  const dx = b.add("ScatterElements", [zeros, flat(places), flat(dy)], [size], "float32", {
    axis: 0,
    reduction: "add",
  });
  const fixed = x.shape.every((_, axis) => axis === 0 || !free.has(x, axis));
  return b.add("Reshape", [dx, fixed ? integers([-1, ...x.shape.slice(1)]) : shape], x.shape);
}
