/**
 * Factors of channels in front of a convolution as part of its filters.
 *
 * Batch normalisation multiplies each channel on the way back, just in front of the convolution that leads further back.
 */
import { sizeOf } from "../../../tensor";
import { producersOf, useCountsOf } from "../analysis/producers";
import { makeConstant } from "../builder";
import { type Constant, type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { operand, operands } from "../operands";

/** The same graph with such factors multiplied into the filters. */
export function foldMulIntoConv(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = useCountsOf(graph);
  /** Producer of a value that nobody else reads. */
  const ownMaker = (value: Value): GraphNode | undefined =>
    reads.get(value) === 1 ? producers.get(value) : undefined;

  const rewritten = new Map<GraphNode, GraphNode>();
  for (const node of graph.nodes) {
    if (node.operator !== "Conv" && node.operator !== "ConvTranspose") continue;
    const [x, filters] = operands(node);
    if (!isConstant(filters)) continue;
    const before = ownMaker(x);
    const turned = before?.operator === "Transpose" ? before : undefined;
    const product = turned ? ownMaker(operand(turned, 0)) : before;
    if (product?.operator !== "Mul") continue;
    const factors = operands(product).find(isConstant);
    const scaled = operands(product).find((value) => !isConstant(value));
    if (factors === undefined || scaled === undefined) continue;
    // Broadcasting by the factors would change the shape of what is multiplied.
    if (scaled.shape.length !== product.outputs[0].shape.length) continue;
    const axis = turned ? (turned.attributes["perm"] as readonly number[])[1] : 1;
    const channels = x.shape[1];
    const perChannel = alongAxis(factors, axis, scaled.shape.length, channels);
    if (perChannel === undefined || scaled.shape[axis] !== channels) continue;
    const own = scaledFilters(filters, perChannel, node);
    if (turned) {
      rewritten.set(turned, { ...turned, inputs: [scaled] });
      rewritten.set(node, { ...node, inputs: [x, own, ...node.inputs.slice(2)] });
    } else rewritten.set(node, { ...node, inputs: [scaled, own, ...node.inputs.slice(2)] });
  }
  return { ...graph, nodes: graph.nodes.map((node) => rewritten.get(node) ?? node) };
}

/** One number per entry of an axis; undefined when factors differ along another. */
function alongAxis(
  { entries, shape }: Constant,
  axis: number,
  rank: number,
  extent: number,
): Float32Array | undefined {
  const own = axis - rank + shape.length;
  const onlyThere = shape.every((n, i) => n === 1 || i === own);
  if (!onlyThere || shape.length > rank) return undefined;
  const values = entries as Float32Array;
  if (values.length === 1) return new Float32Array(extent).fill(values[0]);
  return values.length === extent ? values : undefined;
}

/** Filters whose input channels are multiplied: their second axis within a group, the first of transposed ones. */
function scaledFilters({ entries, shape }: Constant, factors: Float32Array, node: GraphNode): Constant {
  const groups = (node.attributes["group"] as number | undefined) ?? 1;
  const [first = 1, second = 1] = shape;
  const window = sizeOf(shape.slice(2));
  const transposed = node.operator === "ConvTranspose";
  const channelOf = (a: number, b: number): number =>
    transposed ? a : Math.floor(a / (first / groups)) * second + b;
  const result = Float32Array.from(entries as Float32Array);
  for (let a = 0, i = 0; a < first; a++) {
    for (let b = 0; b < second; b++) {
      const factor = factors[channelOf(a, b)];
      for (let k = 0; k < window; k++, i++) result[i] *= factor;
    }
  }
  return makeConstant(result, shape, "float32");
}
