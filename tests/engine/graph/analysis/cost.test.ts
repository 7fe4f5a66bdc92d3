import { describe, expect, it } from "vitest";
import {
  evenRows,
  floatingPointOperations,
  peakBytes,
  quickRows,
  work,
} from "../../../../src/engine/graph/analysis/cost";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph } from "../../../../src/engine/graph/graph";
import { weights } from "../run-graph";

/** [4, 5] · [5, 7], then what is said of it; 4-byte entries. */
function graphOf(): Graph {
  const b = new GraphBuilder();
  const x = makeValue([4, 5], "float32");
  const product = b.add("MatMul", [x, weights(1, [5, 7])], [4, 7]);
  const bent = b.add("Relu", [product], [4, 7]);
  return {
    inputs: [{ name: "x", value: x }],
    outputs: [{ name: "y", value: b.add("Neg", [bent], [4, 7]) }],
    nodes: b.nodes,
  };
}

describe("what a graph costs", () => {
  it("counts two operations for each product and one for each other entry", () => {
    expect(floatingPointOperations(graphOf())).toBe(2 * 4 * 5 * 7 + 2 * 4 * 7);
  });

  it("counts other entries as so many operations as take as long, when it is about time", () => {
    expect(work(graphOf())).toBe(2 * 4 * 5 * 7 + 32 * 2 * 4 * 7);
  });

  it("counts what is needed at one time: the input and a product, then two products", () => {
    expect(peakBytes(graphOf())).toBe(4 * (4 * 7 + 4 * 7));
  });
});

describe("rows at once", () => {
  it("is as many as stay near the processor", () => {
    expect(quickRows(2 ** 20, 1, 1)).toBe(32);
    expect(quickRows(2 ** 22, 1, 1)).toBe(8);
  });

  it("is as many as take a core about a quarter of a second, for each core", () => {
    expect(quickRows(1, 1e9, 1)).toBe(20);
    expect(quickRows(1, 1e9, 2)).toBe(40);
  });

  it("is one where a single row is more than that", () => {
    expect(quickRows(2 ** 30, 1, 1)).toBe(1);
    expect(quickRows(1, 1e12, 1)).toBe(1);
  });
});

describe("rows of one chunk", () => {
  it("leaves no small rest", () => {
    expect(evenRows(50, 12, 1000)).toBe(13);
    expect(evenRows(50, 7, 1000)).toBe(8);
    expect(evenRows(50, 30, 1000)).toBe(25);
  });

  it("is all rows where they are few", () => {
    expect(evenRows(7, 32, 1000)).toBe(7);
    expect(evenRows(1, 32, 1000)).toBe(1);
  });

  it("never exceeds what memory allows", () => {
    expect(evenRows(50, 7, 7)).toBe(7);
    expect(evenRows(50, 100, 12)).toBe(10);
    for (let total = 1; total < 60; total++)
      for (let most = 1; most < 20; most++) expect(evenRows(total, 9, most)).toBeLessThanOrEqual(most);
  });
});
