import { describe, expect, it } from "vitest";
import { RECORDED_ROWS } from "../../../../src/engine/graph/dynamic-batch";
import type { Graph } from "../../../../src/engine/graph/graph";
import { type Pass, pipeline } from "../../../../src/engine/graph/passes/pipeline";
import { print } from "../../../../src/engine/graph/print";
import { verify } from "../../../../src/engine/graph/verify";
import { recordedNets, recordingOf } from "../recorded-nets";
import { apart, runGraph } from "../run-graph";
import { feedsFor, wrongShapes } from "../true-shapes";

type NetName = keyof typeof recordedNets;

/** A net whose recorded gradient each pass changes. */
const firesOn: Readonly<Record<string, NetName>> = {
  batchPerRowOps: "band of matrices",
  makeBatchDynamic: "dense, ReLU and sigmoid",
  pathGraph: "dense, ReLU and sigmoid",
  eliminateConcatSlice: "two GRUs",
  sinkTransposes: "convolution, batch norm, ReLU and pool",
  flattenMatMul: "short LSTM",
  fuseReshapes: "short LSTM",
  decomposeTanhGrad: "short LSTM",
  decomposeReluGrad: "dense, ReLU and sigmoid",
  decomposeMaxPoolGrad: "convolution, batch norm, ReLU and pool",
  fusePadIntoConv: "convolution, batch norm, ReLU and pool",
  separatePadFromMaxPool: "zeros in front of a pool",
  foldMulIntoConv: "convolution, batch norm, ReLU and pool",
  eliminateDeadCode: "dense, ReLU and sigmoid",
  reassociateAddConstant: "short LSTM",
  decomposeSigmoidGrad: "dense, ReLU and sigmoid",
  preserveSigmoidPrecision: "dense, ReLU and sigmoid",
  fuseSlicesToSplit: "short LSTM",
  fuseMatMulAdd: "short LSTM",
  shareTransposedWeights: "dense, ReLU and sigmoid",
  layoutNchwc: "convolution, batch norm, ReLU and pool",
};

interface Step {
  readonly pass: Pass;
  readonly before: Graph;
  readonly after: Graph;
}

/** What each pass made of the recording of a net. */
function steps(name: NetName, path: boolean): Step[] {
  const { graph, stages } = recordingOf(recordedNets[name] as (typeof recordedNets)[NetName], path);
  let current = graph;
  return stages.flatMap(({ passes }) =>
    passes.map((pass) => {
      const before = current;
      current = pass.run(before);
      return { pass, before, after: current };
    }),
  );
}

describe("each pass fires on a recorded net", () => {
  it.each(Object.entries(firesOn))("%s on %s", (name, net) => {
    const fired = steps(net, name === "pathGraph").filter(
      ({ pass, before, after }) => pass.name === name && print(before) !== print(after),
    );
    expect(fired).not.toHaveLength(0);
  });

  it("and no pass of the pipeline is without one", () => {
    const nothing: Graph = { inputs: [], outputs: [], nodes: [] };
    const all = pipeline({ twin: nothing, path: { at: [], scored: true }, inBlocks: true }).flatMap(
      ({ passes }) => passes,
    );
    expect(Object.keys(firesOn).sort()).toEqual([...new Set(all.map(({ name }) => name))].sort());
  });
});

/** Nodes of a graph that takes long to load. */
const LARGE = 150;

const cases = Object.keys(recordedNets).flatMap((net) => [
  [net, "gradient"] as const,
  [net, "path"] as const,
]);

describe.each(cases)("%s, %s: behind each pass", (net, kind) => {
  const path = kind === "path";
  const [rows] = RECORDED_ROWS;
  const all = steps(net, path);
  const names = all.map(({ pass }) => pass.name);
  const changed = all.filter(({ before, after }) => print(before) !== print(after));

  /** Of large graphs, which take long to load, what the last pass leaves alone. */
  const isLoaded = (step: Step): boolean =>
    changed.includes(step) && (step.after.nodes.length <= LARGE || step === changed.at(-1));

  it("values are computed once and before they are read", () => {
    verify(all[0]?.before as Graph);
    for (const { after } of all) verify(after);
  });

  it("shapes are those that values have", async () => {
    let moved = false;
    for (const step of changed) {
      const { pass, after } = step;
      moved ||= pass.name === "pathGraph";
      if (pass.name === "batchPerRowOps" || !isLoaded(step)) continue;
      expect([pass.name, await wrongShapes(after, rows, !moved)]).toEqual([pass.name, []]);
    }
  });

  it("numbers are what they were", async () => {
    const start = names.indexOf(path ? "pathGraph" : "makeBatchDynamic");
    const plain = all[start]?.after as Graph;
    const feeds = feedsFor(plain, 2);
    const expected = await runGraph(plain, feeds);
    for (const step of all.slice(start + 1)) {
      if (!isLoaded(step)) continue;
      const { pass, after } = step;
      const found = await runGraph(after, feeds);
      for (const [name, values] of Object.entries(expected))
        expect([pass.name, apart(found[name] as Float32Array, values) < 1e-5]).toEqual([pass.name, true]);
    }
  });
});
