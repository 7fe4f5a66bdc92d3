/** Columns of an input that a net looks up in tables, beside other columns: found in a recording by where entries go. */
import type { Facts, LookedUpColumns } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import { sizeOf } from "../../tensor";
import type { Adapter, Tf } from "../tfjs/adapter";
import { makeConstant, same } from "./builder";
import { RECORDED_ROWS } from "./dynamic-batch";
import { type Constant, type Graph, type GraphNode, isConstant, type Value } from "./graph";
import { OPERATORS } from "./operators";
import { slicedConstant, transposedConstant } from "./passes/rearranged-constant";
import { portName } from "./ports";
import { record } from "./record";

/** Entries of a row up to which columns are looked for: rows of a table, not pictures. */
const MOST_COLUMNS = 4096;

/**
 * The look-ups whose indices are entries of float inputs: moved, rounded or shifted, but each of one entry alone.
 * @param rowShapes the shapes of the inputs without the batch axis.
 * @throws UnsupportedOperationError where the forward pass cannot be recorded.
 */
export function lookedUpColumns(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  rowShapes: readonly (readonly number[])[],
): LookedUpColumns[] {
  const inputs = rowShapes.flatMap((shape, input) => {
    const isRow = adapter.inputs[input].dtype === "float32" && sizeOf(shape) <= MOST_COLUMNS;
    return isRow && adapter.lookups(input).length === 0 ? [input] : [];
  });
  if (inputs.length === 0) return [];
  const [rows] = RECORDED_ROWS;
  const capture = adapter.layers.flatMap(({ name }): LayerPlace[] =>
    adapter.isNeeded && !adapter.isNeeded(name) ? [] : [{ layer: name, side: "output" }],
  );
  const shapes = rowShapes.map((shape) => [rows, ...shape]);
  const request = { explain: "logit", at: [], replace: [], capture } as const;
  const { graph } = record(tf, adapter, facts, shapes, request);
  const valueAt = (name: string): Value | undefined =>
    [...graph.outputs, ...graph.inputs].find((port) => port.name === name)?.value;
  const places = new Map<Value, LayerPlace>();
  capture.forEach((place, i) => {
    const value = valueAt(portName("activation", i));
    const known = value && places.get(value);
    // Of a model inside and its layers the innermost looks up; others hand on what they were given.
    if (value && (!known || place.layer.startsWith(`${known.layer}/`))) places.set(value, place);
  });
  return inputs.flatMap((input) => {
    const value = valueAt(portName("input", input));
    return value ? lookUpsOf(graph, value, places).map((found) => ({ input, ...found })) : [];
  });
}

/** The look-ups behind one input whose vectors are what leaves a layer. */
function lookUpsOf(
  graph: Graph,
  input: Value,
  places: ReadonlyMap<Value, LayerPlace>,
): Omit<LookedUpColumns, "input">[] {
  const rows = input.shape[0];
  const width = sizeOf(input.shape.slice(1));
  const numbers = Int32Array.from({ length: rows * width }, (_, i) => i);
  /** The number of the entry of the input that each entry of a value is made of. */
  const origins = new Map<Value, Constant>([[input, makeConstant(numbers, input.shape, "int32")]]);
  /** Vectors of look-ups, in whatever shape, with the entry that each is of. */
  const looked = new Map<Value, Int32Array>();
  const found: Omit<LookedUpColumns, "input">[] = [];
  for (const node of graph.nodes) {
    const [x, indices] = node.inputs;
    const [y] = node.outputs;
    const own =
      x && node.operator === "Reshape" ? looked.get(x) : vectorsOf(node, indices && origins.get(indices));
    if (own && y.shape[y.shape.length - 1] * own.length === sizeOf(y.shape)) {
      const place = places.get(y);
      const columns = inEveryRow(own, rows, width);
      // A layer that gives them in another shape comes after the one that looks up.
      if (place && columns && y.shape[0] === rows) found.push({ place, columns });
      else looked.set(y, own);
    }
    const origin = originOf(node, origins);
    if (origin) origins.set(y, origin);
  }
  return found;
}

/** The entry that each vector is of which a node takes from the rows of a table. */
function vectorsOf(
  { operator, inputs: [table], attributes }: GraphNode,
  ids: Constant | undefined,
): Int32Array | undefined {
  const looksUp = operator === "Gather" && attributes["axis"] === 0 && table && isConstant(table);
  return looksUp && ids ? Int32Array.from(ids.entries, Number) : undefined;
}

/** The columns of which vectors are, where they are the same in every row. */
function inEveryRow(entries: Int32Array, rows: number, width: number): readonly number[] | undefined {
  const count = entries.length / rows;
  const columns = Array.from(entries.subarray(0, count));
  const same = entries.every((entry, i) => entry === columns[i % count] + Math.floor(i / count) * width);
  return same && columns.every((column) => column < width) ? columns : undefined;
}

/** Where the entries of a node's value come from; undefined where one is made of several, or of none. */
function originOf(node: GraphNode, origins: ReadonlyMap<Value, Constant>): Constant | undefined {
  const { operator, inputs, outputs, attributes } = node;
  const [y] = outputs;
  const computed = inputs.filter((value): value is Value => value !== undefined && !isConstant(value));
  const known = computed.flatMap((value) => origins.get(value) ?? []);
  const [x] = known;
  if (x === undefined || known.length < computed.length || outputs.length > 1) return undefined;
  if (OPERATORS[operator].axes === "elementwise") {
    const alike = known.every(
      ({ entries, shape }) => same(shape, y.shape) && entries.every((entry, i) => entry === x.entries[i]),
    );
    return alike ? x : undefined;
  }
  switch (operator) {
    case "Reshape":
      return makeConstant(x.entries, y.shape, "int32");
    case "Transpose":
      return transposedConstant(x, attributes["perm"] as readonly number[]);
    case "Slice":
      return sliced(x, node);
    case "Gather":
      return computed[0] === inputs[0] ? gathered(x, node) : undefined;
    case "Concat":
      return known.length === inputs.length ? joined(known, y, Number(attributes["axis"])) : undefined;
    default:
      return undefined;
  }
}

function sliced(
  x: Constant,
  { inputs: [, from, , along, steps], outputs: [y] }: GraphNode,
): Constant | undefined {
  if (!from || !along || !isConstant(from) || !isConstant(along)) return undefined;
  if (steps && !(isConstant(steps) && steps.entries.every((step) => Number(step) === 1))) return undefined;
  const begin = x.shape.map(() => 0);
  along.entries.forEach((axis, i) => {
    begin[Number(axis)] = Number(from.entries[i]);
  });
  return slicedConstant(x, begin, y.shape);
}

/** Entries at positions that are known, along one axis. */
function gathered(
  x: Constant,
  { inputs: [, positions], outputs: [y], attributes }: GraphNode,
): Constant | undefined {
  if (!positions || !isConstant(positions)) return undefined;
  const axis = Number(attributes["axis"]);
  const [extent, inner] = [x.shape[axis], sizeOf(x.shape.slice(axis + 1))];
  const count = positions.entries.length;
  const entries = Int32Array.from({ length: sizeOf(y.shape) }, (_, i) => {
    const [outer, rest] = [Math.floor(i / (count * inner)), i % (count * inner)];
    const at = Number(positions.entries[Math.floor(rest / inner)]);
    return Number(x.entries[(outer * extent + at) * inner + (rest % inner)]);
  });
  return makeConstant(entries, y.shape, "int32");
}

function joined(parts: readonly Constant[], y: Value, axis: number): Constant {
  const along = axis < 0 ? axis + y.shape.length : axis;
  const outer = sizeOf(y.shape.slice(0, along));
  const entries = Array.from({ length: outer }, (_, i) =>
    parts.flatMap((part) => {
      const width = part.entries.length / outer;
      return Array.from(part.entries.slice(i * width, (i + 1) * width), Number);
    }),
  );
  return makeConstant(Int32Array.from(entries.flat()), y.shape, "int32");
}
