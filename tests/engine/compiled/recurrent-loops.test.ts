/** Recurrent layers over many steps, which are recorded as loops: of one step, whatever their length. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  asModel,
  deepLift,
  integratedGradients,
  type NdArray,
  neuron,
  saliency,
  smoothGrad,
} from "../../../src";
import { trace } from "../../../src/engine/compiled/compiled-graph";
import type { EagerModel } from "../../../src/engine/eager/eager-model";
import type { Graph } from "../../../src/engine/graph/graph";
import { print } from "../../../src/engine/graph/print";
import { verify } from "../../../src/engine/graph/verify";
import { normals, relativeDifference } from "../../models";
import { count } from "../graph/run-graph";
import { chain, head, randomised, recurrentNets, STEPS, series } from "../recurrent-nets";

const { layers } = tf;

/** The recorded gradient at the input. */
function gradientGraph(model: tf.LayersModel, steps: number): Graph {
  const eager = asModel(model, { engine: "eager" }) as EagerModel;
  const { recordings } = trace(eager.tf, eager.adapter, eager.facts, [[steps, 3]], {
    of: { output: 0, explain: "logit", score: { kind: "mask" } },
    at: [{ input: 0 }],
    replace: [],
    capture: [],
    path: false,
    cores: "one",
    rowsAsked: 1,
  });
  return recordings[0].graph;
}

/** Rows with zeros at their ends, which masks pass over. */
function padded(rows: number): NdArray {
  const { data, shape } = normals(rows, [rows, STEPS, 3]);
  return { shape, data: data.map((value, i) => (Math.floor(i / 3) % STEPS > STEPS - 4 ? 0 : value)) };
}

describe("a recurrent layer of many steps is a loop, and its map that of the eager engine", () => {
  it.each(Object.keys(recurrentNets))("%s", async (name) => {
    const [loops, make] = recurrentNets[name] as (typeof recurrentNets)[string];
    const model = randomised(make(), 3);
    const graph = gradientGraph(model, STEPS);
    expect(count(graph, "Scan")).toBe(loops);
    verify(graph);
    const x = padded(2);
    for (const [method, options] of [
      [saliency, { target: 1 }],
      [integratedGradients, { target: 0, steps: 3 }],
    ] as const) {
      const compiled = await method(model, x, { ...options, engine: "compiled" } as never);
      const eager = await method(model, x, { ...options, engine: "eager" } as never);
      expect(relativeDifference(compiled.values.data, eager.values.data)).toBeLessThan(2e-5);
      compiled.score.forEach((score, i) => {
        expect(Math.abs(score - (eager.score[i] as number))).toBeLessThan(
          2e-5 * Math.max(1, Math.abs(score)),
        );
      });
    }
    model.dispose();
  });

  it("a map at a layer, of a neuron, of tokens, and under noise", async () => {
    const model = randomised(
      chain(
        layers.embedding({ inputDim: 7, outputDim: 3, inputLength: STEPS, maskZero: true, name: "words" }),
        layers.lstm({ units: 4, returnSequences: true, name: "first" }),
        layers.lstm({ units: 4, name: "second" }),
        head(),
      ),
      5,
    );
    const ids = {
      data: Float32Array.from({ length: STEPS }, (_, i) => (i < 20 ? (i * 5) % 7 : 0)),
      shape: [1, STEPS],
    };
    for (const options of [{ target: 1 }, { target: 2, layer: "first" }, { target: neuron("second", 2) }]) {
      const engines = ["compiled", "eager"] as const;
      const [compiled, eager] = await Promise.all(
        engines.map((engine) => integratedGradients(model, ids, { steps: 3, ...options, engine })),
      );
      expect(relativeDifference(compiled?.values.data as never, eager?.values.data as never)).toBeLessThan(
        2e-5,
      );
    }
    const noisy = { target: 1, samples: 3, layer: "first" } as const;
    const compiled = await smoothGrad(model, ids, { ...noisy, engine: "compiled" });
    const eager = await smoothGrad(model, ids, { ...noisy, engine: "eager" });
    expect(relativeDifference(compiled.values.data, eager.values.data)).toBeLessThan(2e-5);
    model.dispose();
  });

  it("a convolution in each step", async () => {
    const model = randomised(
      chain(
        layers.convLstm2d({ inputShape: [26, 4, 4, 1], filters: 2, kernelSize: 2, padding: "same" }),
        layers.flatten(),
        head(),
      ),
      6,
    );
    const x = normals(4, [2, 26, 4, 4, 1]);
    const compiled = await integratedGradients(model, x, { target: 1, steps: 3, engine: "compiled" });
    const eager = await integratedGradients(model, x, { target: 1, steps: 3, engine: "eager" });
    expect(relativeDifference(compiled.values.data, eager.values.data)).toBeLessThan(2e-5);
    model.dispose();
  });

  it("the recording does not grow with the steps, and short sequences stay written out", () => {
    const make = (steps: number): tf.LayersModel =>
      chain(layers.lstm({ inputShape: [steps, 3], units: 4 }), head());
    const [some, many] = [40, 400].map((steps) => gradientGraph(make(steps), steps)) as [Graph, Graph];
    expect(many.nodes.length).toBe(some.nodes.length);
    expect(print(many).length).toBeLessThan(1.1 * print(some).length);
    expect(count(gradientGraph(make(6), 6), "Scan")).toBe(0);
  });

  it("rules read each step's own operations, and an activation that is explained stays outside", async () => {
    const model = randomised(chain(layers.simpleRNN({ inputShape: [STEPS, 3], units: 4 }), head()), 7);
    const x = normals(9, [1, STEPS, 3]);
    const [compiled, eager] = await Promise.all(
      (["compiled", "eager"] as const).map((engine) => deepLift(model, x, { target: 1, engine })),
    );
    expect(relativeDifference(compiled?.values.data as never, eager?.values.data as never)).toBeLessThan(
      2e-5,
    );
    const squashed = randomised(chain(series(), layers.simpleRNN({ units: 2, activation: "sigmoid" })), 8);
    expect(count(gradientGraph(squashed, STEPS), "Scan")).toBe(0);
    const [logit, same] = await Promise.all(
      (["compiled", "eager"] as const).map((engine) => saliency(squashed, x, { target: 1, engine })),
    );
    expect(logit?.explain).toBe(same?.explain);
    expect(relativeDifference(logit?.values.data as never, same?.values.data as never)).toBeLessThan(2e-5);
    model.dispose();
    squashed.dispose();
  });
});
