import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { fusePadIntoConv } from "../../../../src/engine/graph/passes/fuse-pad-into-conv";
import { apart, count, normal, runGraph, weights } from "../run-graph";

const SHAPE = [2, 3, 6, 7];

function graphOf(write: (b: GraphBuilder, x: Value) => Value): Graph {
  const b = new GraphBuilder();
  const x = makeValue(SHAPE, "float32");
  return { inputs: [{ name: "x", value: x }], outputs: [{ name: "y", value: write(b, x) }], nodes: b.nodes };
}

/** 3×3 with strides and pads [top, left, bottom, right]. */
function convolved(
  b: GraphBuilder,
  x: Value,
  stride: number,
  pads: readonly number[],
  operator: "Conv" | "ConvTranspose" = "Conv",
): Value {
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const side = (extent: number, around: number): number =>
    operator === "Conv" ? Math.floor((extent + around - 3) / stride) + 1 : (extent - 1) * stride + 3 - around;
  const [, , height = 0, width = 0] = x.shape;
  return b.add(
    operator,
    [x, weights(1, [3, 3, 3, 3])],
    [2, 3, side(height, top + bottom), side(width, left + right)],
    "float32",
    { kernel_shape: [3, 3], strides: [stride, stride], dilations: [1, 1], pads, group: 1 },
  );
}

/** Graphs, and how many paddings and cuts are left of each. */
const graphs: Readonly<Record<string, readonly [Graph, number]>> = {
  "zeros around": [graphOf((b, x) => convolved(b, b.pad(x, [0, 0, 1, 0], [0, 0, 2, 1]), 2, [0, 1, 0, 0])), 0],
  "other numbers around": [
    graphOf((b, x) => convolved(b, b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1], 1), 1, [0, 0, 0, 0])),
    1,
  ],
  "zeros for more channels": [
    graphOf((b, x) =>
      convolved(
        b,
        b.pad(b.slice(x, [0, 0, 0, 0], [2, 2, 6, 7]), [0, 1, 0, 0], [0, 0, 0, 0]),
        1,
        [1, 1, 1, 1],
      ),
    ),
    2,
  ],
  "edges cut off": [
    graphOf((b, x) => b.slice(convolved(b, x, 1, [1, 1, 1, 1]), [0, 0, 1, 0], [2, 3, 5, 6])),
    0,
  ],
  "more cut off than was padded": [
    graphOf((b, x) => b.slice(convolved(b, x, 1, [1, 1, 1, 1]), [0, 0, 2, 0], [2, 3, 4, 7])),
    1,
  ],
  "edges cut off strides": [
    graphOf((b, x) => b.slice(convolved(b, x, 2, [1, 1, 1, 1]), [0, 0, 1, 0], [2, 3, 2, 4])),
    1,
  ],
  "edges of a transposed one": [
    graphOf((b, x) =>
      b.slice(convolved(b, x, 2, [0, 0, 0, 0], "ConvTranspose"), [0, 0, 1, 2], [2, 3, 12, 13]),
    ),
    0,
  ],
  "one that is read whole, too": [
    graphOf((b, x) => {
      const whole = convolved(b, x, 1, [1, 1, 1, 1]);
      const cut = b.slice(whole, [0, 0, 1, 1], [2, 3, 1, 1]);
      return b.add("Add", [whole, cut], whole.shape);
    }),
    1,
  ],
};

describe.each(Object.entries(graphs))("%s", (_, [graph, left]) => {
  it("stays what it is", async () => {
    const inside = eliminateDeadCode(fusePadIntoConv(graph));
    expect(count(inside, "Pad") + count(inside, "Slice")).toBe(left);
    const feeds = { x: normal(1, SHAPE) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(inside, feeds)];
    expect(apart(found["y"] as Float32Array, expected["y"] as Float32Array)).toBeLessThan(1e-6);
  });
});
