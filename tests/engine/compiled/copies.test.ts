import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { asModel, integratedGradients, type Model, type NdArray, saliency } from "../../../src";
import { writeOnnx } from "../../../src/engine/compiled/onnx/write-onnx";
import { copiesFor, coresFor, placementFor } from "../../../src/engine/compiled/session/placement";
import * as runtimes from "../../../src/engine/compiled/session/runtimes";
import { SessionLane } from "../../../src/engine/compiled/session/session-lane";
import { SessionRunner } from "../../../src/engine/compiled/session/session-runner";
import * as threads from "../../../src/engine/compiled/session/start-thread";
import { GraphBuilder, makeValue } from "../../../src/engine/graph/builder";
import { normals, relativeDifference } from "../../models";

/** As on a processor with so many cores. */
function withCores(count: number, name: "onnxruntime-node" | "onnxruntime-web" = "onnxruntime-node"): void {
  const found = runtimes.availableRuntimes().map((runtime) => ({ ...runtime, threads: count }));
  vi.spyOn(runtimes, "availableRuntimes").mockReturnValue(found.filter((runtime) => runtime.name === name));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("how a session uses the cores", () => {
  const MIB = 2 ** 20;

  const model = (modelBytes: number, operationsPerRow: number): Parameters<typeof placementFor>[1] => ({
    modelBytes,
    operationsPerRow,
    workPerRow: 2 * operationsPerRow,
  });

  it("one core: one copy on one thread, whatever it computes", () => {
    withCores(4);
    expect(placementFor("one", model(MIB, 1e9))).toEqual({ copies: 1, threads: 1 });
  });

  it("each core: a copy each, as many as fit and have something to do, which share the cores", () => {
    withCores(8);
    expect(placementFor("each", model(MIB, 1e8))).toEqual({ copies: 8, threads: 1 });
    expect(placementFor("each", model(40 * MIB, 1e9))).toEqual({ copies: 3, threads: 2 });
    expect(placementFor("each", model(100 * MIB, 1e9))).toEqual({ copies: 1, threads: 8 });
    expect(placementFor("each", model(MIB, 6e5))).toEqual({ copies: 3, threads: 1 });
    expect(placementFor("each", model(MIB, 1000))).toEqual({ copies: 1, threads: 1 });
    withCores(64);
    expect(placementFor("each", model(MIB, 1e8))).toEqual({ copies: 8, threads: 8 });
  });

  it("all cores: threads where there is enough to compute", () => {
    withCores(4);
    expect(placementFor("all", model(MIB, 1e9))).toEqual({ copies: 1, threads: 4 });
    expect(placementFor("all", model(MIB, 1e6))).toEqual({ copies: 1, threads: 1 });
  });

  it("WebAssembly has threads of its own, and no copies", () => {
    withCores(4, "onnxruntime-web");
    expect(placementFor("each", model(MIB, 1e9))).toEqual({ copies: 1, threads: 4 });
  });

  it("paths are shared out; gradients of a row or of large weights are not; few rows go forward on one core", () => {
    const question = { rows: 1, path: false, gradients: true, weightBytes: MIB };
    expect(coresFor({ ...question, path: true, weightBytes: 100 * MIB })).toBe("each");
    expect(coresFor(question)).toBe("all");
    expect(coresFor({ ...question, rows: 2 })).toBe("each");
    expect(coresFor({ ...question, rows: 50, weightBytes: 100 * MIB })).toBe("all");
    expect(coresFor({ ...question, rows: 2, gradients: false })).toBe("one");
    expect(coresFor({ ...question, rows: 8, gradients: false })).toBe("each");
  });

  it("as many copies work as there is work for", () => {
    const graph = { copies: 4, workPerRow: 1e8 };
    expect([1, 2, 3, 50].map((rows) => copiesFor(graph, rows))).toEqual([1, 2, 3, 4]);
    expect(copiesFor({ copies: 4, workPerRow: 1e6 }, 50)).toBe(1);
  });
});

/** A model of one operator, and what it is fed. */
function negation(): Uint8Array {
  const b = new GraphBuilder();
  const value = makeValue([3], "float32");
  return writeOnnx({
    inputs: [{ name: "x", value }],
    outputs: [{ name: "y", value: b.add("Neg", [value], [3]) }],
    nodes: b.nodes,
  });
}
const feeds = { x: { dtype: "float32" as const, data: Float32Array.of(1, 2, 3), shape: [3] } };

it.each([
  ["waits for a copy that is done soon sooner than it wakes another", 1e6, [2, 0]],
  ["goes to the copy that is free where the other has much to do", 1e9, [1, 1]],
] as const)("a run %s", async (_, work, expected) => {
  withCores(2);
  const runner = new SessionRunner();
  const session = await runner.load(negation(), 1, { copies: 2, threads: 1 });
  const runs = new Map<SessionLane, number>();
  const { ask } = SessionLane.prototype;
  vi.spyOn(SessionLane.prototype, "ask").mockImplementation(function (this: SessionLane, ...args) {
    runs.set(this, (runs.get(this) ?? 0) + 1);
    return ask.apply(this, args);
  });
  await Promise.all([runner.run(session, feeds, work), runner.run(session, feeds, 1e9)]);
  expect([...runs.values(), 0].slice(0, 2)).toEqual(expected);
  await runner.release(session);
});

describe("a path that two copies share", () => {
  let model: tf.LayersModel;
  let net: Model;
  const x: NdArray = normals(3, [3, 300]);
  const options = { steps: 120, target: 1 } as const;
  const asked = new Map<SessionLane, string[]>();

  beforeAll(() => {
    const dense = (seed: number, inputs: number, units: number): tf.layers.Layer =>
      tf.layers.dense({
        ...(seed === 1 ? { inputShape: [inputs] } : {}),
        units,
        activation: units > 3 ? "relu" : "linear",
        weights: [
          tf.tensor(normals(seed, [inputs, units], 1 / Math.sqrt(inputs)).data, [inputs, units]),
          tf.zeros([units]),
        ],
      } as never);
    model = tf.sequential({ layers: [dense(1, 300, 500), dense(2, 500, 500), dense(3, 500, 3)] });
    net = asModel(model, { engine: "compiled" });
  });

  function watchLanes(): void {
    asked.clear();
    const ask = SessionLane.prototype.ask;
    vi.spyOn(SessionLane.prototype, "ask").mockImplementation(function (this: SessionLane, ...args) {
      asked.set(this, [...(asked.get(this) ?? []), args[0].kind]);
      return ask.apply(this, args);
    });
  }

  it("runs in two threads and is the eager engine's map, the same bits each time", async () => {
    withCores(2);
    watchLanes();
    const map = await integratedGradients(net, x, options);
    expect(map.backend).toBe("onnxruntime-node");
    expect([...asked.values()].map((kinds) => kinds.includes("run"))).toEqual([true, true]);
    const eager = await integratedGradients(model, x, { ...options, engine: "eager" });
    expect(relativeDifference(map.values.data, eager.values.data)).toBeLessThan(1e-5);
    expect(relativeDifference(map.score, eager.score)).toBeLessThan(1e-5);
    for (let round = 0; round < 5; round++)
      expect((await integratedGradients(net, x, options)).values.data).toEqual(map.values.data);
    // One example at a time: other parts, the same map.
    const first = { data: x.data.slice(0, 300), shape: [1, 300] };
    const alone = await integratedGradients(net, first, options);
    expect(relativeDifference(alone.values.data, map.values.data.slice(0, 300))).toBeLessThan(1e-5);
  });

  it("stops both when it is aborted, reports all of its progress otherwise", async () => {
    withCores(2);
    let done = 0;
    await integratedGradients(net, x, { ...options, onProgress: (progress) => (done = progress.done) });
    expect(done).toBe(3 * 120);
    const controller = new AbortController();
    const endless = integratedGradients(net, x, {
      ...options,
      steps: 100_000,
      rule: "midpoint",
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 100);
    await expect(endless).rejects.toThrow(/abort/i);
    watchLanes();
    const after = await saliency(net, x, { target: 1 });
    expect([...asked.values()].flat().length).toBeLessThan(10);
    expect(after.values.shape).toEqual([3, 300]);
  });

  it("keeps within a memory cap that is enough for one row at a time", async () => {
    withCores(2);
    const told = await integratedGradients(net, x, { ...options, maxBytes: 1 }).catch(
      (error) => error.message,
    );
    const oneRow = Number(/at least (\d+)/.exec(told)?.[1]);
    expect(oneRow).toBeGreaterThan(1000);
    let [underWay, most, runs] = [0, 0, 0];
    const { ask } = SessionLane.prototype;
    vi.spyOn(SessionLane.prototype, "ask").mockImplementation(async function (this: SessionLane, ...args) {
      // What is let go of to stay within the cap is no run.
      if (args[0].kind === "release") return ask.apply(this, args);
      most = Math.max(most, ++underWay);
      runs++;
      return ask.apply(this, args).finally(() => underWay--);
    });
    const map = await integratedGradients(net, x, { ...options, maxBytes: oneRow });
    expect(runs).toBeGreaterThan(3 * 120);
    expect(most).toBe(1);
    // A graph that is loaded first has nothing beside it; the next time both copies run, and the scores of the ends.
    await integratedGradients(net, x, options);
    const free = await integratedGradients(net, x, options);
    expect(most).toBe(3);
    expect(relativeDifference(map.values.data, free.values.data)).toBeLessThan(1e-5);
  });

  it("is compiled anew when a thread has ended", async () => {
    withCores(2);
    const ends: ((why: string) => void)[] = [];
    const start = threads.startThread;
    vi.spyOn(threads, "startThread").mockImplementation((found, heard, ended) => {
      ends.push(ended);
      return start(found, heard, ended);
    });
    const runner = new SessionRunner();
    const session = await runner.load(negation(), 1, { copies: 2, threads: 1 });
    const answers = await Promise.all([1, 2, 3].map(() => runner.run(session, feeds, 1e9)));
    for (const { y } of answers) expect([...(y?.data ?? [])]).toEqual([-1, -2, -3]);
    expect(ends).toHaveLength(2);
    (ends[1] as (why: string) => void)("it ended");
    expect(runner.holds(session)).toBe(false);
    await expect(runner.run(session, feeds, 1e9)).rejects.toThrow(/released/);
    const again = await runner.load(negation(), 1, { copies: 2, threads: 1 });
    expect(ends).toHaveLength(3);
    const { y } = await runner.run(again, feeds, 1e9);
    expect([...(y?.data ?? [])]).toEqual([-1, -2, -3]);
  });
});
