import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { UnsupportedOperationError } from "../../../src/check";
import { rewritten } from "../../../src/engine/compiled/compiled-graph";
import { runner } from "../../../src/engine/compiled/session-runner";
import { writeOnnx } from "../../../src/engine/compiled/write-onnx";
import type { Adapter } from "../../../src/engine/eager/adapter";
import { record } from "../../../src/engine/graph/record";
import { fill } from "../audit/inputs";
import { operations } from "../audit/operations";
import { UNSUPPORTED } from "./unsupported";

interface OracleCase {
  inputs: [number[], number, number][];
  shape: number[];
  value: number[];
  gradients: number[][];
}

const oracle: Record<string, OracleCase> = JSON.parse(
  readFileSync(join(__dirname, "../audit/oracle.json"), "utf8"),
);

/** Numbers of the inputs to differentiate at: all of them. */
function differentiated(name: string): number[] {
  return (oracle[name] as OracleCase).inputs.map((_, i) => i);
}

/** An operation as a model of one example. */
function adapterOf(name: string): Adapter {
  const operation = operations[name] as (...inputs: tf.Tensor[]) => tf.Tensor;
  return {
    inputs: (oracle[name] as OracleCase).inputs.map((_, i) => ({ name: `x${i}`, dtype: "float32" })),
    outputs: [{ name: "y" }],
    layers: [],
    weights: () => [],
    topology: () => name,
    lookups: () => [],
    run: (tensors) => ({ outputs: [operation(...tensors).reshape([1, -1])], captured: [] }),
  };
}

function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-30);
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] as number) - value))) / scale;
}

async function compute(name: string, output: number | undefined): Promise<Record<string, ArrayLike<number>>> {
  const { inputs, shape } = oracle[name] as OracleCase;
  const shapes = inputs.map(([inputShape]) => inputShape);
  const ask = { explain: "probability", at: output === undefined ? [] : differentiated(name) } as const;
  const { graph } = record(tf, adapterOf(name), {}, shapes, output === undefined ? ask : { ...ask, output });
  const short = rewritten(graph);
  const session = await runner.load(writeOnnx(short), short.nodes.length);
  const feeds = inputs.map(([inputShape, low, high], i) => [
    `input${i}`,
    { dtype: "float32" as const, data: fill(`${name}:${i}`, inputShape, low, high), shape: inputShape },
  ]);
  const data = fill(`${name}:mask`, shape);
  const mask = { dtype: "float32" as const, data, shape: [1, data.length] };
  const answer = await runner.run(
    session,
    Object.fromEntries(output === undefined ? feeds : [...feeds, ["mask", mask]]),
  );
  await runner.release(session);
  return Object.fromEntries(Object.entries(answer).map(([port, array]) => [port, array.data]));
}

describe("compiled = oracle, value and gradients", () => {
  const before = tf.memory().numTensors;
  afterAll(() => expect(tf.memory().numTensors).toBe(before));

  it.each(Object.keys(oracle).filter((name) => !(name in UNSUPPORTED)))("%s", async (name) => {
    const { value, gradients } = oracle[name] as OracleCase;
    expect(
      largestDifference((await compute(name, undefined)).output0 as ArrayLike<number>, value),
    ).toBeLessThan(1e-5);
    const answer = await compute(name, 0);
    const scale = value.map((v, i) => v * (fill(`${name}:mask`, [value.length])[i] as number));
    expect(answer.scores?.[0]).toBeCloseTo(
      scale.reduce((a, b) => a + b, 0),
      3,
    );
    for (const i of differentiated(name)) {
      expect(
        largestDifference(answer[`gradient${i}`] as ArrayLike<number>, gradients[i] as number[]),
      ).toBeLessThan(1e-5);
    }
  });
});

describe("named in an error, as the engine does not compile it", () => {
  it.each(Object.entries(UNSUPPORTED))("%s: %s", (name, kernel) => {
    const { inputs } = oracle[name] as OracleCase;
    const shapes = inputs.map(([shape]) => shape);
    const before = tf.memory().numTensors;
    const recording = (): unknown =>
      record(tf, adapterOf(name), {}, shapes, {
        explain: "probability",
        output: 0,
        at: differentiated(name),
      });
    expect(recording).toThrow(UnsupportedOperationError);
    expect(recording).toThrow(kernel);
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).not.toBe("gradlens-recorder");
  });
});
