import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { lowerings } from "../../../../src/engine/graph/lowering";
import { eliminateCommonSubexpressions } from "../../../../src/engine/graph/passes/eliminate-common-subexpressions";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { fuseReluMaxPoolGrad } from "../../../../src/engine/graph/passes/fuse-relu-max-pool-grad";
import { layoutNchwc } from "../../../../src/engine/graph/passes/layout-nchwc";
import { sinkTransposes } from "../../../../src/engine/graph/passes/sink-transposes";
import { apart, type Filled, normal, runGraph } from "../run-graph";

const IMAGE = [2, 4, 6, 16];
/** As convolutions give images: channels first. */
const FIRST = [2, 16, 4, 6];
const POOLED = [2, 2, 2, 16];
const ATTRS = { filterSize: [2, 3], strides: [2, 3], pad: "valid" };

/** A ReLU, its pooling, and slopes led back through both. */
function graphOf(positiveOf: (rectified: Value, x: Value) => Value): Graph {
  const b = new GraphBuilder();
  const [x, dy] = [makeValue(FIRST, "float32"), makeValue(POOLED, "float32")];
  const image = b.transpose(x, [0, 2, 3, 1]);
  const rectified = b.add("Relu", [image], IMAGE);
  const lower = (kernel: string, inputs: Record<string, Value>): Value =>
    lowerings[kernel]?.({
      kernel,
      inputs,
      attrs: ATTRS,
      graph: b,
      tf,
      run: (_, given, attrs) =>
        b.transpose((given as Record<string, Value>)["x"] as Value, attrs?.["perm"] as number[]),
    }) as Value;
  const pooled = lower("MaxPool", { x: rectified });
  const back = lower("MaxPoolGrad", { dy, input: rectified, output: pooled });
  const greater = b.add("Greater", [positiveOf(rectified, image), b.scalar(0)], IMAGE, "bool");
  const dx = b.add("Mul", [back, b.cast(greater, "float32")], IMAGE);
  return eliminateDeadCode(
    eliminateCommonSubexpressions(
      sinkTransposes({
        inputs: [
          { name: "x", value: x },
          { name: "dy", value: dy },
        ],
        outputs: [
          { name: "y", value: pooled },
          { name: "dx", value: b.transpose(dx, [0, 3, 1, 2]) },
        ],
        nodes: b.nodes,
      }),
    ),
  );
}

/** Whole numbers, so that windows have several largest cells, and some none above zero. */
function whole(seed: number, shape: readonly number[]): Filled {
  const { data } = normal(seed, shape);
  return { data: data.map((v) => Math.round(v)), shape };
}

/** dy at the first largest cell of each window, where that is positive. */
function expected(x: Filled, dy: Filled): Float32Array {
  const [rows = 0, height = 0, width = 0, channels = 0] = IMAGE;
  const at = (n: number, i: number, j: number, c: number): number =>
    ((n * channels + c) * height + i) * width + j;
  const dx = new Float32Array(x.data.length);
  let k = 0;
  for (let n = 0; n < rows; n++)
    for (let i = 0; i < height; i += 2)
      for (let j = 0; j < width; j += 3)
        for (let c = 0; c < channels; c++) {
          let best = at(n, i, j, c);
          for (const place of [0, 1, 2, 3, 4, 5].map((p) => at(n, i + Math.floor(p / 3), j + (p % 3), c)))
            if ((x.data[place] as number) > (x.data[best] as number)) best = place;
          if ((x.data[best] as number) > 0) dx[best] = dy.data[k] as number;
          k++;
        }
  return dx;
}

describe("slopes of a pooled ReLU", () => {
  const graph = graphOf((rectified) => rectified);
  const compared = (of: Graph): (number | undefined)[][] =>
    of.nodes
      .filter(({ operator }) => operator === "Greater")
      .map(({ inputs }) => [...(inputs[0] as Value).shape]);

  it("are asked of what was pooled", () => {
    expect(compared(graph)).toEqual([FIRST]);
    expect(compared(eliminateDeadCode(fuseReluMaxPoolGrad(graph)))).toEqual([[2, 16, 2, 2]]);
  });

  it.each([
    ["plain", (g: Graph) => g],
    ["pooled", fuseReluMaxPoolGrad],
    ["in blocks", (g: Graph) => layoutNchwc(fuseReluMaxPoolGrad(g))],
  ])("go to the first of equal cells: %s", async (_, rewrite) => {
    const [x, dy] = [whole(1, FIRST), normal(2, POOLED)];
    const { dx } = await runGraph(rewrite(graph), { x, dy });
    expect(apart(dx as Float32Array, expected(x, dy))).toBe(0);
  });

  it("are left alone where something else must be positive", () => {
    const other = graphOf((_, x) => x);
    expect(compared(fuseReluMaxPoolGrad(other))).toEqual(compared(other));
  });
});
