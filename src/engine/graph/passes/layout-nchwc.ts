/**
 * Operations on images between convolutions, written so that ONNX Runtime keeps these in its blocks of channels.
 *
 * On x64 its convolutions lay images out in blocks of 8 or 16 channels, each surrounded by reordering. Of other operators
 * only sums, products, ReLU, pooling and resizing take blocks as they are, and sums and products only of images that it
 * knows to have the same number of rows. Numbers for all entries or by channel, gradients and bounds are therefore written as
 * convolutions of one cell and one channel each, which also join with a ReLU, a clipping or a sum behind them.
 */

import { producersOf, useCountsOf } from "../analysis/producers";
import { RowGroups } from "../analysis/row-groups";
import { GraphBuilder, makeConstant, same } from "../builder";
import { type Constant, type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import { operands } from "../operands";
import { eliminateDeadCode } from "./eliminate-dead-code";

/** A multiple of each size of blocks. */
const CHANNELS = 16;

/** Turns any positive number above 1e-38 into one of at least 1. */
const STEEP = 2 ** 127;

/** The same graph in operators that take blocks, with names for what is known of the numbers of rows. */
export function layoutNchwc(graph: Graph): Graph {
  const rewriting = new Rewriting(graph);
  for (const node of graph.nodes) rewriting.take(node);
  return eliminateDeadCode(rewriting.result());
}

class Rewriting {
  readonly #graph: Graph;
  readonly #builder = new GraphBuilder();
  readonly #producers: ReadonlyMap<Value, GraphNode>;
  readonly #uses: ReadonlyMap<Value, number>;
  readonly #readers = new Map<Value, GraphNode[]>();
  readonly #groups: RowGroups;
  /** Convolutions, with factors and biases behind them, that one node alone reads. */
  readonly #joining = new Set<Value>();
  /** Values that ONNX Runtime will have in blocks. */
  readonly #blocked = new Set<Value>();
  /** Values that enter blocks by a convolution of their own. */
  readonly #entered = new Map<Value, Value>();
  readonly #replaced = new Map<Value, Value>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#producers = producersOf(graph);
    this.#uses = useCountsOf(graph);
    this.#groups = new RowGroups(graph);
    for (const node of graph.nodes) {
      for (const value of node.inputs)
        if (value) this.#readers.set(value, [...(this.#readers.get(value) ?? []), node]);
    }
  }

  result(): Graph {
    const outputs = this.#graph.outputs.map((port) => ({ ...port, value: this.#now(port.value) }));
    const names = new Map<Value, string>();
    const rows = new Map<Value, string>();
    for (const value of this.#blocked) {
      const root = this.#groups.of(value);
      const name = names.get(root) ?? `images${names.size}`;
      names.set(root, name);
      rows.set(value, name);
    }
    return { ...this.#graph, outputs, nodes: this.#builder.nodes, rows };
  }

  take(original: GraphNode): void {
    const node = { ...original, inputs: original.inputs.map((value) => value && this.#now(value)) };
    const y = node.outputs[0];
    const written = isImage(y) && node.outputs.length === 1 ? this.#blockedForm(node, y) : undefined;
    if (written === undefined) this.#builder.nodes.push(node);
    else if (written !== y) {
      this.#replaced.set(y, written);
      this.#groups.add(written, y);
      this.#blocked.add(written);
    }
  }

  #now(value: Value): Value {
    return this.#replaced.get(value) ?? value;
  }

  /** Stand-in for the output in blocks; undefined when the node stays as it is. */
  #blockedForm(node: GraphNode, y: Value): Value | undefined {
    const { operator, inputs } = node;
    const [a, b, c] = inputs as readonly [Value, Value | undefined, Value | undefined];
    const kept = (): Value => {
      this.#builder.nodes.push(node);
      this.#blocked.add(y);
      return y;
    };
    switch (operator) {
      case "Conv":
        if (!takesBlocks(node)) return undefined;
        this.#noteJoining(y);
        return kept();
      case "MaxPool":
      case "AveragePool":
        return kept();
      case "Resize":
        return this.#isBlocked(a) && node.attributes["mode"] === "nearest" ? kept() : undefined;
      case "Relu":
        if (this.#isBlocked(a)) return kept();
        return this.#isWanted(y) ? this.#builder.add("Relu", [this.#scaled(a, 1, 0)], y.shape) : undefined;
      case "Clip": {
        const bounded = [b, c].every((bound) => bound !== undefined && uniform(bound) !== undefined);
        if (!bounded || !(this.#isBlocked(a) || this.#isWanted(y))) return undefined;
        // It joins only with a convolution that nobody else reads.
        const before = this.#joining.has(a) ? a : this.#scaled(a, 1, 0);
        return this.#builder.add("Clip", [before, b, c], y.shape);
      }
      case "Neg":
        return this.#isBlocked(a) ? this.#scaled(a, -1, 0) : undefined;
      case "Cast":
        return this.#indicator(a, y);
      case "Mul":
      case "Add":
      case "Sub":
        return b && this.#combined(operator, a, b, y);
      default:
        return undefined;
    }
  }

  /** Remembers a value that only one node reads: ONNX Runtime joins that one with the convolution. */
  #noteJoining(y: Value): void {
    if (this.#uses.get(y) === 1) this.#joining.add(y);
  }

  /** True of a value that a convolution or a pooling in blocks reads. */
  #isWanted(value: Value): boolean {
    return (this.#readers.get(value) ?? []).some(
      (node) => (node.operator === "Conv" && takesBlocks(node)) || node.operator === "MaxPool",
    );
  }

  #isBlocked(value: Value): boolean {
    return this.#blocked.has(value);
  }

  /** A value in blocks, brought there if it is not. */
  #inBlocks(value: Value): Value {
    if (this.#isBlocked(value)) return value;
    const known = this.#entered.get(value) ?? this.#scaled(value, 1, 0);
    this.#entered.set(value, known);
    return known;
  }

  /** scale · x + bias. */
  #scaled(x: Value, scale: number | Float32Array, bias: number | Float32Array): Value {
    const channels = x.shape[1];
    const all = (entries: number | Float32Array): Float32Array =>
      typeof entries === "number" ? new Float32Array(channels).fill(entries) : entries;
    const filters = makeConstant(all(scale), [channels, 1, 1, 1], "float32");
    const shift = bias === 0 ? [] : [makeConstant(all(bias), [channels], "float32")];
    const y = this.#builder.add("Conv", [x, filters, ...shift], x.shape, "float32", {
      kernel_shape: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      group: channels,
    });
    this.#blocked.add(y);
    this.#groups.add(y, x);
    return y;
  }

  #combined(operator: "Mul" | "Add" | "Sub", a: Value, b: Value, y: Value): Value | undefined {
    const [image, other] = isConstant(a) ? [b, a] : [a, b];
    if (isConstant(other)) {
      if (!this.#isBlocked(image) || !same(image.shape, y.shape)) return undefined;
      const numbers = perChannel(other, y.shape);
      if (numbers === undefined) return undefined;
      if (operator !== "Sub" && this.#joining.has(image)) {
        const joined = this.#builder.add(operator, [image, other], y.shape);
        if (this.#uses.get(y) === 1) this.#joining.add(joined);
        return joined;
      }
      if (operator === "Mul") return this.#scaled(image, numbers, 0);
      if (operator === "Add") return this.#scaled(image, 1, numbers);
      const opposite = typeof numbers === "number" ? -numbers : numbers.map((n) => -n);
      return other === b ? this.#scaled(image, 1, opposite) : this.#scaled(image, -1, numbers);
    }
    const together = same(a.shape, y.shape) && same(b.shape, y.shape) && this.#sameRows(a, b);
    if (!together || !(this.#isBlocked(a) || this.#isBlocked(b))) return undefined;
    const [left, right] = [this.#inBlocks(a), this.#inBlocks(b)];
    if (operator === "Sub") return this.#builder.add("Add", [this.#scaled(right, -1, 0), left], y.shape);
    return this.#builder.add(operator, [left, right], y.shape);
  }

  #sameRows(a: Value, b: Value): boolean {
    return this.#groups.of(a) === this.#groups.of(b);
  }

  /** A condition as 0 or 1, where it compares blocks: positive, or at most a number. */
  #indicator(condition: Value, y: Value): Value | undefined {
    const node = this.#producers.get(condition);
    if (condition.dtype !== "bool" || y.dtype !== "float32" || node === undefined) return undefined;
    const [a, b] = operands(node).map((value) => this.#now(value)) as [Value, Value];
    if (node.operator === "And") {
      if (!same(a.shape, y.shape) || !same(b.shape, y.shape)) return undefined;
      const [left, right] = [this.#indicator(a, y), this.#indicator(b, y)];
      return left && right && this.#builder.add("Mul", [left, right], y.shape);
    }
    const bound = b && uniform(b);
    if (bound === undefined || !same(a.shape, y.shape) || !this.#isBlocked(a)) return undefined;
    const between = (scale: number, bias: number): Value => {
      const scaled = this.#scaled(a, scale, bias);
      const clipped = [this.#builder.scalar(0), this.#builder.scalar(1)];
      const zeroOrOne = this.#builder.add("Clip", [scaled, ...clipped], y.shape);
      this.#blocked.add(zeroOrOne);
      this.#groups.add(zeroOrOne, a);
      return zeroOrOne;
    };
    if (node.operator === "Greater" && bound === 0) return between(STEEP, 0);
    if (node.operator === "LessOrEqual" && bound > 0) {
      // In units of the distance to the next number: 1 at the bound, 0 from the next number on, without rounding.
      const units = 2 ** (23 - Math.floor(Math.log2(bound)));
      return between(-units, units * bound + 1);
    }
    return undefined;
  }
}

/** Images are four axes, with channels that fill blocks. */
function isImage({ shape, dtype }: Value): boolean {
  return dtype === "float32" && shape.length === 4 && shape[1] % CHANNELS === 0;
}

/** True of a convolution that will run in blocks. */
function takesBlocks({ inputs, attributes }: GraphNode): boolean {
  const [x, filters, bias] = inputs as readonly [Value, Value, Value | undefined];
  if (!isConstant(filters) || (bias !== undefined && !isConstant(bias))) return false;
  const channels = x.shape[1];
  const groups = attributes["group"] ?? 1;
  if (groups !== 1) return groups === channels && groups === filters.shape[0];
  return channels < 8 || channels % CHANNELS === 0;
}

/** One number for all entries, or one for each channel; undefined when a constant differs elsewhere. */
function perChannel(value: Constant, shape: readonly number[]): number | Float32Array | undefined {
  if (value.dtype !== "float32") return undefined;
  const number = uniform(value);
  if (number !== undefined) return number;
  const axis = value.shape.length - 3;
  const only = value.shape.every((extent, i) => extent === 1 || i === axis);
  return only && value.shape[axis] === shape[1] ? (value.entries as Float32Array) : undefined;
}
