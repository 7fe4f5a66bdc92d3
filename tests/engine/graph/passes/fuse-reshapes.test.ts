import { expect, it } from "vitest";
import { integers } from "../../../../src/engine/graph/builder";
import { fuseReshapes } from "../../../../src/engine/graph/passes/fuse-reshapes";
import { graphOfRows, operators, ROWS, unchangedBy } from "../rewriting";
import { rowsBy } from "../run-graph";

it("leaves out an axis of extent 1 that is put in and taken out again", async () => {
  const graph = graphOfRows([[6]], (b, x) => {
    const raised = b.add("Reshape", [x, integers([1, -1, 6])], [1, ROWS, 6]);
    const turned = b.add("Reshape", [raised, rowsBy(1, 6)], [ROWS, 1, 6]);
    return [b.add("Neg", [b.add("Reshape", [turned, rowsBy(6)], [ROWS, 6])], [ROWS, 6])];
  });
  expect(operators(await unchangedBy(fuseReshapes, graph))).toEqual(["Neg"]);
});

it("goes from the first shape to the last at once, and keeps a shape that is read in between", async () => {
  const graph = graphOfRows([[6]], (b, x) => {
    const cubes = b.add("Reshape", [x, rowsBy(3, 2)], [ROWS, 3, 2]);
    const turned = b.add("Reshape", [cubes, rowsBy(2, 3)], [ROWS, 2, 3]);
    return [b.add("Neg", [cubes], cubes.shape), b.add("Neg", [turned], turned.shape)];
  });
  const rewritten = await unchangedBy(fuseReshapes, graph);
  expect(operators(rewritten)).toEqual(["Reshape", "Reshape", "Neg", "Neg"]);
  expect(rewritten.nodes[1]?.inputs[0]).toBe(graph.inputs[0]?.value);
});

it("tells rows from an extent that is the same only where the graph was recorded", async () => {
  const graph = graphOfRows([[ROWS]], (b, x) => {
    const flat = b.add("Reshape", [x, integers([-1])], [ROWS * ROWS]);
    const otherWay = b.add("Reshape", [flat, integers([ROWS, -1])], [ROWS, ROWS]);
    return [b.add("ReduceSum", [otherWay, integers([1])], [ROWS], "float32", { keepdims: 0 })];
  });
  expect(operators(await unchangedBy(fuseReshapes, graph))).toEqual(["Reshape", "ReduceSum"]);
});

it("does not take an extent for fixed behind an operator that it does not know", async () => {
  const graph = graphOfRows([[4]], (b, x) => {
    const tiled = b.add("Tile", [x, integers([1, 1])], [ROWS, 4]);
    return [b.add("Neg", [b.add("Reshape", [tiled, rowsBy(4)], [ROWS, 4])], [ROWS, 4])];
  });
  expect(operators(await unchangedBy(fuseReshapes, graph))).toContain("Reshape");
});
