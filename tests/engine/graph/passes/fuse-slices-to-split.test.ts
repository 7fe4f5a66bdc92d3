import { expect, it } from "vitest";
import { type GraphBuilder, integers } from "../../../../src/engine/graph/builder";
import type { Value } from "../../../../src/engine/graph/graph";
import { fuseSlicesToSplit } from "../../../../src/engine/graph/passes/fuse-slices-to-split";
import { graphOfRows, operators, ROWS, unchangedBy } from "../rewriting";

function stretch(b: GraphBuilder, x: Value, from: number, to: number): Value {
  const cut = b.add("Slice", [x, ...[[from], [to], [1]].map(integers)], [ROWS, to - from]);
  return b.add("Neg", [cut], cut.shape);
}

it("takes the gates of a cell apart at once", async () => {
  const graph = graphOfRows([[8]], (b, x) => [4, 0, 6, 2].map((from) => stretch(b, x, from, from + 2)));
  expect(operators(await unchangedBy(fuseSlicesToSplit, graph))).toEqual([
    "Split",
    "Neg",
    "Neg",
    "Neg",
    "Neg",
  ]);
});

it("lets a stretch lie unread between two", async () => {
  const graph = graphOfRows([[8]], (b, x) => [stretch(b, x, 0, 3), stretch(b, x, 5, 8)]);
  expect(operators(await unchangedBy(fuseSlicesToSplit, graph))).toEqual(["Split", "Neg", "Neg"]);
});

it("leaves stretches that overlap, a single one, and few of many", async () => {
  const graph = graphOfRows([[8], [8], [8]], (b, x, y, z) => [
    stretch(b, x, 0, 4),
    stretch(b, x, 3, 8),
    stretch(b, y, 0, 7),
    stretch(b, z, 0, 1),
    stretch(b, z, 6, 8),
  ]);
  expect(await unchangedBy(fuseSlicesToSplit, graph)).toEqual(graph);
});

it("leaves an axis whose extent is free", async () => {
  const graph = graphOfRows([[4]], (b, x) => {
    const turned = b.add("Transpose", [x], [4, ROWS], "float32", { perm: [1, 0] });
    return [
      [0, 1],
      [1, 3],
    ].map(([from, to]) =>
      b.add("Slice", [turned, ...[[from as number], [to as number], [1]].map(integers)], [4, 1]),
    );
  });
  expect(fuseSlicesToSplit(graph)).toEqual(graph);
});
