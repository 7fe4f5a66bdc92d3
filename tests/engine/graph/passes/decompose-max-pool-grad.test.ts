import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { lowerings } from "../../../../src/engine/graph/lowering";
import { decomposeMaxPoolGrad } from "../../../../src/engine/graph/passes/decompose-max-pool-grad";
import { decomposeReluGrad } from "../../../../src/engine/graph/passes/decompose-relu-grad";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { layoutNchwc } from "../../../../src/engine/graph/passes/layout-nchwc";
import { sinkTransposes } from "../../../../src/engine/graph/passes/sink-transposes";
import { apart, type Filled, normal, runGraph } from "../run-graph";

const IMAGE = [2, 4, 6, 16];
/** As convolutions give images: channels first. */
const FIRST = [2, 16, 4, 6];

interface Windows {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: "valid";
  readonly pooled: readonly number[];
}

const SIDE_BY_SIDE: Windows = { filterSize: [2, 3], strides: [2, 3], pad: "valid", pooled: [2, 2, 2, 16] };
const OVERLAPPING: Windows = { filterSize: [2, 3], strides: [1, 1], pad: "valid", pooled: [2, 3, 4, 16] };

/** A ReLU, its pooling, and what is led back through both, or through the pooling and a ReLU of something else. */
function graphOf(
  windows: Windows,
  rectifiedOf: (b: GraphBuilder, image: Value) => Value = (_, image) => image,
): Graph {
  const b = new GraphBuilder();
  const [x, dy] = [makeValue(FIRST, "float32"), makeValue(windows.pooled, "float32")];
  const image = b.transpose(x, [0, 2, 3, 1]);
  const rectified = b.add("Relu", [image], IMAGE);
  const lower = (kernel: string, inputs: Record<string, Value>): Value =>
    lowerings[kernel]?.({
      kernel,
      inputs,
      attrs: { ...windows },
      graph: b,
      tf,
      run: (_, given, attrs) =>
        b.transpose((given as Record<string, Value>)["x"] as Value, attrs?.["perm"] as number[]),
    }) as Value;
  const pooled = lower("MaxPool", { x: rectified });
  const back = lower("MaxPoolGrad", { dy, input: rectified, output: pooled });
  const dx = b.add("ReluGrad", [rectifiedOf(b, image), back], IMAGE);
  return eliminateDeadCode(
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
  );
}

/** Whole numbers, so that windows have several largest cells, and some none above zero. */
function whole(seed: number, shape: readonly number[]): Filled {
  const { data } = normal(seed, shape);
  return { data: data.map((v) => Math.round(v)), shape };
}

/** dy at the first largest cell of each window, where that is positive. */
function expected(x: Filled, dy: Filled, { filterSize, strides, pooled }: Windows): Float32Array {
  const [rows = 0, height = 0, width = 0, channels = 0] = IMAGE;
  const [, down = 0, across = 0] = pooled;
  const at = (n: number, i: number, j: number, c: number): number =>
    ((n * channels + c) * height + i) * width + j;
  const dx = new Float32Array(x.data.length);
  let k = 0;
  for (let n = 0; n < rows; n++)
    for (let i = 0; i < down; i++)
      for (let j = 0; j < across; j++)
        for (let c = 0; c < channels; c++) {
          const [top, left] = [i * strides[0], j * strides[1]];
          let best = at(n, top, left, c);
          for (let p = 0; p < filterSize[0] * filterSize[1]; p++) {
            const place = at(n, top + Math.floor(p / filterSize[1]), left + (p % filterSize[1]), c);
            if ((x.data[place] as number) > (x.data[best] as number)) best = place;
          }
          if ((x.data[best] as number) > 0) dx[best] = (dx[best] as number) + (dy.data[k] as number);
          k++;
        }
  return dx;
}

const decomposed = (graph: Graph): Graph => eliminateDeadCode(decomposeMaxPoolGrad(decomposeReluGrad(graph)));

describe.each([
  ["side by side", SIDE_BY_SIDE],
  ["overlapping", OVERLAPPING],
])("gradients of a pooled ReLU, windows %s", (_, windows) => {
  const graph = graphOf(windows);
  const [rows = 0, down = 0, across = 0, channels = 0] = windows.pooled;
  const compared = (of: Graph): (number | undefined)[][] =>
    of.nodes
      .filter(({ operator }) => operator === "Greater")
      .map(({ inputs }) => [...(inputs[0] as Value).shape]);

  it("are asked of what was pooled", () => {
    expect(compared(decomposed(graph))).toEqual([[rows, channels, down, across]]);
  });

  it.each([
    ["plain", (g: Graph) => decomposed(g)],
    ["one after the other", (g: Graph) => decomposeReluGrad(decomposeMaxPoolGrad(g))],
    ["in blocks", (g: Graph) => layoutNchwc(decomposed(g))],
  ])("go to the first of equal cells: %s", async (_, rewrite) => {
    const [x, dy] = [whole(1, FIRST), normal(2, windows.pooled)];
    const { dx } = await runGraph(rewrite(graph), { x, dy });
    expect(apart(dx as Float32Array, expected(x, dy, windows))).toBeLessThanOrEqual(1e-6);
  });

  it("are asked of the ReLU where something else was pooled", () => {
    const other = graphOf(windows, (b, image) => b.add("Neg", [image], IMAGE));
    expect(compared(decomposed(other))).toEqual([FIRST]);
  });
});
