/** The way from the inputs of a model to one of its outputs, layer by layer, read from a recording of the forward pass. */
import type { Facts, WayLayer } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import type { Adapter, Tf } from "../tfjs/adapter";
import { producersOf } from "./analysis/producers";
import { RECORDED_ROWS } from "./dynamic-batch";
import { type Graph, type GraphNode, isConstant, type Value } from "./graph";
import { OPERATORS, type Operator } from "./operators";
import { portName } from "./ports";
import { record } from "./record";

/** Operators that may hand on some positions of what goes in, and not the others. */
const SELECTING: ReadonlySet<Operator> = new Set<Operator>([
  "Slice",
  "Split",
  "Gather",
  "GatherND",
  "Pad",
  "ScatterElements",
  "ScatterND",
  "Where",
]);

/** Operators that give the features of what goes in, in another order or shape, or pooled to fewer positions. */
const SAME_FEATURES: ReadonlySet<Operator> = new Set<Operator>([
  "AveragePool",
  "Identity",
  "MaxPool",
  "ReduceMax",
  "ReduceMean",
  "ReduceSum",
  "Reshape",
  "Transpose",
]);

/**
 * The layers on the way to the logits of an output, in the order in which they run. Of layers that hand a value on as it
 * is there is the first alone; what comes behind a softmax or sigmoid that is explained by its logits is not on the way.
 *
 * @param rowShapes the shapes of the inputs without the batch axis.
 * @throws UnsupportedOperationError where the forward pass cannot be recorded.
 */
export function recordedWay(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  rowShapes: readonly (readonly number[])[],
  output: number,
): WayLayer[] {
  const [rows] = RECORDED_ROWS;
  const capture = adapter.layers.flatMap(({ name, leaving }): LayerPlace[] => {
    if (adapter.isNeeded && !adapter.isNeeded(name)) return [];
    const place = { layer: name, side: "output" } as const;
    return leaving ? leaving.map((entry) => ({ ...place, entry })) : [place];
  });
  const shapes = rowShapes.map((shape) => [rows, ...shape]);
  const request = { explain: "logit", at: [], replace: [], capture } as const;
  const { graph } = record(tf, adapter, facts, shapes, request);
  const valueAt = (name: string): Value => graph.outputs.find((port) => port.name === name)!.value;
  const end = valueAt(portName("output", output));
  const { way, beforeHead, selected } = traced(graph, end);
  const order = new Map(graph.nodes.flatMap(({ outputs }, i) => outputs.map((value) => [value, i] as const)));
  const positional = graph.inputs.filter(({ value }) => value.shape.length > 2).map(({ value }) => value);
  const seen = new Set<Value>();
  const layers = capture
    .map((place, i) => ({ place, value: valueAt(portName("activation", i)) }))
    .filter(({ value: { shape, dtype }, value }) => {
      const first = !seen.has(value) && way.has(value);
      seen.add(value);
      return first && dtype === "float32" && shape[0] === rows && order.has(value);
    })
    .sort((a, b) => order.get(a.value)! - order.get(b.value)!);
  const producers = producersOf(graph);
  const numbers = new Map(layers.map(({ value }, i) => [value, i] as const));
  return layers.map(({ place, value }): WayLayer => {
    let source = sourceOf(producers, value);
    while (source && !numbers.has(source)) source = sourceOf(producers, source);
    const featuresOf = source && numbers.get(source);
    return {
      place,
      shape: value.shape.slice(1),
      ...(featuresOf === undefined ? {} : { featuresOf }),
      beforeHead: beforeHead.has(value),
      selected: selected.has(value),
      bypassed: positional.some((input) => leadsAround(graph, input, end, value)),
    };
  });
}

/** The value whose features another one has. */
function sourceOf(producers: ReadonlyMap<Value, GraphNode>, value: Value): Value | undefined {
  const node = producers.get(value);
  return node && SAME_FEATURES.has(node.operator) ? node.inputs[0] : undefined;
}

/** Values on the way to the end: all, those before its head, those of which only some positions may be read. */
function traced({ nodes }: Graph, end: Value): Record<"way" | "beforeHead" | "selected", ReadonlySet<Value>> {
  const way = new Set([end]);
  /** Values that lead to the end by operations without weights alone. */
  const behind = new Set([end]);
  const beforeHead = new Set<Value>();
  const selected = new Set<Value>();
  for (const node of [...nodes].reverse()) {
    const leads = node.outputs.filter((value) => way.has(value));
    if (leads.length === 0) continue;
    const isAmong = (values: ReadonlySet<Value>): boolean => leads.some((value) => values.has(value));
    const isHead = isAmong(behind) && weighs(node);
    const selects = SELECTING.has(node.operator) || isAmong(selected);
    const early = isAmong(beforeHead);
    for (const value of node.inputs) {
      if (!value || isConstant(value)) continue;
      way.add(value);
      if (early || isHead) beforeHead.add(value);
      if (isAmong(behind) && !isHead) behind.add(value);
      if (selects) selected.add(value);
    }
  }
  return { way, beforeHead, selected };
}

/**
 * True of a product or convolution with weights. Scaling a picture is a product, too: of matrices with its rows and columns,
 * behind axes of rows and channels, where layers have but one.
 */
function weighs({ operator, inputs: [x, weights] }: GraphNode): boolean {
  const scales = operator === "MatMul" && x !== undefined && x.shape.length > 3;
  return OPERATORS[operator].cost !== "entries" && weights !== undefined && isConstant(weights) && !scales;
}

/** Whether an input leads to the end by a way that a value is not on. */
function leadsAround({ nodes }: Graph, input: Value, end: Value, value: Value): boolean {
  const led = new Set([input]);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((one) => one && led.has(one))) continue;
    for (const one of outputs) if (one !== value) led.add(one);
  }
  return led.has(end);
}
