/** Graphs whose operations take longer to compile than to run are left to the eager engine, which says so. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, deepLift, integratedGradients, saliency } from "../../../src";
import type { EagerModel } from "../../../src/engine/eager/eager-model";
import { record } from "../../../src/engine/graph/record";
import { checkWorth, NotWorthIt } from "../../../src/engine/graph/worth";
import { graphModel, placeholder } from "../../graph-models";
import { normals, relativeDifference } from "../../models";
import { chain, randomised } from "../recurrent-nets";

const { layers } = tf;

/** So many steps, and so much arithmetic in each that a call is no small one; weights too small for chaos. */
function steps(count: number, units: number): tf.LayersModel {
  const model = randomised(
    chain(
      layers.simpleRNN({
        inputShape: [count, 3],
        units,
        recurrentInitializer: "zeros",
        activation: "tanh",
      }),
      layers.dense({ units: 2 }),
    ),
    1,
  );
  model.setWeights(model.getWeights().map((weight) => weight.mul(0.1)));
  return model;
}

const SENTENCE =
  /^computed by the eager engine; the compiled one expected at most \d+ operations for 1 evaluation/;

describe("a graph that does not pay", () => {
  it("leaves a rule of many steps to the eager engine, and a loop is compiled", async () => {
    const model = steps(60, 100);
    const x = normals(2, [1, 60, 3]);
    const ruled = await deepLift(model, x, { target: 1 });
    expect(ruled.engine).toBe("eager");
    expect(ruled.warnings.filter((warning) => SENTENCE.test(warning))).toHaveLength(1);
    const path = await integratedGradients(model, x, { target: 1, steps: 10 });
    expect([path.engine, path.warnings]).toEqual(["compiled", []]);
    // Whoever asks for the engine waits for it; what was paid for by one call changes no other.
    const asked = await deepLift(model, x, { target: 1, engine: "compiled" });
    expect(asked.engine).toBe("compiled");
    expect(relativeDifference(asked.values.data, ruled.values.data)).toBeLessThan(1e-4);
    const again = await deepLift(model, x, { target: 1 });
    expect([again.engine, again.warnings]).toEqual(["eager", ruled.warnings]);
    expect(again.values.data).toEqual(ruled.values.data);
    model.dispose();
  }, 120_000);

  it("is recorded no further than it pays, in graphs of nodes as well", async () => {
    const nodes = Array.from({ length: 4000 }, (_, i) => ({
      name: `n${i}`,
      op: "Tanh",
      input: [i === 0 ? "x" : `n${i - 1}`],
    }));
    const model = await graphModel([placeholder("x", [-1, 4]), ...nodes], {});
    const { tf: its, adapter, facts } = asModel(model, { engine: "eager" }) as EagerModel;
    const asked = {
      of: { output: 0, explain: "logit", score: { kind: "mask" } },
      replace: [],
      capture: [],
    } as const;
    const recorded = (at: [] | [{ input: number }], evaluations?: number): number =>
      record(its, adapter, facts, [[2, 4]], { ...asked, at }, evaluations).graph.nodes.length;
    expect(recorded([])).toBeGreaterThan(4000);
    expect(() => recorded([], 1)).toThrow(NotWorthIt);
    expect(() => recorded([{ input: 0 }], 50)).toThrow(/at most 2001 operations for 50 evaluations/);
  });

  it("is one of many operations that do little, not one that does much or is asked often", () => {
    const large = { nodes: 5000, operationsPerRow: 3e8 };
    expect(() => checkWorth(large, 1)).toThrow(NotWorthIt);
    expect(() => checkWorth(large, 10)).not.toThrow();
    expect(() => checkWorth({ ...large, operationsPerRow: 1e10 }, 1)).not.toThrow();
    expect(() => checkWorth({ ...large, nodes: 1000 }, 1)).not.toThrow();
    expect(() => checkWorth({ nodes: 1e6, operationsPerRow: 0 }, undefined)).not.toThrow();
  });

  it("holds for questions that are put to the model itself", async () => {
    const model = steps(40, 60);
    const net = asModel(model);
    const x = normals(3, [1, 40, 3]);
    const map = await saliency(net, x, { target: 0, engine: "eager" });
    const mask = { data: Float32Array.from([1, 0]), shape: [1, 2] };
    const of = {
      output: 0,
      explain: "logit",
      values: [0],
      labels: ["0"],
      head: "none",
      score: { kind: "mask", mask },
    } as const;
    const { gradients } = await net.gradient([x], { of, at: [{ input: 0 }] });
    expect(relativeDifference(gradients[0].data, map.values.data)).toBeLessThan(1e-5);
    model.dispose();
  });
});
