/** Compiling: it says so, lets others have their turn, and is given up by those who abort. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type Progress, saliency } from "../../../src";
import { compile, trace } from "../../../src/engine/compiled/compiled-graph";
import { runner } from "../../../src/engine/compiled/session/session-runner";
import type { EagerModel } from "../../../src/engine/eager/eager-model";
import { normals } from "../../models";
import { chain, head, randomised } from "../recurrent-nets";

const { layers } = tf;
const recurrent = (steps: number): tf.LayersModel =>
  randomised(chain(layers.lstm({ inputShape: [steps, 2], units: 2 }), head()), 4);

describe("compiling", () => {
  it("is what a call reports before its evaluations, once for each graph", async () => {
    const net = asModel(recurrent(30), { engine: "compiled" });
    const phases = async (): Promise<(Progress["phase"] | "evaluated")[]> => {
      const seen: (Progress["phase"] | "evaluated")[] = [];
      const onProgress = ({ phase }: Progress): void => void seen.push(phase ?? "evaluated");
      await integratedGradients(net, normals(1, [1, 30, 2]), { target: 0, steps: 4, onProgress });
      return seen;
    };
    const first = await phases();
    expect(first[0]).toBe("compiling");
    expect(first.filter((phase) => phase === "compiling")).toHaveLength(2);
    expect(first.at(-1)).toBe("evaluated");
    const second = await phases();
    expect(second).toEqual(second.map(() => "evaluated"));
    expect(second.length).toBeGreaterThan(0);
  });

  it("of a long graph lets others have their turn between any two passes", async () => {
    const { tf: its, adapter, facts } = asModel(recurrent(20), { engine: "eager" }) as EagerModel;
    const traced = trace(its, adapter, facts, [[20, 2]], {
      of: { output: 0, explain: "logit", score: { kind: "mask" } },
      at: [{ input: 0 }],
      replace: [],
      capture: [],
      path: true,
      cores: "one",
      rowsAsked: 1,
    });
    expect(traced.recordings[0].graph.nodes.length).toBeGreaterThan(1000);
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    const seen: number[] = [];
    const stages = traced.stages.map((stage) => ({
      ...stage,
      passes: stage.passes.map((pass): typeof pass => ({
        ...pass,
        run: (graph) => {
          seen.push(turns);
          return pass.run(graph);
        },
      })),
    }));
    const graph = await compile({ ...traced, stages });
    done = true;
    await runner.release(graph.session);
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.slice(1).every((later, i) => later > (seen[i] as number))).toBe(true);
  });

  it("is given up by an abort, and goes on for those who ask again", async () => {
    const net = asModel(recurrent(40), { engine: "compiled" });
    const x = normals(2, [1, 40, 2]);
    const controller = new AbortController();
    const onProgress = ({ phase }: Progress): void => {
      if (phase === "compiling") setImmediate(() => controller.abort());
    };
    const asked = saliency(net, x, { target: 0, signal: controller.signal, onProgress });
    await expect(asked).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    const map = await saliency(net, x, { target: 0 });
    const truth = await saliency(net, x, { target: 0, engine: "eager" });
    const largest = Math.max(...truth.values.data.map(Math.abs));
    map.values.data.forEach((value, i) => {
      expect(Math.abs(value - truth.values.data[i])).toBeLessThan(1e-5 * largest);
    });
  });
});
