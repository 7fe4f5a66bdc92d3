/**
 * Zeros around the image of a convolution as its own padding, and edges cut off what it gives as less of that.
 *
 * Models that pad in a layer of their own pad in one pass over the image, and the way back cuts in another.
 */

import { producersOf, useCountsOf } from "../analysis/producers";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import { operand, operands } from "../operands";

const numbers = (value: Value | undefined): number[] | undefined =>
  value && isConstant(value) ? Array.from(value.entries as BigInt64Array, Number) : undefined;

/** The same graph with padding and cutting inside the convolutions. */
export function fusePadIntoConv(graph: Graph): Graph {
  return cutInside(paddedInside(graph));
}

function paddedInside(graph: Graph): Graph {
  const producers = producersOf(graph);
  return {
    ...graph,
    nodes: graph.nodes.map((node): GraphNode => {
      if (node.operator !== "Conv") return node;
      const image = operand(node, 0);
      const pad = producers.get(image);
      const sides = pad?.operator === "Pad" ? numbers(pad.inputs[1]) : undefined;
      if (pad === undefined || sides === undefined || pad.inputs.length > 3) return node;
      const fill = pad.inputs[2];
      const ofZeros = (fill === undefined || uniform(fill) === 0) && pad.attributes["mode"] === undefined;
      const rank = image.shape.length;
      const spatial = (i: number): boolean => i % rank > 1;
      if (!ofZeros || sides.some((n, i) => n < 0 || (n !== 0 && !spatial(i)))) return node;
      const around = sides.filter((_, i) => spatial(i));
      const pads = (node.attributes["pads"] as readonly number[]).map((n, i) => n + around[i]);
      return {
        ...node,
        inputs: [pad.inputs[0], ...node.inputs.slice(1)],
        attributes: { ...node.attributes, pads },
      };
    }),
  };
}

function cutInside(graph: Graph): Graph {
  const producers = producersOf(graph);
  const uses = useCountsOf(graph);
  const cut = new Set<GraphNode>();
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.operator !== "Slice" || node.inputs.length !== 4) return node;
    const [image, ...where] = operands(node);
    const output = node.outputs[0];
    const convolution = image && uses.get(image) === 1 ? producers.get(image) : undefined;
    const [from, , axes] = where.map(numbers);
    if (image === undefined || convolution === undefined || !from || !axes) return node;
    const plain = convolution.operator === "Conv";
    if (!plain && convolution.operator !== "ConvTranspose") return node;
    const strides = convolution.attributes["strides"] as readonly number[];
    if (plain && strides.some((n) => n !== 1)) return node;
    const extra = convolution.attributes["output_padding"] as readonly number[] | undefined;
    if (extra?.some((n) => n !== 0) || axes.some((axis) => axis < 2) || from.some((n) => n < 0)) return node;
    const rank = image.shape.length;
    const pads = [...(convolution.attributes["pads"] as readonly number[])];
    axes.forEach((axis, i) => {
      const before = from[i];
      const after = image.shape[axis] - output.shape[axis] - before;
      // Padding adds to what a convolution gives and takes from what a transposed one gives.
      const sign = plain ? -1 : 1;
      pads[axis - 2] += sign * before;
      pads[axis - 2 + rank - 2] += sign * after;
    });
    if (pads.some((n) => n < 0)) return node;
    cut.add(convolution);
    return { ...convolution, outputs: [output], attributes: { ...convolution.attributes, pads } };
  });
  return { ...graph, nodes: nodes.filter((node) => !cut.has(node)) };
}
