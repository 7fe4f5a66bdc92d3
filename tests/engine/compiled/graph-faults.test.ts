import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { asModel, integratedGradients, type NdArray, saliency } from "../../../src";
import * as slopeCheck from "../../../src/engine/compiled/check/gradient-check";
import { producersOf } from "../../../src/engine/graph/analysis/producers";
import { GraphBuilder, makeConstant } from "../../../src/engine/graph/builder";
import type { Graph, GraphNode, Value } from "../../../src/engine/graph/graph";
import { type Pass, SIMPLIFY } from "../../../src/engine/graph/passes/pipeline";
import * as pathGraphs from "../../../src/engine/graph/path-graph";
import { normals } from "../../models";

/** Small nets are checked here as large ones are. */
vi.mock("../../../src/engine/compiled/check/gradient-check", async (original) => ({
  ...(await original<typeof slopeCheck>()),
  isSlow: () => true,
}));

const {
  add,
  conv2d,
  dense,
  depthwiseConv2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  layerNormalization,
  maxPooling2d,
  reLU,
} = tf.layers;

/** A convolution, another beside a shortcut, and a rectifier after each. */
function residual(seed: number): tf.LayersModel {
  const x = tf.input({ shape: [12, 12, 2] });
  const widened = conv2d({ filters: 8, kernelSize: 3, padding: "same", activation: "relu" }).apply(x);
  const body = conv2d({ filters: 8, kernelSize: 3, padding: "same" }).apply(widened) as tf.SymbolicTensor;
  const joined = reLU({}).apply(add().apply([widened as tf.SymbolicTensor, body]));
  const y = dense({ units: 3 }).apply(globalAveragePooling2d({}).apply(joined as tf.SymbolicTensor));
  return weighted(tf.model({ inputs: x, outputs: y as tf.SymbolicTensor }), seed);
}

function weighted<M extends tf.LayersModel>(model: M, seed: number): M {
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((w, i) => {
        const { data } = normals(100 * seed + i, w.shape);
        const fan = w.shape.slice(0, -1).reduce((a, b) => a * b, 1);
        return tf.tensor(data, w.shape).mul(w.rank > 1 ? Math.sqrt(2 / fan) : 0.1);
      }),
    ),
  );
  return model;
}

/** Nodes that compute the gradient and not the score. */
function backward(graph: Graph): GraphNode[] {
  const madeBy = producersOf(graph);
  const forward = new Set<GraphNode>();
  const visit = (value: Value | undefined): void => {
    const node = value && madeBy.get(value);
    if (!node || forward.has(node)) return;
    forward.add(node);
    node.inputs.forEach(visit);
  };
  visit(graph.outputs.find(({ name }) => name === "scores")?.value);
  return graph.nodes.filter((node) => !forward.has(node));
}

/** The graph with something else in place of what a node gives. */
function changed(graph: Graph, node: GraphNode, make: (builder: GraphBuilder, value: Value) => Value): Graph {
  const builder = new GraphBuilder();
  const value = node.outputs[0] as Value;
  const other = make(builder, value);
  const at = graph.nodes.indexOf(node) + 1;
  const nodes = graph.nodes.map((reader) =>
    graph.nodes.indexOf(reader) < at
      ? reader
      : { ...reader, inputs: reader.inputs.map((input) => (input === value ? other : input)) },
  );
  return {
    ...graph,
    nodes: [...nodes.slice(0, at), ...builder.nodes, ...nodes.slice(at)],
    outputs: graph.outputs.map((port) => (port.value === value ? { ...port, value: other } : port)),
  };
}

const scaled =
  (by: number) =>
  (builder: GraphBuilder, value: Value): Value =>
    builder.add("Mul", [value, builder.scalar(by)], value.shape);

const withoutChannel = (builder: GraphBuilder, value: Value): Value =>
  builder.add("Mul", [value, makeConstant([1, 0], [2], "float32")], value.shape);

/** The graph with other names for some inputs. */
function renamed(graph: Graph, names: Readonly<Record<string, string>>): Graph {
  return { ...graph, inputs: graph.inputs.map((port) => ({ ...port, name: names[port.name] ?? port.name })) };
}

const last = (graph: Graph): GraphNode => {
  const value = graph.outputs.find(({ name }) => name === "gradient0")?.value as Value;
  return graph.nodes.find(({ outputs }) => outputs.includes(value)) as GraphNode;
};
const some = (graph: Graph, operator: string): GraphNode =>
  backward(graph).find(
    (node) => node.operator === operator && node.outputs[0]?.shape.length === 4,
  ) as GraphNode;

const faults: [string, (graph: Graph) => Graph][] = [
  ["its sign", (graph) => changed(graph, last(graph), scaled(-1))],
  ["a factor", (graph) => changed(graph, last(graph), scaled(0.95))],
  ["a factor of one layer", (graph) => changed(graph, some(graph, "Conv"), scaled(0.9))],
  ["a dropped layer", (graph) => changed(graph, some(graph, "Conv"), scaled(0))],
  [
    "a dropped shortcut",
    (graph) => changed(graph, some(graph, "Add"), () => some(graph, "Add").inputs[1] as Value),
  ],
  [
    "a leaky rectifier",
    (graph) =>
      changed(graph, some(graph, "Cast"), (builder, value) =>
        builder.add("Max", [value, builder.scalar(0.2)], value.shape),
      ),
  ],
  [
    "a rectifier that always passes",
    (graph) =>
      changed(graph, some(graph, "Cast"), (builder, value) =>
        builder.add("Max", [value, builder.scalar(1)], value.shape),
      ),
  ],
  [
    // The slope along what is left is the length of what is left.
    "a channel that is missing",
    (graph) => changed(graph, last(graph), withoutChannel),
  ],
];

const refusal = /expected the numbers of the eager engine, got a difference in gradients/;

afterEach(() => vi.restoreAllMocks());

describe("a fault of the compiled gradient is found by the scores:", () => {
  const x = normals(5, [12, 12, 2]);
  const watch = (): (() => Promise<(string | undefined)[]>) => {
    const spy = vi.spyOn(slopeCheck, "gradientDisagreement");
    return () => Promise.all(spy.mock.results.map(({ value }) => value as Promise<string | undefined>));
  };
  it.each(faults)("%s", async (_, fault) => {
    const pass = SIMPLIFY.passes.find(({ name }) => name === "decomposeReluGrad") as Pass;
    const own = pass.run;
    vi.spyOn(pass, "run").mockImplementation((graph) => {
      const given = own(graph);
      const names = [...given.inputs, ...given.outputs].map(({ name }) => name);
      // A path is made of a gradient that has the fault already.
      const isGradient = names.includes("gradient0") && !names.includes("alphas");
      return isGradient && names.includes("scores") ? fault(given) : given;
    });
    const found = watch();
    for (const seed of [1, 2, 3]) {
      const net = asModel(residual(seed), { engine: "compiled" });
      await expect(saliency(net, x, { target: 1 })).rejects.toThrow(refusal);
      await expect(integratedGradients(net, x, { target: 1, steps: 8 })).rejects.toThrow(refusal);
    }
    expect(await found()).toEqual(
      new Array(6).fill(expect.stringMatching(/^the difference quotient of scores: /)),
    );
  });

  it.each([
    ["a path that runs backwards", { from0: "to0", to0: "from0" }],
    ["weights in place of nodes", { alphas: "weights", weights: "alphas" }],
  ])("%s", async (_, names) => {
    const own = pathGraphs.pathGraph;
    vi.spyOn(pathGraphs, "pathGraph").mockImplementation((...given) => renamed(own(...given), names));
    const found = watch();
    for (const seed of [1, 2, 3]) {
      const net = asModel(residual(seed), { engine: "compiled" });
      await expect(integratedGradients(net, x, { target: 1, steps: 8 })).rejects.toThrow(refusal);
    }
    expect(await found()).toEqual(
      new Array(3).fill(expect.stringMatching(/^the difference quotient of scores: /)),
    );
  });
});

/** A path that is wrong beside a right gradient. */
const wrongPaths: [string, (path: Graph) => Graph][] = [
  ["that runs backwards", (path) => renamed(path, { from0: "to0", to0: "from0" })],
  ["with weights in place of nodes", (path) => renamed(path, { alphas: "weights", weights: "alphas" })],
  ["with a factor", (path) => changed(path, last(path), scaled(0.95))],
  ["without a channel", (path) => changed(path, last(path), withoutChannel)],
  [
    // At both of its ends it is right.
    "that lags behind between its ends",
    (path) => {
      const alphas = path.inputs.find(({ name }) => name === "alphas")?.value as Value;
      const builder = new GraphBuilder();
      const squared = builder.add("Mul", [alphas, alphas], alphas.shape);
      const lagging = path.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map((value) => (value === alphas ? squared : value)),
      }));
      return { ...path, nodes: [...builder.nodes, ...lagging] };
    },
  ],
];

describe("a path is compared with a gradient that was checked:", () => {
  const x = normals(5, [12, 12, 2]);

  it.each(wrongPaths)("one %s is refused", async (_, fault) => {
    const own = pathGraphs.pathGraph;
    vi.spyOn(pathGraphs, "pathGraph").mockImplementation((...given) => fault(own(...given)));
    for (const seed of [1, 2, 3]) {
      const net = asModel(residual(seed), { engine: "compiled" });
      expect((await saliency(net, x, { target: 1 })).checked).toBe("slope");
      await expect(integratedGradients(net, x, { target: 1, steps: 8 })).rejects.toThrow(refusal);
    }
  });

  it("a right one is known at once", async () => {
    for (const seed of [1, 2, 3]) {
      const net = asModel(residual(seed), { engine: "compiled" });
      await saliency(net, x, { target: 1 });
      const spy = vi.spyOn(slopeCheck, "gradientDisagreement");
      const map = await integratedGradients(net, x, { target: 1, steps: 8 });
      expect(map.checked).toBe("slope");
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe("a right gradient is known by the scores:", () => {
  const nets: [string, (seed: number) => tf.LayersModel | ((x: tf.Tensor) => tf.Tensor), number[]][] = [
    ["rectifiers and a shortcut", residual, [12, 12, 2]],
    [
      "relu6, depthwise",
      (seed) =>
        weighted(
          tf.sequential({
            layers: [
              conv2d({ inputShape: [16, 16, 3], filters: 12, kernelSize: 3, strides: 2 }),
              reLU({ maxValue: 6 }),
              depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
              reLU({ maxValue: 6 }),
              globalAveragePooling2d({}),
              dense({ units: 4 }),
            ],
          }),
          seed,
        ),
      [16, 16, 3],
    ],
    [
      "largest of windows",
      (seed) =>
        weighted(
          tf.sequential({
            layers: [
              conv2d({ inputShape: [16, 16, 3], filters: 8, kernelSize: 3, activation: "relu" }),
              maxPooling2d({ poolSize: 2 }),
              conv2d({ filters: 8, kernelSize: 3, activation: "relu" }),
              maxPooling2d({ poolSize: 2 }),
              tf.layers.flatten(),
              dense({ units: 20, activation: "relu" }),
              dense({ units: 4 }),
            ],
          }),
          seed,
        ),
      [16, 16, 3],
    ],
    [
      "smooth",
      (seed) =>
        weighted(
          tf.sequential({
            layers: [
              dense({ inputShape: [10, 8], units: 16, activation: "tanh" }),
              layerNormalization({}),
              globalAveragePooling1d({}),
              dense({ units: 4, activation: "softmax" }),
            ],
          }),
          seed,
        ),
      [10, 8],
    ],
  ];
  it.each(nets)("%s", async (_, make, shape) => {
    for (const seed of [1, 2, 3]) {
      const net = asModel(make(seed), { engine: "compiled" });
      const x: NdArray = normals(seed, shape);
      const maps = [
        await saliency(net, x, { target: 1 }),
        await integratedGradients(net, x, { target: 1, steps: 8 }),
        await integratedGradients(net, x, { target: 1, steps: 8, explain: "probability" }),
      ];
      expect([seed, ...maps.map(({ checked }) => checked)]).toEqual([seed, "slope", "slope", "slope"]);
    }
  });
});
